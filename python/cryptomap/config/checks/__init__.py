"""What can be wrong with a whole configuration, one subject a file: `check(config)` gives the findings.

A check looks at a configuration alone: not at the machine, the peers or the text it came from."""
