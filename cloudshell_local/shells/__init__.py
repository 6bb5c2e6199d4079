"""Shells: their packages are read, checked and installed (docs/reference/server.md §7)."""
