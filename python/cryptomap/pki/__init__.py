"""Certificates: what they say, whether they are good, whether they are revoked.

The time is passed in, and so is all that was fetched: nothing here does IO."""
