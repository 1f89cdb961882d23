"""What may be agreed with whom, worked out from the configuration.

Answers questions (which key, which policy, which map entry, which selectors); changes nothing, does no IO."""
