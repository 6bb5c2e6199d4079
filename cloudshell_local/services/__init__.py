"""Services of the server: Inventory, blueprints, sandboxes with their life, networking, and commands of drivers.

The automation API, the REST API and the portal call these and nothing below them; `container` builds them.
"""
