"""`ip local pool NAME LOW [HIGH]`: addresses for clients."""

from collections.abc import Iterable
from dataclasses import replace
from ipaddress import IPv4Address

from cryptomap.config.command import Command, RefusedError, texts
from cryptomap.config.mode import GLOBAL, with_entry, without_entry
from cryptomap.model.config import RouterConfig
from cryptomap.model.remote_access import AddressPool

MAXIMUM = 65536
"""Addresses in one range."""


class IpLocalPool(Command):
    mode, order = GLOBAL, 590
    grammar = "ip local pool WORD$name ![A.B.C.D$low [A.B.C.D$high]]"
    help = texts(
        {
            "local": "Specify local options",
            "pool": "IP Local address pool lists",
            "$name": "Name of a local address pool, or default",
            "$low": "First IP address of range",
            "$high": "Last IP address of range",
        }
    )

    def apply(
        self, config: RouterConfig, name: str, low: IPv4Address, high: IPv4Address | None = None
    ) -> RouterConfig:
        new = (low, high or low)
        if not 0 <= int(new[1]) - int(low) < MAXIMUM:
            raise RefusedError(
                f"%Bad IP range, {new[0]} - {new[1]}: 1 to {MAXIMUM} addresses, the lowest first"
            )
        pool = config.pools.get(name, AddressPool(name))
        if new in pool.ranges:
            return config
        for other in config.pools.values():
            if any(first <= new[1] and low <= last for first, last in other.ranges):
                raise RefusedError(f"%IP address range overlaps with pool: {other.name}")
        return _put(config, replace(pool, ranges=(*pool.ranges, new)))

    def negate(
        self,
        config: RouterConfig,
        name: str,
        low: IPv4Address | None = None,
        high: IPv4Address | None = None,
    ) -> RouterConfig:
        pool = config.pools.get(name, AddressPool(name))
        left = tuple(each for each in pool.ranges if low is not None and each != (low, high or low))
        return _put(config, replace(pool, ranges=left))

    def render(self, config: RouterConfig) -> Iterable[str]:
        for pool in config.pools.values():
            for low, high in pool.ranges:
                yield f"ip local pool {pool.name} {low}" + (f" {high}" if high != low else "")


def _put(config: RouterConfig, pool: AddressPool) -> RouterConfig:
    """The pool is there only while it holds an address."""
    if pool.ranges:
        return replace(config, pools=with_entry(config.pools, pool.name, pool))
    return replace(config, pools=without_entry(config.pools, pool.name))
