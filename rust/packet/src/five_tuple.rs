use core::net::IpAddr;

use crate::{Error, ipv4, protocol};

/// What selectors look at in a packet (RFC 4301 section 4.4.1.1). Ports are 0 where there are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FiveTuple {
    /// Sender.
    pub source: IpAddr,
    /// Receiver.
    pub destination: IpAddr,
    /// What the payload is.
    pub protocol: u8,
    /// TCP, UDP, UDP-Lite or SCTP source port.
    pub source_port: u16,
    /// TCP, UDP, UDP-Lite or SCTP destination port.
    pub destination_port: u16,
    /// A later fragment: its ports are in the first one and cannot be known here.
    pub later_fragment: bool,
    /// The identification of the datagram that this is a fragment of; `None` when it is whole.
    pub fragment_of: Option<u16>,
}

/// Reads the five-tuple of an IPv4 packet and checks its headers on the way.
///
/// A packet of a protocol with ports that ends before them is an error: nothing could say which
/// policy it falls under.
pub fn five_tuple(packet: &[u8]) -> Result<FiveTuple, Error> {
    let packet = ipv4::Packet::new_checked(packet)?;
    let later_fragment = packet.fragment_offset() > 0;
    let (source_port, destination_port) =
        if has_ports(packet.protocol()) && !later_fragment { ports(packet.payload())? } else { (0, 0) };
    Ok(FiveTuple {
        source: packet.source().into(),
        destination: packet.destination().into(),
        protocol: packet.protocol(),
        source_port,
        destination_port,
        later_fragment,
        fragment_of: (later_fragment || packet.more_fragments()).then(|| packet.identification()),
    })
}

fn has_ports(protocol: u8) -> bool {
    matches!(protocol, protocol::TCP | protocol::UDP | protocol::UDP_LITE | protocol::SCTP)
}

fn ports(payload: &[u8]) -> Result<(u16, u16), Error> {
    match payload {
        [a, b, c, d, ..] => Ok((u16::from_be_bytes([*a, *b]), u16::from_be_bytes([*c, *d]))),
        _ => Err(Error::Truncated),
    }
}
