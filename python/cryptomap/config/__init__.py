"""The IOS configuration language: grammar, candidate, running-config text.

Parses and renders; applies nothing to the machine and does no IO."""
