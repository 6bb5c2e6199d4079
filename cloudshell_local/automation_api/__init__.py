"""The automation API: XML over HTTP on port 8029. An operation is a method of its name; grep for it."""
