"""CloudShell's words: what a command gets (contexts, requests, apps) and what it gives back (results, errors)."""
