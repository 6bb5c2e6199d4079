"""Commands of drivers: their contexts, requests and answers."""
