"""Lists by HTTP from servers that hang, drip and lie, and our own server against such clients."""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from cryptomap.daemon.http import DEADLINE_SECONDS
from cryptomap.lab.namespace import namespaces

ROOT = Path(__file__).parents[2]
Told = Mapping[str, Any]


@pytest.fixture(scope="module")
def told() -> Iterator[Told]:
    """What the probe found out in a namespace without any link but the loopback."""
    with namespaces(["web"]) as nodes:
        module = (sys.executable, "-m", "tests.netns.fetch_probe")
        done = nodes["web"].run("env", f"PYTHONPATH={ROOT}", *module, timeout=60)
        (result,) = (line for line in done.stdout.splitlines() if line.startswith("{"))
        yield json.loads(result)


def test_what_is_got(told: Told) -> None:
    got = {name: result for name, (result, _) in told["got"].items()}
    assert isinstance(got.pop("good"), int)
    assert got.pop("missing") == got.pop("redirect") == "HTTPError"
    assert set(got.values()) <= {"OSError", "TimeoutError", "URLError"}


def test_nothing_takes_long(told: Told) -> None:
    """Twice the deadline: one for the head, one for the last octets."""
    assert max(seconds for _, seconds in told["got"].values()) < 2 * DEADLINE_SECONDS + 1


def test_the_loop_is_not_held_up(told: Told) -> None:
    """CVE-2022-40617: a tarpit costs the others nothing."""
    fetched = told["fetched"]
    assert fetched["kept"] == {"silence": False, "drip": False, "nonsense": False, "good": True}
    assert fetched["told"] == 4, "each once"
    assert fetched["longest"] < 0.5
    assert len(fetched["lists"]) == 1


def test_our_server(told: Told) -> None:
    served = dict(told["served"])
    assert served.pop("get") == served.pop("post") == "HTTP/1.1 200"
    assert served.pop("fail") == "HTTP/1.1 500"
    assert served.pop("long body") == "HTTP/1.1 413"
    assert served.pop("own client") == "/a {'b': 'c'} 3"
    assert served == {"nonsense": "", "long head": "", "slow": ""}
