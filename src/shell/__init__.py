"""The kit of a shell: CloudShell's words (contexts, requests, apps, results, errors), for any cloud."""
