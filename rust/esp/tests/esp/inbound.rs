//! What an authentic packet may hold, and which ones a receiver takes when.

use std::net::SocketAddr;

use cryptomap_esp::{Counters, Event, OpenError, SaSpec, UdpEncapsulation, suite};

use crate::fixture::{
    self, AES_SHA256, Algorithms, DES_SHA1, FAR_HOST, GCM, HOST, LOCAL, NULL_SHA1, mirror, network, spec,
    udp_packet,
};

/// An authentic packet of any contents, filled up to whole blocks from the front with zeros.
pub(crate) fn seal_contents(algorithms: Algorithms, sequence: u32, contents: &[u8]) -> Vec<u8> {
    let spec = spec(algorithms);
    let suite = suite::build(spec.cipher, &spec.encryption_key, spec.auth, &spec.auth_key).expect("suite");
    let layout = suite.layout();
    let body_len = contents.len().max(1).next_multiple_of(layout.block_len);
    let mut packet = [spec.spi.to_be_bytes(), sequence.to_be_bytes()].concat();
    packet.resize(packet.len() + layout.iv_len + body_len - contents.len(), 0);
    packet.extend_from_slice(contents);
    packet.resize(packet.len() + layout.icv_len, 0);
    suite.seal(&mut [&mut packet]).expect("sealed");
    packet
}

/// An inner packet with padding, pad length and next header of the test's choice.
fn trailed(inner: &[u8], padding: &[u8], pad_len: u8, next_header: u8) -> Vec<u8> {
    [inner, padding, &[pad_len, next_header]].concat()
}

fn open_contents(contents: &[u8]) -> (Result<Vec<u8>, OpenError>, Counters) {
    let (receiver, _) = fixture::inbound(&mirror(spec(NULL_SHA1)));
    let mut sealed = seal_contents(NULL_SHA1, 1, contents);
    let opened = receiver.open(&mut sealed, None, 5).map(<[u8]>::to_vec);
    (opened, receiver.counters())
}

#[test]
fn padding_has_to_count_up_from_one() {
    let inner = udp_packet(HOST, FAR_HOST, 86);
    let pad = (1..=255).collect::<Vec<u8>>();
    for pad_len in (0..=255u8).step_by(4) {
        let (opened, _) = open_contents(&trailed(&inner, &pad[..usize::from(pad_len)], pad_len, 4));
        assert_eq!(opened.as_ref(), Ok(&inner), "{pad_len} octets");
    }
    for padding in [[0, 0, 0, 0], [1, 2, 3, 5], [2, 3, 4, 5], [4, 3, 2, 1]] {
        let (opened, counters) = open_contents(&trailed(&inner, &padding, 4, 4));
        assert_eq!((opened, counters.malformed), (Err(OpenError::Malformed), 1), "{padding:?}");
    }
}

#[test]
fn a_pad_length_beyond_the_contents_is_refused() {
    for pad_len in [3, 4, 200, 255] {
        let (opened, counters) = open_contents(&[1, 2, pad_len, 4]);
        assert_eq!((opened, counters.malformed), (Err(OpenError::Malformed), 1));
    }
}

#[test]
fn padding_for_traffic_flow_confidentiality_is_cut_off() {
    let inner = udp_packet(HOST, FAR_HOST, 84);
    let stuffed = [&inner[..], &[0x77; 502]].concat();
    assert_eq!(open_contents(&trailed(&stuffed, &[], 0, 4)).0, Ok(inner));
}

#[test]
fn only_ipv4_is_taken_out_of_a_tunnel() {
    let inner = udp_packet(HOST, FAR_HOST, 86);
    for next_header in (0..=255).filter(|number| ![4, 59].contains(number)) {
        let (opened, counters) = open_contents(&trailed(&inner, &[], 0, next_header));
        assert_eq!((opened, counters.malformed), (Err(OpenError::Malformed), 1), "{next_header}");
    }
}

#[test]
fn a_dummy_packet_is_counted_and_goes_nowhere() {
    let (opened, counters) = open_contents(&trailed(&[0xee; 62], &[], 0, 59));
    assert_eq!(opened, Err(OpenError::Dummy));
    let expected = Counters { packets: 1, sequence: 1, last_used: Some(5), ..Counters::default() };
    assert_eq!(counters, expected);
}

#[test]
fn inner_headers_that_contradict_themselves_are_refused() {
    let inner = udp_packet(HOST, FAR_HOST, 86);
    let patched = |at: usize, value: u8| {
        let mut packet = inner.clone();
        packet[at] = value;
        open_contents(&trailed(&packet, &[], 0, 4)).0
    };
    for version in (0..16).filter(|version| *version != 4) {
        assert_eq!(patched(0, version << 4 | 5), Err(OpenError::Malformed), "version {version}");
    }
    for header_words in 0..5 {
        assert_eq!(patched(0, 0x40 | header_words), Err(OpenError::Malformed), "{header_words} words");
    }
    // Total lengths that cut the header or the ports off, or reach beyond the contents.
    for total_len in (0..24).chain(87..=255) {
        assert_eq!(patched(3, total_len), Err(OpenError::Malformed), "total length {total_len}");
    }
    assert_eq!(patched(3, 86), Ok(inner.clone()));
}

