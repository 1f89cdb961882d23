"""One configuration command a file: grammar, help, apply and render stand together."""
