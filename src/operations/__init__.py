"""One module per command, with the command's name. They get typed things and talk to the cloud's client."""
