"""Other ecosystems' names, versions and words in Spack's, and what became of each."""
