"""`reverse-route` with a dynamic map: the route is there with the SAs, and its mirror with it."""

import time

from tests.netns.test_dynamic_map import HUB, hub
from tests.netns.wires import Wires, between_networks, eventually, typed

from cryptomap.daemon.intercept.monitor import RouteMonitor
from cryptomap.daemon.netlink import MAIN_TABLE, Netlink
from cryptomap.lab.namespace import Namespace

REVERSE = HUB.replace(" set transform-set TS\n", " set transform-set TS\n reverse-route\n").replace(
    "ip route 0.0.0.0 0.0.0.0 12.1.1.1", "ip route 13.1.1.0 255.255.255.0 12.1.1.1"
)


def test_routes_come_and_go_with_the_sas(wires: Wires) -> None:
    node = wires.nodes["R2"]
    with hub(wires, REVERSE), wires.running("R3") as (r3,), wires.outside() as outside:
        assert "3.3.3.0" not in node.run("ip", "route").stdout
        assert eventually(lambda: wires.ping("PC3", "2.2.2.10"))
        assert "3.3.3.0/24 via 12.1.1.1" in node.run("ip", "route").stdout
        assert wires.ping("PC2", "3.3.3.10", count=3)
        mirrored = node.run("ip", "route", "show", "table", "all").stdout
        assert any("3.3.3.0/24 dev crypto" in line for line in mirrored.splitlines())
        typed(r3, "clear crypto sa")
        assert eventually(lambda: "3.3.3.0" not in node.run("ip", "route", "show", "table", "all").stdout)
        assert not wires.ping("PC2", "3.3.3.10"), "there is no way"
        outside.stop()
        assert between_networks(outside) == []


def test_distance_and_tag(wires: Wires) -> None:
    """The distance is the metric of the Linux route, the tag is only shown."""
    node = wires.nodes["R2"]
    lines = " set reverse-route distance 20\n set reverse-route tag 7\n reverse-route\n"
    with hub(wires, REVERSE.replace(" reverse-route\n", lines)) as r2, wires.running("R3") as (r3,):
        assert eventually(lambda: wires.ping("PC3", "2.2.2.10"))
        (route,) = node.run("ip", "route", "show", "3.3.3.0/24").stdout.splitlines()
        assert "via 12.1.1.1" in route
        assert "metric 20" in route
        assert "3.3.3.0/24 [20/0] via 13.1.1.3" in typed(r2, "show ip route")
        entry = typed(r2, "show ip route 3.3.3.10")
        assert 'Known via "static", distance 20, metric 0' in entry
        assert "Route tag 7" in entry
        assert wires.ping("PC2", "3.3.3.10", count=3)
        typed(r3, "clear crypto sa")
        assert eventually(lambda: not node.run("ip", "route", "show", "3.3.3.0/24").stdout)


def test_a_static_route_is_as_the_console_has_it(wires: Wires) -> None:
    """Its distance and its tag change while it stands, one after the other, and it goes with its line."""
    node = wires.nodes["R2"]

    def routes() -> list[str]:
        return node.run("ip", "route", "show", "3.3.3.0/24").stdout.splitlines()

    r2 = wires.router("R2")
    try:
        assert routes() == []
        for lines, metric, tag in (
            (("reverse-route static",), 1, None),
            (("set reverse-route distance 9",), 9, None),
            (("set reverse-route tag 5",), 9, 5),
            (("set reverse-route tag 6",), 9, 6),
            (("no set reverse-route distance", "no set reverse-route tag"), 1, None),
        ):
            wires.configure("R2", "crypto map VPN 10 ipsec-isakmp", *lines)
            (route,) = routes()
            assert f"metric {metric} " in route
            entry = typed(r2, "show ip route 3.3.3.10")
            assert f'Known via "static", distance {metric}, metric 0' in entry
            assert (f"Route tag {tag}" in entry) is (tag is not None), entry
        wires.configure("R2", "crypto map VPN 10 ipsec-isakmp", "no reverse-route")
        assert routes() == []
    finally:
        r2.stop()


def test_a_route_follows_the_way_to_its_peer(wires: Wires) -> None:
    node = wires.nodes["R2"]
    with hub(wires, REVERSE), wires.running("R3"):
        assert eventually(lambda: wires.ping("PC3", "2.2.2.10"))
        node.run("ip", "route", "add", "13.1.1.3/32", "via", "12.1.1.1", "metric", "0")
        node.run("ip", "neigh", "replace", "12.1.1.9", "lladdr", "02:00:00:00:00:09", "dev", "eth0")
        node.run("ip", "route", "replace", "13.1.1.3/32", "via", "12.1.1.9", "metric", "0")
        assert eventually(lambda: "3.3.3.0/24 via 12.1.1.9" in node.run("ip", "route").stdout)
        node.run("ip", "route", "del", "13.1.1.3/32")
        assert eventually(lambda: "3.3.3.0/24 via 12.1.1.1" in node.run("ip", "route").stdout)
        assert wires.ping("PC2", "3.3.3.10", count=3)


def test_what_goes_quietly_is_not_told() -> None:
    """Thousands of routes that come with SAs must not each be a reason to look at all routes again."""
    with Namespace("R2") as node, node.entered():
        loud, quiet = Netlink(), Netlink()
        monitor = RouteMonitor(quiet.port)
        route = {"dst": "3.3.3.0/24", "oif": 1, "table": MAIN_TABLE}
        told = []
        for netlink in (quiet, loud, quiet):
            netlink.add_route(**route)
            netlink.delete_route(**route)
            time.sleep(0.05)
            told.append(monitor.changed())
        assert told == [False, True, False]
        node.run("ip", "address", "add", "9.9.9.9/32", "dev", "lo")
        assert eventually(monitor.changed)
        for each in (monitor, loud, quiet):
            each.close()
