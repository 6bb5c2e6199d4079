"""What a server does around shells: Inventory, Apps, blueprints, sandboxes, networks, orchestration."""
