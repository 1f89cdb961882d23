"""One exec command a file."""
