"""`show clock`."""

from datetime import datetime

from cryptomap.cli.command import show
from cryptomap.cli.router import Router
from cryptomap.model.config import Personality


def collect(router: Router) -> datetime:
    return router.clock()


def render(now: datetime, personality: Personality) -> str:
    """`*00:55:40.767 UTC Mon Mar 1 1993`."""
    zone = now.tzname() or "UTC"
    return f"*{now:%H:%M:%S}.{now.microsecond // 1000:03} {zone} {now:%a %b} {now.day} {now.year}\n"


COMMANDS = [
    show(
        "show clock",
        {"clock": "Display the system clock"},
        lambda router, personality, args: render(collect(router), personality),
    )
]
