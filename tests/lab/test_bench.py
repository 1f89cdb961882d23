"""`cryptomap bench`: every kind measures, prints a table, and writes what it found."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

FILE = "found.json"


def bench(folder: Path, *words: str) -> tuple[str, list[dict[str, Any]]]:
    """Runs it; what it prints, and what it wrote."""
    done = subprocess.run(
        [sys.executable, "-m", "cryptomap", "bench", *words, "--json", str(folder / FILE)],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads((folder / FILE).read_text())
    assert found["kind"] == words[0]
    assert found["machine"] in done.stdout
    return done.stdout, found["results"]


def test_throughput_beside_plain_forwarding(tmp_path: Path) -> None:
    text, (plain, tunnel) = bench(tmp_path, "throughput", "--seconds", "1")
    assert (plain["path"], plain["of_plain"]) == ("plain", 1.0)
    assert tunnel["path"] == "aes-128-gcm, userspace"
    assert 0 < tunnel["bits_per_second"] < plain["bits_per_second"]
    assert f"{tunnel['bits_per_second'] / 1e9:.2f}" in text


def test_handshakes_of_ours_and_of_strongswan(tmp_path: Path) -> None:
    text, results = bench(tmp_path, "handshake", "--runs", "1", "--count", "60")
    assert [(one["suite"], one["responder"]) for one in results] == [
        (suite, responder)
        for suite in ("des, md5, modp768", "aes128, sha1, modp1024", "aes128, sha1, modp2048")
        for responder in ("cryptomap", "strongSwan")
    ]
    for one in results:
        # CPU time comes in ticks of 10 ms; 60 handshakes take several.
        assert one["responder_ms"] > 0
        assert one["per_second"] > 0
        assert one["initiator_ms"] > 0
    assert text.splitlines()[-6].startswith("des, md5, modp768")


def test_idle_tunnels(tmp_path: Path) -> None:
    text, (found,) = bench(tmp_path, "idle", "--count", "100", "--keepalive", "10")
    assert (found["tunnels"], found["keepalive_seconds"]) == (100, 10)
    assert 1024 < found["octets_per_tunnel"] < 64 * 1024
    assert 0 < found["share_of_a_core"] < 1
    assert f"{found['octets_per_tunnel'] / 1024:.1f}" in text
