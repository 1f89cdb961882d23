"""The configuration commands, a file each.

Modules are found by folder; one with a leading `_` holds what several share."""
