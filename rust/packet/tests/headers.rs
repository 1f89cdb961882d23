//! Headers octet by octet, and any octets at all.

use std::net::Ipv4Addr;

use cryptomap_packet::{Error, FiveTuple, esp, five_tuple, ipv4, udp};
use proptest::prelude::*;

/// The IPv4 header of RFC 3602 section 4, case 5: an echo request of 84 octets.
const HEADER: [u8; 20] = [
    0x45, 0x00, 0x00, 0x54, 0x08, 0xf2, 0x00, 0x00, 0x40, 0x01, 0xf9, 0xfe, 0xc0, 0xa8, 0x7b, 0x03, 0xc0,
    0xa8, 0x7b, 0x64,
];

fn packet(header: [u8; 20], payload: &[u8]) -> Vec<u8> {
    let mut packet = [&header[..], payload].concat();
    let len = packet.len() as u16;
    packet[2..4].copy_from_slice(&len.to_be_bytes());
    packet
}

fn with_protocol(protocol: u8) -> [u8; 20] {
    let mut header = HEADER;
    header[9] = protocol;
    header
}

#[test]
fn an_ipv4_header_is_read_and_written_as_published() {
    let octets = packet(HEADER, &[0; 64]);
    let view = ipv4::Packet::new_checked(&octets).unwrap();
    assert!(view.checksum_ok());
    let header = ipv4::Repr::parse(&view);
    let expected = ipv4::Repr {
        source: Ipv4Addr::new(192, 168, 123, 3),
        destination: Ipv4Addr::new(192, 168, 123, 100),
        protocol: 1,
        tos: 0,
        identification: 0x08f2,
        dont_fragment: false,
        ttl: 64,
        payload_len: 64,
    };
    assert_eq!(header, expected);
    let mut written = [0xff; 20];
    header.emit(&mut written).unwrap();
    assert_eq!(written, HEADER);
}

/// RFC 1071 section 3 sums these octets to ddf2.
#[test]
fn the_checksum_of_rfc_1071() {
    assert_eq!(ipv4::checksum(&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]), !0xddf2);
    assert_eq!(ipv4::checksum(&[0x12]), !0x1200);
    assert_eq!(ipv4::checksum(&[]), 0xffff);
}

#[test]
fn an_ipv4_header_has_to_agree_with_itself_and_the_buffer() {
    let good = packet(HEADER, &[0; 64]);
    let check = |octets: &[u8]| ipv4::Packet::new_checked(octets).map(|view| view.total_len());
    let patched = |at: usize, value: u8| {
        let mut octets = good.clone();
        octets[at] = value;
        check(&octets)
    };
    assert_eq!(check(&good), Ok(84));
    assert_eq!(check(&[&good[..], &[0; 9]].concat()), Ok(84));
    for len in 0..84 {
        assert_eq!(check(&good[..len]), Err(Error::Truncated), "{len} octets");
    }
    for version in (0..16).filter(|version| *version != 4) {
        assert_eq!(patched(0, version << 4 | 5), Err(Error::Version));
    }
    for words in 0..5 {
        assert_eq!(patched(0, 0x40 | words), Err(Error::HeaderLength));
    }
    for total_len in 0..20 {
        assert_eq!(patched(3, total_len), Err(Error::TotalLength));
    }
    assert_eq!(patched(3, 85), Err(Error::Truncated));
    assert_eq!(patched(0, 0x4f), Ok(84));
    let mut short = good[..40].to_vec();
    short[3] = 40;
    short[0] = 0x4b;
    assert_eq!(check(&short), Err(Error::TotalLength));
}

#[test]
fn options_are_part_of_the_header() {
    let mut octets = packet(with_protocol(17), &[0; 12]);
    octets[0] = 0x46;
    octets[24..28].copy_from_slice(&[0x01, 0xf4, 0x11, 0x94]);
    let view = ipv4::Packet::new_checked(&octets).unwrap();
    assert_eq!((view.header_len(), view.payload().len()), (24, 8));
    let tuple = five_tuple(&octets).unwrap();
    assert_eq!((tuple.source_port, tuple.destination_port), (500, 4500));
}

#[test]
fn what_does_not_fit_is_not_written() {
    let octets = packet(HEADER, &[0; 64]);
    let header = ipv4::Repr::parse(&ipv4::Packet::new_checked(&octets).unwrap());
    assert_eq!(header.emit(&mut [0; 19]), Err(Error::Capacity));
    for payload_len in [65_516, usize::MAX] {
        assert_eq!(ipv4::Repr { payload_len, ..header }.emit(&mut [0; 20]), Err(Error::Capacity));
    }
    let datagram = udp::Repr { source_port: 4500, destination_port: 4500, payload_len: 65_527 };
    assert_eq!(datagram.emit(&mut [0; 8]), Ok(()));
    assert_eq!(datagram.emit(&mut [0; 7]), Err(Error::Capacity));
    let longer = udp::Repr { payload_len: 65_528, ..datagram };
    assert_eq!(longer.emit(&mut [0; 8]), Err(Error::Capacity));
    assert_eq!(esp::Repr { spi: 1, sequence: 1 }.emit(&mut [0; 7]), Err(Error::Capacity));
}

