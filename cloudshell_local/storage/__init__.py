"""What the server keeps: its records, where they lie, and how passwords are kept."""
