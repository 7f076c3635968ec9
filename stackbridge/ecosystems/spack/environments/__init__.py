"""spack.yaml <-> Stack: its sections, expansion, comments and older forms."""
