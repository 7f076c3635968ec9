"""EasyBuild: easyconfigs, easystacks, toolchains, and what a release of them offers.

Reading order: `evaluate` (one file's values, without running it), `templates` (`%(x)s`),
`index` (what a repository of easyconfigs offers), `toolchains` (hierarchies, generations),
`resolution` (what `--robot` would find), `validation` (what is wrong with a file).
"""
