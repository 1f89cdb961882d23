"""One show command a file: collect, then render. It changes nothing, and only the running configuration
shows a secret."""
