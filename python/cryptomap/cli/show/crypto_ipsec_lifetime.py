"""`show crypto ipsec security-association lifetime`."""

from cryptomap.cli.command import show
from cryptomap.cli.router import Router
from cryptomap.model.config import Lifetime, Personality


def collect(router: Router) -> Lifetime:
    return router.config.lifetime


def render(lifetime: Lifetime, personality: Personality) -> str:
    volume = f"{lifetime.kilobytes} kilobytes"
    return f"Security association lifetime: {volume}/{lifetime.seconds} seconds\n"


COMMANDS = [
    show(
        "show crypto ipsec security-association lifetime",
        {
            "security-association": "Show parameters for IPSec security associations",
            "lifetime": "Show lifetimes of IPSec security associations",
        },
        lambda router, personality, args: render(collect(router), personality),
    )
]
