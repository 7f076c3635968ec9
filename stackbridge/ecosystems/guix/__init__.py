"""GNU Guix: what its package collection offers."""
