//! Packets that nobody with the key made: none is accepted, none ends the process.

use cryptomap_esp::{OpenError, SuiteError, suite};
use proptest::prelude::*;

use crate::fixture::{self, AES_SHA256, Algorithms, GCM, NULL_SHA1, all_algorithms, mirror, spec};

#[test]
fn what_one_end_seals_the_other_opens() {
    for algorithms in all_algorithms() {
        let (sender, _) = fixture::outbound(&spec(algorithms));
        let (receiver, _) = fixture::inbound(&mirror(spec(algorithms)));
        for total_len in (28..100).chain([1400, 65_535]) {
            let inner = fixture::udp_packet(fixture::HOST, fixture::FAR_HOST, total_len);
            let mut sealed = fixture::seal(&sender, &inner);
            assert_eq!(sealed.len(), sender.sealed_len(inner.len()));
            assert_eq!(receiver.open(&mut sealed, None, 0), Ok(&inner[..]), "{algorithms:?} {total_len}");
        }
        let (sent, received) = (sender.counters(), receiver.counters());
        assert_eq!((sent.packets, sent.bytes, sent.sequence), (received.packets, received.bytes, 74));
    }
}

/// One packet is open to no other key, cipher or integrity algorithm.
#[test]
fn another_suite_accepts_nothing() {
    for sealing in all_algorithms() {
        let (sender, _) = fixture::outbound(&spec(sealing));
        let sealed = fixture::seal(&sender, &fixture::inner());
        for opening in all_algorithms() {
            let mut other = spec(opening);
            other.auth_key.iter_mut().chain(other.encryption_key.iter_mut()).for_each(|octet| *octet ^= 0x10);
            let (receiver, _) = fixture::inbound(&mirror(other));
            let refused = receiver.open(&mut sealed.clone(), None, 0).is_err();
            assert!(refused, "{sealing:?} {opening:?}");
        }
    }
}

#[test]
fn short_packets_of_any_length_are_refused() {
    for algorithms in all_algorithms() {
        let (receiver, _) = fixture::inbound(&mirror(spec(algorithms)));
        for len in 0..=100 {
            let mut packet = vec![0x5a; len];
            let opened = receiver.open(&mut packet, None, 0);
            assert!(
                matches!(opened, Err(OpenError::Malformed | OpenError::NotAuthentic)),
                "{algorithms:?} {len}"
            );
        }
        let counters = receiver.counters();
        assert_eq!(counters.malformed + counters.auth_failed, 101);
        assert_eq!((counters.packets, counters.sequence), (0, 0));
    }
}

#[test]
fn truncated_and_lengthened_packets_are_refused() {
    for algorithms in all_algorithms() {
        let (sender, _) = fixture::outbound(&spec(algorithms));
        let sealed = fixture::seal(&sender, &fixture::inner());
        let (receiver, _) = fixture::inbound(&mirror(spec(algorithms)));
        for len in 0..sealed.len() {
            assert!(receiver.open(&mut sealed[..len].to_vec(), None, 0).is_err(), "{algorithms:?} {len}");
        }
        for extra in 1..=32 {
            let mut packet = [&sealed[..], &vec![0; extra]].concat();
            assert!(receiver.open(&mut packet, None, 0).is_err(), "{algorithms:?} +{extra}");
        }
        assert!(receiver.open(&mut sealed.clone(), None, 0).is_ok());
    }
}

#[test]
fn any_changed_octet_is_refused_and_moves_nothing() {
    for algorithms in all_algorithms() {
        let (sender, _) = fixture::outbound(&spec(algorithms));
        // The third packet: no single bit makes 0 of its sequence number, which would be a replay.
        let [_, _, sealed] = [(); 3].map(|()| fixture::seal(&sender, &fixture::inner()));
        let (receiver, _) = fixture::inbound(&mirror(spec(algorithms)));
        // The SPI is covered by the ICV too, so even the first octets count.
        for at in 0..sealed.len() {
            for bit in 0..8 {
                let mut packet = sealed.clone();
                packet[at] ^= 1 << bit;
                assert_eq!(
                    receiver.open(&mut packet, None, 0),
                    Err(OpenError::NotAuthentic),
                    "{algorithms:?} octet {at} bit {bit}"
                );
            }
        }
        let counters = receiver.counters();
        assert_eq!(counters.auth_failed, sealed.len() as u64 * 8);
        assert_eq!((counters.sequence, counters.last_used), (0, None));
        assert!(receiver.open(&mut sealed.clone(), None, 0).is_ok());
    }
}

