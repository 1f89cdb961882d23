"""What the engine's events mean to the host and to the log; IKE hears of them too."""

import logging
import time
from collections.abc import Callable
from ipaddress import IPv4Address

from cryptomap.daemon.host import Host
from cryptomap.daemon.journal import RateLimit
from cryptomap.daemon.netlink import HostError
from cryptomap.daemon.packet_log import invalid_spi
from cryptomap.model.event import Event
from cryptomap.model.sa import EngineEvent, InvalidSpi, TooBig

logger = logging.getLogger(__name__)

_A_MINUTE = 1 / 60


class EngineEvents:
    """Takes each event of the engine. An unknown SPI is logged once a minute, as IOS does."""

    def __init__(self, host: Host, emit: Callable[[Event], None]) -> None:
        self._host = host
        self._emit = emit
        self._limit = RateLimit(_A_MINUTE, 1)

    def take(self, event: EngineEvent) -> None:
        match event:
            case InvalidSpi(source, destination, _, spi, interface):
                if self._limit.allows((source, destination, spi), time.monotonic()):
                    self._emit(invalid_spi(event, self._host.interface_name(interface)))
            case TooBig(key):
                self._too_big(key.destination)
            case _:
                pass

    def _too_big(self, peer: object) -> None:
        if not isinstance(peer, IPv4Address):
            return
        try:
            self._host.packet_too_big(peer)
        except HostError as error:
            logger.error("the path to %s takes less, but this could not be followed: %s", peer, error)
