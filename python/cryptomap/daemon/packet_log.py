"""Log lines about packets that were dropped, as IOS words them."""

from cryptomap.daemon.intercept.interception import RefusedPacket
from cryptomap.model.event import LogMessage
from cryptomap.model.sa import InvalidSpi


def not_ipsec(packet: RefusedPacket) -> LogMessage:
    """Cleartext that should have been protected."""
    text = (
        f"Rec'd packet not an IPSEC packet. (ip) vrf/dest_addr= /{packet.destination}, "
        f"src_addr= {packet.source}, prot= {packet.protocol}"
    )
    return LogMessage("CRYPTO", 4, "RECVD_PKT_NOT_IPSEC", text)


def invalid_spi(event: InvalidSpi, interface: str) -> LogMessage:
    """ESP for us by an SA that we do not have."""
    text = (
        f"decaps: rec'd IPSEC packet has invalid spi for destaddr={event.destination}, "
        f"prot={event.protocol}, spi=0x{event.spi:X}({event.spi}), srcaddr={event.source}, "
        f"input interface={interface}"
    )
    return LogMessage("CRYPTO", 4, "RECVD_PKT_INV_SPI", text)
