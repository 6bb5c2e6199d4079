"""The portal: the same lab for people with a browser."""
