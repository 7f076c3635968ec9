"""Spack package repositories, read without running their code.

model      what a package.py says: PackageFacts and its parts
layout     where repositories keep their files (v1 and v2), names of classes
source     text -> statements, leaving out what the reading does not need
values     what the interpreter computes with besides Python's own data
library    the names which package files may use, and what they stand for
operations Python's operators and methods, within limits of size
machine, statements, expressions, interpreter: running a file, within limits
directives calls of directives -> plain records
loader     files -> modules -> classes -> records
facts      records -> PackageFacts
rows, worker, build: records -> the index, in several processes
store      the index on disk
"""
