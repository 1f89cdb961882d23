"""Remote access for every client: `crypto isakmp xauth timeout` and the common address pools."""

from collections.abc import Iterable
from dataclasses import replace

from cryptomap.config.command import Command, texts
from cryptomap.config.mode import GLOBAL
from cryptomap.model.config import RouterConfig

XAUTH_TIMEOUT = RouterConfig().xauth_timeout


class XauthTimeout(Command):
    mode, order, fields = GLOBAL, 327, ("xauth_timeout",)
    grammar = "crypto isakmp xauth timeout ![(5-90)$seconds]"
    help = texts(
        {
            "xauth": "Set Extended Authentication values",
            "timeout": "Set timeout for Extended Authentication",
            "$seconds": "Number of seconds the user has to answer",
        }
    )

    def apply(self, config: RouterConfig, seconds: int) -> RouterConfig:
        return replace(config, xauth_timeout=seconds)

    def render(self, config: RouterConfig) -> Iterable[str]:
        if config.xauth_timeout != XAUTH_TIMEOUT:
            yield f"crypto isakmp xauth timeout {config.xauth_timeout}"


class ClientPool(Command):
    mode, order = GLOBAL, 328
    grammar = "crypto isakmp client configuration address-pool local ![WORD$pool]"
    help = texts(
        {
            "client": "Set client configuration policy",
            "configuration": "Set client configuration policy",
            "address-pool": "Set network address for client",
            "local": "Specify a local address pool",
            "$pool": "Name of the address pool",
        }
    )

    def apply(self, config: RouterConfig, pool: str) -> RouterConfig:
        return replace(config, client_pools=tuple(dict.fromkeys((*config.client_pools, pool))))

    def negate(self, config: RouterConfig, pool: str | None = None) -> RouterConfig:
        left = tuple(each for each in config.client_pools if pool is not None and each != pool)
        return replace(config, client_pools=left)

    def render(self, config: RouterConfig) -> Iterable[str]:
        return (
            f"crypto isakmp client configuration address-pool local {each}" for each in config.client_pools
        )
