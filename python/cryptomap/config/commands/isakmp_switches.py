"""ISAKMP features that are on or off: aggressive mode, fragmentation, SPI recovery, lifetime check."""

from collections.abc import Iterable
from dataclasses import replace

from cryptomap.config.command import Command, texts
from cryptomap.config.mode import GLOBAL
from cryptomap.model.config import RouterConfig


class AggressiveModeDisable(Command):
    mode, order, fields = GLOBAL, 323, ("aggressive_mode",)
    grammar = "crypto isakmp aggressive-mode disable"
    help = texts(
        {
            "aggressive-mode": "Disable ISAKMP aggressive mode",
            "disable": "Disable inbound and outbound aggressive mode",
        }
    )

    def apply(self, config: RouterConfig) -> RouterConfig:
        return replace(config, aggressive_mode=False)

    def render(self, config: RouterConfig) -> Iterable[str]:
        if not config.aggressive_mode:
            yield "crypto isakmp aggressive-mode disable"


class Fragmentation(Command):
    mode, order, fields = GLOBAL, 322, ("fragmentation",)
    grammar = "crypto isakmp fragmentation"
    help = texts({"fragmentation": "IKE Fragmentation enabled if required"})

    def apply(self, config: RouterConfig) -> RouterConfig:
        return replace(config, fragmentation=True)

    def render(self, config: RouterConfig) -> Iterable[str]:
        if config.fragmentation:
            yield "crypto isakmp fragmentation"


class InvalidSpiRecovery(Command):
    mode, order, fields = GLOBAL, 324, ("invalid_spi_recovery",)
    grammar = "crypto isakmp invalid-spi-recovery"
    help = texts({"invalid-spi-recovery": "Initiate IKE and send Invalid SPI Notify"})

    def apply(self, config: RouterConfig) -> RouterConfig:
        return replace(config, invalid_spi_recovery=True)

    def render(self, config: RouterConfig) -> Iterable[str]:
        if config.invalid_spi_recovery:
            yield "crypto isakmp invalid-spi-recovery"


class LifetimeCheck(Command):
    """No command of IOS: what its old documents say of lifetimes, as an option."""

    mode, order, fields = GLOBAL, 329, ("lifetime_check",)
    grammar = "crypto isakmp lifetime-check"
    help = texts({"lifetime-check": "Refuse an offer that lives longer than our policy"})

    def apply(self, config: RouterConfig) -> RouterConfig:
        return replace(config, lifetime_check=True)

    def render(self, config: RouterConfig) -> Iterable[str]:
        if config.lifetime_check:
            yield "crypto isakmp lifetime-check"
