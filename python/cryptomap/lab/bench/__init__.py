"""Measurements: what the gateway costs, beside something that does the same in the same run.

A measurement looks at a gateway from outside, as its peers and its kernel see it. It must not change how one
runs."""
