"""What our gateway says at its console, and how echoes fare."""

import re

from cryptomap.lab.gateway import Gateway
from cryptomap.lab.namespace import Namespace


def typed(gateway: Gateway, *lines: str) -> str:
    """What the console shows for exec commands, which it must take."""
    code, text = gateway.type("\n".join(lines), lambda _: None)
    assert code == 0, f"{lines}: {text}"
    return text


def pairs(gateway: Gateway) -> int:
    """Pairs of IPsec SAs: one inbound ESP SA each."""
    shown = typed(gateway, "show crypto ipsec sa")
    inbound = re.findall(r"inbound esp sas:(.*?)inbound ah sas:", shown, re.S)
    return sum(block.count("spi: 0x") for block in inbound)


def isakmp_sas(gateway: Gateway) -> int:
    """ISAKMP SAs that are up."""
    lines = typed(gateway, "show crypto isakmp sa").splitlines()
    return sum("QM_IDLE" in line and "deleted" not in line for line in lines)


def echoes(node: Namespace, *words: str) -> int:
    """How many echoes of this `ping` are answered."""
    done = node.run("ping", "-n", "-i", "0.1", "-W", "1", *words, check=False)
    found = re.search(r"(\d+) received", done.stdout)
    return int(found[1]) if found else 0
