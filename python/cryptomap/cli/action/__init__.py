"""One file for each line of global configuration mode that does something at once: an action."""
