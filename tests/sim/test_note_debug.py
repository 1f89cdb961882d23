"""R2's debug of the note's lab 1, from the exchange itself: what is printed is the note's text, line by line.

The note's R2 has had `clear crypto isakmp` and then `clear crypto sa`, as the note types them: R3, which
could not be told of the latter, still has its IPsec SAs, and deletes them when R2 makes first contact.

Holes: addresses of structures, message ids, SPIs and connection ids. Two things happen at a time of their own
in the note and are left out on both sides: what is left of the first SA is purged, and R3's delete arrives.
"""

import re
from dataclasses import replace
from pathlib import Path

from tests.sim.configs import lab1
from tests.sim.harness import Site

from cryptomap.cli.debug import render_event
from cryptomap.model import event as ev
from cryptomap.model.config import Personality

NOTE = Path(__file__).parents[1] / "golden" / "cli" / "debug_12_3_initiator.log"
STAMP = "|"
HOLES = {
    r"\b(sa ?= ?|delme=)[0-9A-F]{8}\b": r"\1POINTER",
    r"(message ID = |M-ID of |Node |node )-?\d{2,}": r"\1ID",
    r"0x[0-9A-F]{5,8}\(\d+\)": "SPI",
    r"has spi (0x[0-9A-F]+|\d+) and": "has spi SPI and",
    r"conn_id(=?) [1-9]\d*": r"conn_id\1 N",
}
FIRST_SA = "(0:1)"
KEY_ENGINE = ("got a queue event", "rec'd delete notify")


def messages(text: str) -> list[str]:
    """The messages without what differs from run to run."""
    for pattern, hole in HOLES.items():
        text = re.sub(pattern, hole, text)
    lines = "\n".join(line.rstrip() for line in text.splitlines())
    return [one.rstrip() for one in lines.split(STAMP) if one.strip()]


def told_apart(text: str) -> tuple[list[str], list[str], list[str]]:
    """The messages in order, those of R3's delete, and what the key engine made of it."""
    told = [one for one in messages(text) if FIRST_SA not in one]
    engine = [one for one in told if any(words in one for words in KEY_ENGINE)]
    kept = [one for one in told if one not in engine]
    at = next(i for i, one in enumerate(kept) if "processing DELETE payload" in one)
    begin = max(i for i in range(at) if "received packet" in kept[i])
    end = next(i for i in range(at, len(kept)) if "informational (in) state 1" in kept[i])
    return kept[:begin] + kept[end + 1 :], kept[begin : end + 1], sorted(engine)


def test_the_initiators_debug_is_the_notes() -> None:
    r2, r3 = lab1()
    r2, r3 = (replace(config, personality=Personality.IOS_12_3) for config in (r2, r3))
    site = Site(r2, r3)
    site.bring_up()
    site.left.endpoint.clear_isakmp(site.clock.now)
    site.left.endpoint.clear_sa(site.clock.now)
    site.left.turn()
    site.run(5)
    site.left.events.clear()
    site.ping()
    site.run(5)
    told = [event for event in site.left.events if not isinstance(event, ev.IpsecSaDeleted)]
    printed = "".join(
        STAMP + text + "\n" for event in told for text in render_event(event, Personality.IOS_12_3)
    )
    messages_ours, delete, engine = told_apart(printed)
    messages_note, delete_note, engine_note = told_apart(NOTE.read_text())
    assert messages_ours == messages_note
    assert delete[1:] == delete_note[1:], "the note's comes a moment before its SA shows as QM_IDLE"
    assert engine == engine_note
