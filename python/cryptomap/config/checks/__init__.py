"""What can be wrong with a whole configuration, one subject a file: `check(config)` gives the findings."""