/// A packet with a wrong ICV is never decrypted, so nothing of its contents can decide anything.
#[test]
fn a_packet_that_is_not_authentic_is_not_decrypted() {
    for Algorithms { cipher, key_len, auth } in all_algorithms() {
        let keys = spec(Algorithms { cipher, key_len, auth });
        let suite = suite::build(cipher, &keys.encryption_key, auth, &keys.auth_key).expect("suite");
        let plain = vec![0x11; suite.layout().packet_len(60)];
        let mut forged = plain.clone();
        suite.seal(&mut [&mut forged]).expect("sealed");
        let last = forged.len() - 1;
        forged[last] ^= 1;
        let before = forged.clone();
        let mut openings = [suite::Opening::new(&mut forged)];
        suite.open(&mut openings);
        assert!(!openings[0].authentic);
        let body = suite.layout().body(plain.len()).expect("body");
        if auth.is_some() {
            assert_eq!(forged, before, "{cipher:?} {auth:?}");
        } else {
            // GCM works in place and clears what it must not give out.
            assert!(forged[body].iter().all(|octet| *octet == 0), "{cipher:?}");
        }
    }
}

#[test]
fn packets_of_one_slice_are_judged_one_by_one() {
    for Algorithms { cipher, key_len, auth } in [NULL_SHA1, AES_SHA256, GCM] {
        let keys = spec(Algorithms { cipher, key_len, auth });
        let suite = suite::build(cipher, &keys.encryption_key, auth, &keys.auth_key).expect("suite");
        let len = suite.layout().packet_len(28);
        let mut packets = vec![vec![0x11; len]; 4];
        let mut batch = packets.iter_mut().map(Vec::as_mut_slice).collect::<Vec<_>>();
        suite.seal(&mut batch).expect("sealed");
        packets[2][len - 1] ^= 1;
        let mut openings = packets.iter_mut().map(|packet| suite::Opening::new(packet)).collect::<Vec<_>>();
        suite.open(&mut openings);
        let verdicts = openings.iter().map(|opening| opening.authentic).collect::<Vec<_>>();
        assert_eq!(verdicts, [true, true, false, true]);
        assert!(packets[3].starts_with(&[0x11; 8]));
    }
}

#[test]
fn keys_of_wrong_length_and_weak_keys_are_refused() {
    for Algorithms { cipher, key_len, auth } in all_algorithms() {
        let right = spec(Algorithms { cipher, key_len, auth });
        for wrong_len in [key_len + 1, key_len.wrapping_sub(1), 64] {
            let Some(key) = (wrong_len < 100).then(|| vec![0x35; wrong_len]) else { continue };
            let refused = suite::build(cipher, &key, auth, &right.auth_key);
            assert_eq!(refused.err(), Some(SuiteError::EncryptionKeyLength), "{cipher:?} {wrong_len}");
        }
        if auth.is_some() {
            let refused = suite::build(cipher, &right.encryption_key, auth, &right.auth_key[1..]);
            assert_eq!(refused.err(), Some(SuiteError::AuthKeyLength));
        }
    }
    use cryptomap_esp::{Auth, Cipher};
    let weak = |cipher, key: &[u8]| suite::build(cipher, key, Some(Auth::Sha1), &[0; 20]).err();
    // FIPS 74 section 3.6 names this one and three more.
    assert_eq!(weak(Cipher::Des, &[1; 8]), Some(SuiteError::WeakKey));
    // K1 = K2 undoes two of the three encryptions (RFC 2451 section 2.3).
    let repeated = [[0x23; 8], [0x23; 8], [0x45; 8]].concat();
    assert_eq!(weak(Cipher::TripleDes, &repeated), Some(SuiteError::WeakKey));
    assert_eq!(suite::build(Cipher::Aes, &[3; 16], None, &[]).err(), Some(SuiteError::NoIntegrity));
    assert_eq!(
        suite::build(Cipher::AesGcm, &[3; 20], Some(Auth::Sha1), &[0; 20]).err(),
        Some(SuiteError::TwoIntegrities)
    );
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_octets_are_never_accepted(
        mut packet in proptest::collection::vec(any::<u8>(), 0..600),
        algorithms in proptest::sample::select(all_algorithms()),
    ) {
        let (receiver, _) = fixture::inbound(&mirror(spec(algorithms)));
        prop_assert!(receiver.open(&mut packet, None, 0).is_err());
    }

    /// Authentic contents are not trusted either: whatever is inside, it is a packet or it is dropped.
    #[test]
    fn random_contents_under_a_right_icv_do_no_harm(
        contents in proptest::collection::vec(any::<u8>(), 0..50),
        algorithms in proptest::sample::select(vec![NULL_SHA1, AES_SHA256, GCM]),
    ) {
        let sealed = super::inbound::seal_contents(algorithms, 1, &contents);
        let (receiver, _) = fixture::inbound(&mirror(spec(algorithms)));
        prop_assert!(receiver.open(&mut sealed.clone(), None, 0).is_err());
        prop_assert_eq!(receiver.counters().auth_failed, 0);
    }
}
