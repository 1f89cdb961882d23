"""What is wrong with a whole configuration: weak algorithms, lists that IKEv1 cannot offer, references
to nothing, keys that cannot work. The checks stand in `checks`.
"""

from collections.abc import Callable, Iterator

from cryptomap.config.checks import aggressive, clients, ezvpn, keys, maps, pki, weak
from cryptomap.config.finding import Finding as Finding
from cryptomap.model.config import RouterConfig

CHECKS: tuple[Callable[[RouterConfig], Iterator[Finding]], ...] = (
    weak.check,
    aggressive.check,
    keys.check,
    maps.check,
    clients.check,
    ezvpn.check,
    pki.check,
)


def validate(config: RouterConfig) -> tuple[Finding, ...]:
    """Everything found, in a fixed order. A configuration with a fatal finding must not run."""
    return tuple(finding for check in CHECKS for finding in check(config))
