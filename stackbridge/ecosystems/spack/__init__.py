"""Spack: spec syntax, environments, lock files, package repositories, externals."""
