//! IPv4 header (RFC 791 section 3.1).
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-------+-------+---------------+-------------------------------+
//! |Version|  IHL  |Type of service|          Total length         |
//! +-------+-------+---------------+-----+-------------------------+
//! |        Identification         |Flags|     Fragment offset     |
//! +---------------+---------------+-----+-------------------------+
//! | Time to live  |   Protocol    |        Header checksum        |
//! +---------------+---------------+-------------------------------+
//! |                        Source address                         |
//! +---------------------------------------------------------------+
//! |                     Destination address                       |
//! +---------------------------------------------------------------+
//! |                    Options, padded to 4 octets                |
//! +---------------------------------------------------------------+
//! ```

use core::net::Ipv4Addr;

use crate::Error;

/// Octets of a header without options.
pub const HEADER_LEN: usize = 20;

mod field {
    use core::ops::Range;

    pub(super) const VERSION_IHL: usize = 0;
    pub(super) const TOS: usize = 1;
    pub(super) const TOTAL_LEN: Range<usize> = 2..4;
    pub(super) const IDENTIFICATION: Range<usize> = 4..6;
    pub(super) const FLAGS_FRAGMENT: Range<usize> = 6..8;
    pub(super) const TTL: usize = 8;
    pub(super) const PROTOCOL: usize = 9;
    pub(super) const CHECKSUM: Range<usize> = 10..12;
    pub(super) const SOURCE: Range<usize> = 12..16;
    pub(super) const DESTINATION: Range<usize> = 16..20;
}

const DONT_FRAGMENT: u16 = 0x4000;
const MORE_FRAGMENTS: u16 = 0x2000;
const FRAGMENT_OFFSET: u16 = 0x1fff;

/// A view of one IPv4 packet; what follows its total length in the buffer is not part of it.
#[derive(Debug, Clone, Copy)]
pub struct Packet<'a> {
    octets: &'a [u8],
}

impl<'a> Packet<'a> {
    /// Checks version, header length and total length against each other and the buffer.
    pub fn new_checked(buffer: &'a [u8]) -> Result<Self, Error> {
        let first = *buffer.first().ok_or(Error::Truncated)?;
        if first >> 4 != 4 {
            return Err(Error::Version);
        }
        if buffer.len() < HEADER_LEN {
            return Err(Error::Truncated);
        }
        let header_len = usize::from(first & 0x0f) * 4;
        let total_len = usize::from(read_u16(buffer, field::TOTAL_LEN));
        if header_len < HEADER_LEN {
            return Err(Error::HeaderLength);
        }
        if total_len < header_len {
            return Err(Error::TotalLength);
        }
        let octets = buffer.get(..total_len).ok_or(Error::Truncated)?;
        Ok(Self { octets })
    }

    /// The whole packet, header included.
    pub fn octets(&self) -> &'a [u8] {
        self.octets
    }

    /// Octets of the header with its options.
    pub fn header_len(&self) -> usize {
        usize::from(self.octets[field::VERSION_IHL] & 0x0f) * 4
    }

    /// Octets of the packet.
    pub fn total_len(&self) -> usize {
        self.octets.len()
    }

    /// Type of service, today DSCP and ECN.
    pub fn tos(&self) -> u8 {
        self.octets[field::TOS]
    }

    /// Ties the fragments of a datagram together.
    pub fn identification(&self) -> u16 {
        read_u16(self.octets, field::IDENTIFICATION)
    }

    /// Whether the packet may not be fragmented.
    pub fn dont_fragment(&self) -> bool {
        read_u16(self.octets, field::FLAGS_FRAGMENT) & DONT_FRAGMENT != 0
    }

    /// Whether the packet is a fragment and another one follows it.
    pub fn more_fragments(&self) -> bool {
        read_u16(self.octets, field::FLAGS_FRAGMENT) & MORE_FRAGMENTS != 0
    }

    /// Where this fragment's payload lies in the whole packet's, in octets; 0 in a first fragment or a whole packet.
    pub fn fragment_offset(&self) -> usize {
        usize::from(read_u16(self.octets, field::FLAGS_FRAGMENT) & FRAGMENT_OFFSET) * 8
    }

    /// Hops left.
    pub fn ttl(&self) -> u8 {
        self.octets[field::TTL]
    }

    /// What the payload is.
    pub fn protocol(&self) -> u8 {
        self.octets[field::PROTOCOL]
    }

    /// Sender.
    pub fn source(&self) -> Ipv4Addr {
        read_address(self.octets, field::SOURCE)
    }

    /// Receiver.
    pub fn destination(&self) -> Ipv4Addr {
        read_address(self.octets, field::DESTINATION)
    }

    /// What follows the header.
    pub fn payload(&self) -> &'a [u8] {
        &self.octets[self.header_len()..]
    }

    /// Whether the header checksum is right.
    pub fn checksum_ok(&self) -> bool {
        checksum(&self.octets[..self.header_len()]) == 0
    }
}

