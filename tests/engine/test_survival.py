"""What a killed engine leaves: a device that swallows packets, so that nothing goes out in clear."""

import logging
import select
import signal
import socket
import subprocess
import sys
import time
from ipaddress import IPv4Network

import pytest

from cryptomap.engine.userspace import UserspaceEngine
from cryptomap.lab.namespace import Namespace, connect

from .conftest import DEVICE, INTERFACE, RIGHT_NETWORK, Pair

CHILD = """
import sys, time
from cryptomap.engine.userspace import UserspaceEngine
engine = UserspaceEngine(esp_socket=None, udp_socket=None, mark=0)
engine.attach("Ethernet0/0", "cm0", 1400)
print("attached", flush=True)
time.sleep(60)
"""


def test_a_killed_engine_leaves_a_device_that_lets_nothing_out() -> None:
    with Namespace("gateway") as gateway, Namespace("outside") as outside:
        connect(gateway, "eth0", outside, "eth0")
        gateway.address("eth0", "192.0.2.1/24")
        outside.address("eth0", "192.0.2.2/24")
        gateway.route("default", "192.0.2.2")
        child = gateway.start(sys.executable, "-c", CHILD, output=subprocess.PIPE)
        assert child.stdout is not None
        assert child.stdout.readline() == "attached\n"
        gateway.up("cm0")
        gateway.run("ip", "route", "add", str(IPv4Network("10.2.0.0/24")), "dev", "cm0")
        child.send_signal(signal.SIGKILL)
        child.wait(10)
        assert "cm0" in gateway.run("ip", "link").stdout
        assert "dev cm0" in gateway.run("ip", "route", "get", "10.2.0.1").stdout
        with gateway.open_socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800)) as wire:
            wire.bind(("eth0", 0x0800))
            wire.settimeout(0.3)
            gateway.run("ping", "-c2", "-i0.05", "-W0.2", "10.2.0.1", check=False)
            frames = []
            try:
                while True:
                    frames.append(wire.recv(2000))
            except TimeoutError:
                pass
        assert frames == []
        attach_again(gateway)


def attach_again(gateway: Namespace) -> None:
    """A new engine takes the device over."""
    with gateway.entered():
        engine = UserspaceEngine(esp_socket=None, udp_socket=None, mark=0)
        engine.attach("Ethernet0/0", "cm0", 1400)
    engine.set_policies("Ethernet0/0", [])
    deadline = time.monotonic() + 5
    while engine.policy_drops("Ethernet0/0") == 0 and time.monotonic() < deadline:
        gateway.run("ping", "-c2", "-i0.05", "-W0.2", "10.2.0.1", check=False)
    assert engine.policy_drops("Ethernet0/0") > 0
    engine.detach("Ethernet0/0", remove=True)
    assert "cm0" not in gateway.run("ip", "link").stdout
    engine.close()


def test_a_thread_in_trouble_is_reported_and_the_rest_goes_on(
    raw_pair: Pair, caplog: pytest.LogCaptureFixture
) -> None:
    raw_pair.up()
    raw_pair.left.namespace.run("ip", "link", "delete", DEVICE)
    readable, _, _ = select.select([raw_pair.left.engine.event_fd()], [], [], 5)
    assert readable
    with caplog.at_level(logging.ERROR):
        raw_pair.left.engine.poll_events()
    assert f"data plane: {DEVICE}: " in caplog.text
    raw_pair.left.engine.detach(INTERFACE, remove=True)
    with raw_pair.left.namespace.entered():
        raw_pair.left.engine.attach(INTERFACE, DEVICE, 1400)
    raw_pair.left.namespace.up(DEVICE)
    raw_pair.left.namespace.run(
        "ip", "route", "add", str(RIGHT_NETWORK), "dev", DEVICE, "src", str(raw_pair.left.host)
    )
    assert raw_pair.left.ping(2) == 2
