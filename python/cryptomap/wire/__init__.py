"""Octets to values and back: the only place that slices received bytes.

Imports nothing of ours, knows no keys and no policy, and never decides whether a message is allowed."""
