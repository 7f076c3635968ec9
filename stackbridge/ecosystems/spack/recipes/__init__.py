"""One package.py <-> hub Recipe: read without running it, written into a repository."""
