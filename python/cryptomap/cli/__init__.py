"""The IOS console: a line in, text out. Collects data from a running router, renders it, does no IO."""