#[test]
fn traffic_of_another_selector_is_dropped() {
    let one_service = |spec: SaSpec| {
        let mut spec = mirror(spec);
        spec.selector.source = network(HOST, 32);
        spec.selector.destination = network(FAR_HOST, 32);
        spec.selector.protocol = 17;
        spec.selector.source_port = 5000;
        spec.selector.destination_port = 53;
        spec
    };
    let (sender, _) = fixture::outbound(&spec(DES_SHA1));
    let (receiver, _) = fixture::inbound(&one_service(spec(DES_SHA1)));
    let good = udp_packet(HOST, FAR_HOST, 60);
    let mut wrong = vec![
        udp_packet([10, 1, 1, 8].into(), FAR_HOST, 60),
        udp_packet(HOST, [10, 2, 2, 8].into(), 60),
        udp_packet(FAR_HOST, HOST, 60),
    ];
    wrong.extend([(9, 6), (9, 1), (20, 0x14), (23, 54)].map(|(at, value)| {
        let mut packet = good.clone();
        packet[at] = value;
        packet
    }));
    for packet in &wrong {
        let mut sealed = fixture::seal(&sender, packet);
        assert_eq!(receiver.open(&mut sealed, None, 0), Err(OpenError::Selector), "{packet:02x?}");
    }
    assert_eq!(receiver.counters().selector_failed, wrong.len() as u64);
    assert_eq!(receiver.open(&mut fixture::seal(&sender, &good), None, 0), Ok(&good[..]));
}

#[test]
fn a_sequence_number_is_taken_once() {
    let (sender, _) = fixture::outbound(&spec(GCM));
    let (receiver, _) = fixture::inbound(&mirror(spec(GCM)));
    let packets = (0..200).map(|_| fixture::seal(&sender, &fixture::inner())).collect::<Vec<_>>();
    // Pairs swapped, then everything again.
    for pair in packets.chunks(2) {
        assert!(receiver.open(&mut pair[1].clone(), None, 0).is_ok());
        assert!(receiver.open(&mut pair[0].clone(), None, 0).is_ok());
    }
    for packet in &packets {
        assert_eq!(receiver.open(&mut packet.clone(), None, 0), Err(OpenError::Replayed));
    }
    let counters = receiver.counters();
    assert_eq!((counters.packets, counters.replay_dropped, counters.sequence), (200, 200, 200));
}

#[test]
fn without_a_window_packets_may_repeat() {
    let (sender, _) = fixture::outbound(&spec(AES_SHA256));
    let unchecked = SaSpec { replay_window: 0, ..mirror(spec(AES_SHA256)) };
    let (receiver, _) = fixture::inbound(&unchecked);
    let sealed = fixture::seal(&sender, &fixture::inner());
    for _ in 0..3 {
        assert!(receiver.open(&mut sealed.clone(), None, 0).is_ok());
    }
}

/// A forged packet far ahead must not push the window past the good ones.
#[test]
fn a_forgery_does_not_move_the_window() {
    let (sender, _) = fixture::outbound(&spec(AES_SHA256));
    let (receiver, _) = fixture::inbound(&mirror(spec(AES_SHA256)));
    let sealed = fixture::seal(&sender, &fixture::inner());
    let mut forged = sealed.clone();
    forged[4..8].copy_from_slice(&u32::MAX.to_be_bytes());
    assert_eq!(receiver.open(&mut forged, None, 0), Err(OpenError::NotAuthentic));
    assert!(receiver.open(&mut sealed.clone(), None, 0).is_ok());
}

#[test]
fn an_encapsulated_peer_is_followed_by_its_newest_authentic_packet() {
    let udp = UdpEncapsulation { local_port: 4500, remote_port: 4500 };
    let encapsulated = || SaSpec { encapsulation: Some(udp), ..spec(GCM) };
    let (sender, _) = fixture::outbound(&encapsulated());
    let (receiver, events) = fixture::inbound(&mirror(encapsulated()));
    let old = SocketAddr::new(LOCAL, 4500);
    let new = SocketAddr::new([203, 0, 113, 5].into(), 31_000);
    let packets = (0..4).map(|_| fixture::seal(&sender, &fixture::inner())).collect::<Vec<_>>();
    let open = |at: usize, from| receiver.open(&mut packets[at].clone(), Some(from), 0).is_ok();

    assert!(open(0, old));
    assert_eq!(events.take(), []);
    // A replay from elsewhere proves nothing.
    assert!(!open(0, new));
    assert_eq!(events.take(), []);
    assert!(open(2, new));
    let moved = Event::PeerMoved { key: receiver.key(), address: new.ip(), port: new.port() };
    assert_eq!(events.take(), [moved]);
    // A late packet from the old address does not move the peer back.
    assert!(open(1, old));
    assert!(open(3, new));
    assert_eq!(events.take(), []);
}

#[test]
fn keys_are_not_printed() {
    let printed = format!("{:?}", spec(NULL_SHA1));
    assert!(printed.contains("0xc0ffee01") && !printed.contains("key"), "{printed}");
}
