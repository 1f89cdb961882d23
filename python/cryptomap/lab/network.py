"""A lab's wires: a namespace for each router and host, the links, the hosts' addresses and routes."""

from collections.abc import Iterator
from contextlib import contextmanager

from cryptomap.daemon.nft import Nftables, NftError
from cryptomap.lab.description import Host, Lab
from cryptomap.lab.namespace import Namespace, connect, namespaces
from cryptomap.lab.table import LabError


@contextmanager
def build_network(lab: Lab) -> Iterator[dict[str, Namespace]]:
    """The namespaces of the lab by name, cabled. Routers set up their own ends by their configuration."""
    with namespaces(lab.nodes) as nodes:
        for link in lab.links:
            left, right = link.left, link.right
            connect(nodes[left.node], left.device, nodes[right.node], right.device, link.mtu)
        for host in lab.hosts:
            _set_up(host, nodes[host.name])
        yield nodes


def _set_up(host: Host, node: Namespace) -> None:
    for device, address in host.addresses.items():
        node.address(device, address)
    if host.gateway is not None:
        node.route("default", host.gateway)
    for network, gateway in host.routes.items():
        node.route(network, gateway)
    if host.forward:
        node.forward()
    if host.nat is not None:
        _hide(node, host.nat)


def _hide(node: Namespace, device: str) -> None:
    rules = f"""table ip nat {{
        chain postrouting {{
            type nat hook postrouting priority srcnat;
            oifname "{device}" masquerade fully-random;
        }}
    }}
    """
    with node.entered():
        tables = Nftables()
    try:
        tables.run(rules)
    except NftError as error:
        raise LabError(f"{node.name} cannot be a NAT: {error}") from error
    finally:
        tables.close()
