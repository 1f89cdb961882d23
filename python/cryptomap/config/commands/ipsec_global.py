"""`crypto ipsec security-association` lifetime, idle time and replay, and the compliance shield."""

from collections.abc import Iterable
from dataclasses import replace

from cryptomap.config.command import Command, texts
from cryptomap.config.mode import GLOBAL
from cryptomap.model.config import GLOBAL_LIFETIME, RouterConfig

REPLAY_WINDOW = 64


class SaLifetime(Command):
    mode, order = GLOBAL, 410
    grammar = (
        "crypto ipsec security-association lifetime"
        " <seconds ![(120-86400)$seconds]|kilobytes ![(2560-536870912)$kilobytes]>$unit"
    )
    help = texts(
        {
            "security-association": "Security association parameters",
            "lifetime": "Security association lifetime",
            "seconds": "Time-based key duration",
            "kilobytes": "Volume-based key duration",
            "$seconds": "Security association duration in seconds",
            "$kilobytes": "Security association duration in kilobytes encrypted",
        }
    )

    def apply(self, config: RouterConfig, unit: str, **value: int) -> RouterConfig:
        return replace(config, lifetime=replace(config.lifetime, **value))

    def negate(self, config: RouterConfig, unit: str, **_: int) -> RouterConfig:
        return self.apply(config, unit, **{unit: getattr(GLOBAL_LIFETIME, unit)})

    def render(self, config: RouterConfig) -> Iterable[str]:
        for unit in ("kilobytes", "seconds"):
            value = getattr(config.lifetime, unit)
            if value != getattr(GLOBAL_LIFETIME, unit):
                yield f"crypto ipsec security-association lifetime {unit} {value}"


class SaIdleTime(Command):
    mode, order, fields = GLOBAL, 411, ("idle_time",)
    grammar = "crypto ipsec security-association idle-time ![(60-86400)$seconds]"
    help = texts(
        {
            "security-association": "Security association parameters",
            "idle-time": "Automatically delete IPSec SAs after a given idle period.",
            "$seconds": "Idle time, in seconds",
        }
    )

    def apply(self, config: RouterConfig, seconds: int) -> RouterConfig:
        return replace(config, idle_time=seconds)

    def render(self, config: RouterConfig) -> Iterable[str]:
        if config.idle_time is not None:
            yield f"crypto ipsec security-association idle-time {config.idle_time}"


class ReplayWindow(Command):
    mode, order, fields = GLOBAL, 412, ("replay_window",)
    grammar = "crypto ipsec security-association replay window-size ![<64|128|256|512|1024>$size]"
    help = texts(
        {
            "security-association": "Security association parameters",
            "replay": "Set replay checking",
            "window-size": "Set replay window size",
            **{str(size): f"Window size of {size} packets" for size in (64, 128, 256, 512, 1024)},
        }
    )

    def apply(self, config: RouterConfig, size: str) -> RouterConfig:
        return replace(config, replay_window=int(size))

    def render(self, config: RouterConfig) -> Iterable[str]:
        if config.replay_window not in (0, REPLAY_WINDOW):
            yield f"crypto ipsec security-association replay window-size {config.replay_window}"


class ReplayDisable(Command):
    mode, order = GLOBAL, 413
    grammar = "crypto ipsec security-association replay disable"
    help = texts(
        {
            "security-association": "Security association parameters",
            "replay": "Set replay checking",
            "disable": "Disable replay checking",
        }
    )

    def apply(self, config: RouterConfig) -> RouterConfig:
        return replace(config, replay_window=0)

    def negate(self, config: RouterConfig) -> RouterConfig:
        return replace(config, replay_window=config.replay_window or REPLAY_WINDOW)

    def render(self, config: RouterConfig) -> Iterable[str]:
        if config.replay_window == 0:
            yield "crypto ipsec security-association replay disable"


class ComplianceShield(Command):
    mode, order, fields = GLOBAL, 230, ("compliance_shield",)
    grammar = "crypto engine compliance shield disable"
    help = texts(
        {
            "engine": "Configure the crypto engine",
            "compliance": "Cryptographic compliance",
            "shield": "Refuse weak algorithms",
            "disable": "Allow weak algorithms",
        }
    )

    def apply(self, config: RouterConfig) -> RouterConfig:
        return replace(config, compliance_shield=False)

    def render(self, config: RouterConfig) -> Iterable[str]:
        if not config.compliance_shield:
            yield "crypto engine compliance shield disable"
