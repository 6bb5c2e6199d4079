"""The attack on the server and the shells: hostile neighbours, careless users, broken drivers and bad luck."""
