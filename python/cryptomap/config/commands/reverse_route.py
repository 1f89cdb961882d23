"""`reverse-route` and `set reverse-route` of crypto map entries and dynamic map entries."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from cryptomap.config.command import Command, RefusedError, Surroundings, texts
from cryptomap.config.mode import CRYPTO_MAP
from cryptomap.model.config import CryptoMapEntry

TAG = "(1-4294967295)$tag"


class SetReverseRouteDistance(Command):
    mode, order, fields = CRYPTO_MAP, 8, ("reverse_route_distance",)
    grammar = "set reverse-route distance ![(1-255)$distance]"
    help = texts(
        {
            "reverse-route": "Reverse Route Injection.",
            "distance": "Distance metric of the routes",
            "$distance": "Distance metric",
        }
    )

    def apply(self, entry: CryptoMapEntry, distance: int) -> CryptoMapEntry:
        return replace(entry, reverse_route_distance=distance)

    def render(self, entry: CryptoMapEntry) -> Iterable[str]:
        if entry.reverse_route_distance is not None:
            yield f"set reverse-route distance {entry.reverse_route_distance}"


class SetReverseRouteTag(Command):
    mode, order, fields = CRYPTO_MAP, 8, ("reverse_route_tag",)
    grammar = f"set reverse-route tag ![{TAG}]"
    help = texts(
        {
            "reverse-route": "Reverse Route Injection.",
            "tag": "Tag of the routes",
            "$tag": "Tag value",
        }
    )

    def apply(self, entry: CryptoMapEntry, tag: int) -> CryptoMapEntry:
        return replace(entry, reverse_route_tag=tag)

    def render(self, entry: CryptoMapEntry) -> Iterable[str]:
        if entry.reverse_route_tag is not None:
            yield f"set reverse-route tag {entry.reverse_route_tag}"


class ReverseRoute(Command):
    """Releases before 12.4(15)T have the tag in this line, later ones in a line of its own."""

    mode, order, fields = CRYPTO_MAP, 10, ("reverse_route", "reverse_route_static")
    grammar = (
        f"reverse-route [<static$static [tag {TAG}]|tag {TAG} [static$static]"
        "|remote-peer$remote [A.B.C.D$hop [gateway$gateway]] [static$static]>]"
    )
    help = texts(
        {
            "reverse-route": "Reverse Route Injection.",
            "static": "Create routes from the access list at once, not with the security association",
            "tag": "Tag of the routes",
            "$tag": "Tag value",
            "remote-peer": "Create a route to the peer too",
            "$hop": "Next hop of the routes",
            "gateway": "Create a default route for the peer's packets",
        }
    )

    def prepare(self, around: Surroundings, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        if "remote" in arguments:
            raise RefusedError(
                "% The routes are by way of whatever leads to the peer: leave remote-peer out, and say"
                " ip route for another way to it."
            )
        return arguments

    def apply(
        self, entry: CryptoMapEntry, static: str | None = None, tag: int | None = None
    ) -> CryptoMapEntry:
        return replace(
            entry,
            reverse_route=True,
            reverse_route_static=static is not None,
            reverse_route_tag=entry.reverse_route_tag if tag is None else tag,
        )

    def render(self, entry: CryptoMapEntry) -> Iterable[str]:
        if entry.reverse_route:
            yield "reverse-route static" if entry.reverse_route_static else "reverse-route"
