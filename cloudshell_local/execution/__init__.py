"""Execution server: runs commands of drivers, each driver in a process of its own (docs/reference/server.md §4)."""
