"""Whether what was shown is what a step expects, and a sentence for what is missing."""

from collections import Counter
from collections.abc import Sequence

from cryptomap.lab.capture import ARP, NEIGHBOUR_DISCOVERY
from cryptomap.lab.script import Expectation, squeeze

ALWAYS_ALLOWED = (ARP, NEIGHBOUR_DISCOVERY)
"""What every link carries whatever its use; a capture's verdict counts them apart."""


def judge_text(shown: str, expect: Sequence[Expectation], refuse: Sequence[Expectation]) -> str | None:
    """None when every expectation is met in order and nothing refused is there, else what is wrong."""
    text = squeeze(shown)
    position = 0
    for number, expectation in enumerate(expect, 1):
        found = expectation.pattern.search(text, position)
        if found is None:
            after = f" after line {number - 1} of them" if number > 1 else ""
            return f"expected (line {number} of {len(expect)}){after}: {expectation.written}"
        position = found.end()
    for expectation in refuse:
        if expectation.pattern.search(text):
            return f"must not be shown, but was: {expectation.written}"
    return None


def judge_kinds(kinds: Counter[str], only: Sequence[str]) -> str | None:
    """None when each of `only` was seen and nothing else but `ALWAYS_ALLOWED`, else what is wrong."""
    missing = [kind for kind in only if not kinds[kind]]
    if missing:
        return f"expected on the wire, but not seen: {', '.join(missing)}"
    strange = sorted(kind for kind in kinds if kind not in only and kind not in ALWAYS_ALLOWED)
    if strange:
        return f"only {' and '.join(only)} may be on the wire, but there was: {', '.join(strange)}"
    return None


def tell_kinds(kinds: Counter[str]) -> str:
    """`12 x UDP 500, 20 x IP protocol 50; besides 4 x ARP`."""
    held = [f"{count} x {kind}" for kind, count in sorted(kinds.items()) if kind not in ALWAYS_ALLOWED]
    besides = [f"{kinds[kind]} x {kind}" for kind in ALWAYS_ALLOWED if kinds[kind]]
    text = ", ".join(held) or "nothing"
    return f"{text}; besides {', '.join(besides)}" if besides else text
