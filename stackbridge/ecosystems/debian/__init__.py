"""Debian: what its stable release offers under which names. Containers are made of it."""
