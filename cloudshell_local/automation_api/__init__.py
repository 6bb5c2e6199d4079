"""The automation API: XML over HTTP on port 8029.

Each operation is a method with the operation's name, so that a search for the name finds it. The requests and responses are
those of docs/reference/server.md §2.
"""
