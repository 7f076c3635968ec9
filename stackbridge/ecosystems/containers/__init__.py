"""Containers: Dockerfiles and Apptainer definitions, by Debian packages or by EasyBuild.

Reading order: `syntax` (stages and instructions, two spellings, all quoting), `plan`
(what goes into the image, by route), `dockerfile` and `apptainer` (the two writers),
`judge` (Docker builds it).
"""
