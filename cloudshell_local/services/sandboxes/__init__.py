"""Sandboxes: their diagrams, the deployment of their Apps, and their life from setup to teardown."""
