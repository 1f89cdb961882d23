"""`crypto isakmp keepalive`: dead peer detection for every peer, and the same for those of one profile."""

from collections.abc import Iterable
from dataclasses import replace

from cryptomap.config.command import Command, texts
from cryptomap.config.mode import GLOBAL, ISAKMP_PROFILE
from cryptomap.model.config import IsakmpProfile, Keepalive, RouterConfig

RETRY = Keepalive(10).retry


class IsakmpKeepalive(Command):
    mode, order, fields = GLOBAL, 325, ("keepalive",)
    grammar = "crypto isakmp keepalive ![(10-3600)$interval [(2-60)$retry] [<on-demand|periodic>$kind]]"
    help = texts(
        {
            "keepalive": "Set a keepalive interval for use with IOS peers",
            "$interval": "Number of seconds between keep alives",
            "$retry": "Number of seconds between retries if keepalive fails",
            "on-demand": "Send keepalives only when needed",
            "periodic": "Send keepalives periodically",
        }
    )

    def apply(
        self, config: RouterConfig, interval: int, retry: int = RETRY, kind: str = "on-demand"
    ) -> RouterConfig:
        return replace(config, keepalive=Keepalive(interval, retry, kind == "periodic"))

    def render(self, config: RouterConfig) -> Iterable[str]:
        keepalive = config.keepalive
        if keepalive is not None:
            retry = f" {keepalive.retry}" if keepalive.retry != RETRY else ""
            yield f"crypto isakmp keepalive {keepalive.interval}{retry}{' periodic' * keepalive.periodic}"


class ProfileKeepalive(Command):
    mode, order, fields = ISAKMP_PROFILE, 10, ("keepalive",)
    grammar = "keepalive ![(10-3600)$interval retry (2-60)$retry]"
    help = texts(
        {
            "keepalive": "Set a keepalive interval for use with IOS peers",
            "$interval": "Number of seconds between keep alives",
            "retry": "Set the interval between retries",
            "$retry": "Number of seconds between retries if keepalive fails",
        }
    )

    def apply(self, profile: IsakmpProfile, interval: int, retry: int) -> IsakmpProfile:
        return replace(profile, keepalive=Keepalive(interval, retry))

    def render(self, profile: IsakmpProfile) -> Iterable[str]:
        if profile.keepalive is not None:
            yield f"keepalive {profile.keepalive.interval} retry {profile.keepalive.retry}"
