"""One exchange a file: its states as types, what each accepts, and what it answers.

An exchange sees the SA and the message it is given; it has no socket and no clock."""
