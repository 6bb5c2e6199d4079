"""The packaging REST API on port 9000: shells, standards, and packages of App templates and blueprints."""
