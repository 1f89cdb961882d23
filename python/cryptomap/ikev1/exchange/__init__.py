"""One exchange a file: its states as types, what each accepts, and what it answers."""
