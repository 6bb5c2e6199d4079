"""The project's own tools: packing the shells, and showing them at work."""
