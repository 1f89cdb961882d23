"""The nouns of the project as frozen values: addresses, selectors, configuration, SAs, events, errors.

Has no behaviour beyond what a value can say about itself, and does no IO."""
