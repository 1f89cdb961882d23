"""The IOS configuration language: grammar, candidate, running-config text. Parses and renders, applies nothing."""
