use core::net::IpAddr;

use crate::FiveTuple;

/// An address prefix. Bits beyond the prefix are cleared when it is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Network {
    address: IpAddr,
    prefix_len: u8,
}

impl Network {
    /// The network of `prefix_len` bits that `address` is in; `None` when there are not so many bits.
    pub fn new(address: IpAddr, prefix_len: u8) -> Option<Self> {
        let cleared = match address {
            IpAddr::V4(v4) => {
                let host_bits = 32u32.checked_sub(u32::from(prefix_len))?;
                let mask = u32::MAX.checked_shl(host_bits).unwrap_or(0);
                IpAddr::V4((v4.to_bits() & mask).into())
            }
            IpAddr::V6(v6) => {
                let host_bits = 128u32.checked_sub(u32::from(prefix_len))?;
                let mask = u128::MAX.checked_shl(host_bits).unwrap_or(0);
                IpAddr::V6((v6.to_bits() & mask).into())
            }
        };
        Some(Self { address: cleared, prefix_len })
    }

    /// Bits that count.
    pub fn prefix_len(&self) -> u8 {
        self.prefix_len
    }

    /// Whether `address` is of the same family and inside.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(network), IpAddr::V4(host)) => {
                let differing = network.to_bits() ^ host.to_bits();
                differing.leading_zeros() >= u32::from(self.prefix_len)
            }
            (IpAddr::V6(network), IpAddr::V6(host)) => {
                let differing = network.to_bits() ^ host.to_bits();
                differing.leading_zeros() >= u32::from(self.prefix_len)
            }
            _ => false,
        }
    }
}

/// One network, protocol and port a side (RFC 2407 section 4.6.2); protocol 0 and port 0 mean any.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Selector {
    /// Where packets come from.
    pub source: Network,
    /// Where packets go to.
    pub destination: Network,
    /// IP protocol, or 0.
    pub protocol: u8,
    /// Source port, or 0.
    pub source_port: u16,
    /// Destination port, or 0.
    pub destination_port: u16,
}

impl Selector {
    /// Whether the packet is of this traffic.
    ///
    /// Ports do not apply to a later fragment. It cannot be put together without a first fragment,
    /// and that one shows its ports, so nothing passes that a port should keep out.
    pub fn matches(&self, packet: &FiveTuple) -> bool {
        self.source.contains(packet.source)
            && self.destination.contains(packet.destination)
            && (self.protocol == 0 || self.protocol == packet.protocol)
            && (packet.later_fragment || self.ports_match(packet))
    }

    fn ports_match(&self, packet: &FiveTuple) -> bool {
        (self.source_port == 0 || self.source_port == packet.source_port)
            && (self.destination_port == 0 || self.destination_port == packet.destination_port)
    }
}
