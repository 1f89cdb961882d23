"""The configuration commands, a file each: found by folder; one with a leading `_` holds what several share.

A command changes and renders the value it is given. It does nothing to the machine, and keeps no state."""
