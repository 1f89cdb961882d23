"""One exec command a file. What one does goes through the `Router` it is given; none does IO itself."""
