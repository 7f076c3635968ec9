"""Spec syntax: tokens, specs to packages and back, Spack's own algebra of specs."""