#[test]
fn a_udp_header() {
    let octets = [0x11, 0x94, 0x7a, 0x12, 0x00, 0x09, 0x00, 0x00, 0xff, 0xee];
    let view = udp::Packet::new_checked(&octets).unwrap();
    assert_eq!(view.payload(), udp::NAT_KEEPALIVE);
    let header = udp::Repr::parse(&view);
    assert_eq!(header, udp::Repr { source_port: 4500, destination_port: 31_250, payload_len: 1 });
    let mut written = [0xff; 8];
    header.emit(&mut written).unwrap();
    assert_eq!(written, octets[..8]);
    for length in 0..8 {
        let octets = [0, 1, 0, 2, 0, length, 0, 0, 0];
        assert_eq!(udp::Packet::new_checked(&octets).err(), Some(Error::TotalLength));
    }
    assert_eq!(udp::Packet::new_checked(&octets[..8]).err(), Some(Error::Truncated));
    assert_eq!(udp::Packet::new_checked(&octets[..7]).err(), Some(Error::Truncated));
}

#[test]
fn an_esp_header() {
    let octets = [0xc0, 0xff, 0xee, 0x01, 0x00, 0x00, 0x01, 0x02, 0x77];
    let view = esp::Packet::new_checked(&octets).unwrap();
    let header = esp::Repr::parse(&view);
    assert_eq!((header, view.payload()), (esp::Repr { spi: 0xc0ff_ee01, sequence: 258 }, &[0x77][..]));
    let mut written = [0; 8];
    header.emit(&mut written).unwrap();
    assert_eq!(written, octets[..8]);
    assert_eq!(esp::Packet::new_checked(&octets[..7]).err(), Some(Error::Truncated));
}

#[test]
fn ports_of_the_protocols_that_have_them() {
    for protocol in 0..=255 {
        let octets = packet(with_protocol(protocol), &[0x13, 0x88, 0, 53, 0, 8, 0, 0]);
        let has_ports = [6, 17, 132, 136].contains(&protocol);
        let (source_port, destination_port) = if has_ports { (5000, 53) } else { (0, 0) };
        let expected = FiveTuple {
            source: Ipv4Addr::new(192, 168, 123, 3).into(),
            destination: Ipv4Addr::new(192, 168, 123, 100).into(),
            protocol,
            source_port,
            destination_port,
            later_fragment: false,
            fragment_of: None,
        };
        assert_eq!(five_tuple(&octets), Ok(expected));
        let cut = five_tuple(&packet(with_protocol(protocol), &[0x13, 0x88, 0]));
        assert_eq!(cut.is_err(), has_ports, "protocol {protocol}");
    }
}

#[test]
fn fragments() {
    let fragment = |flags: u8, offset: u8| {
        let mut header = with_protocol(17);
        header[6..8].copy_from_slice(&[flags, offset]);
        five_tuple(&packet(header, &[0x13, 0x88, 0, 53])).unwrap()
    };
    let seen = |tuple: FiveTuple| (tuple.later_fragment, tuple.destination_port, tuple.fragment_of);
    let identification = Some(0x08f2);
    assert_eq!(seen(fragment(0x40, 0)), (false, 53, None));
    assert_eq!(seen(fragment(0x20, 0)), (false, 53, identification));
    assert_eq!(seen(fragment(0x20, 1)), (true, 0, identification));
    assert_eq!(seen(fragment(0x00, 1)), (true, 0, identification));
    assert_eq!(seen(fragment(0x1f, 0xff)), (true, 0, identification));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_octets_panic(mut octets in proptest::collection::vec(any::<u8>(), 0..120), as_ipv4: bool) {
        if let (true, Some(first)) = (as_ipv4, octets.first_mut()) {
            *first = *first & 0x0f | 0x40;
        }
        if let Ok(view) = ipv4::Packet::new_checked(&octets) {
            prop_assert!(view.total_len() <= octets.len());
            prop_assert_eq!(view.header_len() + view.payload().len(), view.total_len());
            let _ = (view.checksum_ok(), view.fragment_offset(), view.more_fragments(), view.tos());
            ipv4::Repr::parse(&view).emit(&mut [0; 20]).unwrap();
        }
        if let Ok(view) = udp::Packet::new_checked(&octets) {
            udp::Repr::parse(&view).emit(&mut [0; 8]).unwrap();
        }
        if let Ok(view) = esp::Packet::new_checked(&octets) {
            esp::Repr::parse(&view).emit(&mut [0; 8]).unwrap();
        }
        let tuple = five_tuple(&octets);
        prop_assert!(tuple.is_err() || octets[0] >> 4 == 4);
    }

    #[test]
    fn a_written_ipv4_header_is_read_back(
        source: u32, destination: u32, protocol: u8, tos: u8, identification: u16,
        dont_fragment: bool, ttl: u8, payload_len in 0..2000usize,
    ) {
        let (source, destination) = (Ipv4Addr::from(source), Ipv4Addr::from(destination));
        let header = ipv4::Repr {
            source, destination, protocol, tos, identification, dont_fragment, ttl, payload_len,
        };
        let mut octets = vec![0xaa; header.buffer_len() + payload_len];
        header.emit(&mut octets).unwrap();
        let view = ipv4::Packet::new_checked(&octets).unwrap();
        prop_assert!(view.checksum_ok());
        prop_assert_eq!(ipv4::Repr::parse(&view), header);
    }
}
