"""`crypto call admission limit ike`: how many ISAKMP SAs are let in."""

from collections.abc import Iterable
from dataclasses import replace

from cryptomap.config.command import Command, texts
from cryptomap.config.mode import GLOBAL
from cryptomap.model.config import RouterConfig


class CallAdmissionLimit(Command):
    mode, order = GLOBAL, 240
    grammar = (
        "crypto call admission limit ike"
        " <sa ![(0-99999)$sas]|in-negotiation-sa ![(10-99999)$in_negotiation]>$what"
    )
    help = texts(
        {
            "call": "Configure Crypto Call Admission Control",
            "admission": "Configure Crypto Call Admission Control",
            "limit": "Configure Call Admission Control limits",
            "ike": "Configure limits for IKE",
            "sa": "Limit of established and negotiating IKE SAs",
            "in-negotiation-sa": "Limit of IKE SAs in negotiation",
            "$sas": "Number of IKE SAs",
            "$in_negotiation": "Number of IKE SAs in negotiation",
        }
    )

    def apply(self, config: RouterConfig, what: str, **limit: int | None) -> RouterConfig:
        return replace(config, call_admission=replace(config.call_admission, **limit))

    def negate(self, config: RouterConfig, what: str, **_: int) -> RouterConfig:
        return self.apply(config, what, **{"sas" if what == "sa" else "in_negotiation": None})

    def render(self, config: RouterConfig) -> Iterable[str]:
        limits = config.call_admission
        if limits.in_negotiation is not None:
            yield f"crypto call admission limit ike in-negotiation-sa {limits.in_negotiation}"
        if limits.sas is not None:
            yield f"crypto call admission limit ike sa {limits.sas}"