/// The fields of a header without options that the gateway writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repr {
    /// Sender.
    pub source: Ipv4Addr,
    /// Receiver.
    pub destination: Ipv4Addr,
    /// What the payload is.
    pub protocol: u8,
    /// Type of service.
    pub tos: u8,
    /// Ties fragments together.
    pub identification: u16,
    /// Whether routers may fragment the packet.
    pub dont_fragment: bool,
    /// Hops left.
    pub ttl: u8,
    /// Octets after the header.
    pub payload_len: usize,
}

impl Repr {
    /// Reads a packet's header. Options are left out; fragments keep no trace of being one.
    pub fn parse(packet: &Packet<'_>) -> Self {
        Self {
            source: packet.source(),
            destination: packet.destination(),
            protocol: packet.protocol(),
            tos: packet.tos(),
            identification: packet.identification(),
            dont_fragment: packet.dont_fragment(),
            ttl: packet.ttl(),
            payload_len: packet.payload().len(),
        }
    }

    /// Octets that `emit` writes.
    pub const fn buffer_len(&self) -> usize {
        HEADER_LEN
    }

    /// Writes the header, checksum included, to the start of `buffer`.
    pub fn emit(&self, buffer: &mut [u8]) -> Result<(), Error> {
        let header = buffer.get_mut(..HEADER_LEN).ok_or(Error::Capacity)?;
        let total_len = HEADER_LEN.checked_add(self.payload_len).ok_or(Error::Capacity)?;
        let total_len = u16::try_from(total_len).map_err(|_| Error::Capacity)?;
        let flags = if self.dont_fragment { DONT_FRAGMENT } else { 0 };
        header[field::VERSION_IHL] = 0x45;
        header[field::TOS] = self.tos;
        header[field::TOTAL_LEN].copy_from_slice(&total_len.to_be_bytes());
        header[field::IDENTIFICATION].copy_from_slice(&self.identification.to_be_bytes());
        header[field::FLAGS_FRAGMENT].copy_from_slice(&flags.to_be_bytes());
        header[field::TTL] = self.ttl;
        header[field::PROTOCOL] = self.protocol;
        header[field::CHECKSUM].fill(0);
        header[field::SOURCE].copy_from_slice(&self.source.octets());
        header[field::DESTINATION].copy_from_slice(&self.destination.octets());
        let sum = checksum(header);
        header[field::CHECKSUM].copy_from_slice(&sum.to_be_bytes());
        Ok(())
    }
}

/// The Internet checksum (RFC 1071) of `octets`; over octets that hold a right checksum it is 0.
pub fn checksum(octets: &[u8]) -> u16 {
    let (words, rest) = octets.as_chunks::<2>();
    let mut sum: u64 = words.iter().map(|word| u64::from(u16::from_be_bytes(*word))).sum();
    if let [last] = rest {
        sum += u64::from(*last) << 8;
    }
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

fn read_u16(octets: &[u8], at: core::ops::Range<usize>) -> u16 {
    u16::from_be_bytes([octets[at.start], octets[at.start + 1]])
}

fn read_address(octets: &[u8], at: core::ops::Range<usize>) -> Ipv4Addr {
    Ipv4Addr::new(octets[at.start], octets[at.start + 1], octets[at.start + 2], octets[at.start + 3])
}
