"""How many trials the tests make that draw them at random.

What is written in a test fits into a run of all tests; `CRYPTOMAP_EFFORT=10` makes ten times as many.
"""

import os

EFFORT_VARIABLE = "CRYPTOMAP_EFFORT"


def trials(count: int) -> int:
    return count * int(os.environ.get(EFFORT_VARIABLE, "1"))
