"""One file for each line of global configuration mode that does something at once: an action.

Its result is no part of the configuration, and no line of a configuration text may start it."""
