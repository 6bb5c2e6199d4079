"""The portal: the server's web pages."""
