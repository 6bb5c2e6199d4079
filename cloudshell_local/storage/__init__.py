"""Storage of a server: the data folder, the records in it, their changes, and passwords."""
