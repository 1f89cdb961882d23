"""One show command a file: collect, then render."""
