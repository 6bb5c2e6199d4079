"""Shells as their packages have them: read, checked and kept."""
