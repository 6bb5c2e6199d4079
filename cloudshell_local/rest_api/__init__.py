"""The packaging REST API on port 9000: shells, standards, packages of App templates and blueprints."""
