"""The resolver: does this stack fit that site, how does each package come there, why not?

Reading order: `wanted` (what a stack asks of a site), `offers` (which names and versions
exist), `placing` (how each package comes to a partition), `rules` (what must hold), `check`
(all of it over all sites), `model` (what comes out). It knows no ecosystem.
"""
