//! Powers against published exchanges, small numbers counted by hand, and the group axioms.

use cryptomap_modp::{Error, MAX_MODULUS_LEN, mod_exp};
use proptest::prelude::*;

/// `NAME = hex` lines of each block of the file, in their order.
fn exchanges() -> Vec<Vec<(&'static str, Vec<u8>)>> {
    let text = include_str!("vectors/rfc5114.rsp");
    let lines = text.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>();
    let blocks = lines.split(|line| line.is_empty()).filter(|block| !block.is_empty());
    let line = |line: &&'static str| line.split_once(" = ").map(|(name, digits)| (name, hex(digits)));
    blocks.map(|block| block.iter().filter_map(line).collect()).collect()
}

fn hex(digits: &str) -> Vec<u8> {
    let nibble = |digit: u8| (digit as char).to_digit(16).expect("hex digit") as u8;
    digits.as_bytes().chunks_exact(2).map(|pair| (nibble(pair[0]) << 4) | nibble(pair[1])).collect()
}

#[test]
fn rfc_5114_exchanges() {
    let exchanges = exchanges();
    assert_eq!(exchanges.len(), 3);
    for exchange in exchanges {
        let value = |wanted: &str| {
            exchange.iter().find(|(name, _)| *name == wanted).map(|(_, octets)| &octets[..]).expect("name")
        };
        let power = |base, exponent| mod_exp(base, exponent, value("P"));
        assert_eq!(power(value("G"), value("XA")).as_deref(), Ok(value("YA")));
        assert_eq!(power(value("G"), value("XB")).as_deref(), Ok(value("YB")));
        assert_eq!(power(value("YB"), value("XA")).as_deref(), Ok(value("Z")));
        assert_eq!(power(value("YA"), value("XB")).as_deref(), Ok(value("Z")));
    }
}

#[test]
fn every_power_below_small_moduli() {
    for modulus in (3..60u8).step_by(2) {
        for base in 0..modulus {
            let mut expected = 1;
            for exponent in 0..40u8 {
                assert_eq!(mod_exp(&[base], &[exponent], &[modulus]), Ok(vec![expected as u8]));
                expected = expected * u32::from(base) % u32::from(modulus);
            }
        }
    }
}

#[test]
fn results_are_as_long_as_the_modulus() {
    assert_eq!(mod_exp(&[2], &[3], &[0, 0, 0, 0, 0, 0, 0, 0, 1, 1]), Ok(vec![0, 0, 0, 0, 0, 0, 0, 0, 0, 8]));
    assert_eq!(mod_exp(&[0, 0, 0, 2], &[0, 3], &[1, 1]), Ok(vec![0, 8]));
    assert_eq!(mod_exp(&[], &[1], &[1, 1]), Ok(vec![0, 0]));
}

#[test]
fn arguments_out_of_range_are_refused() {
    for modulus in [&[][..], &[0], &[1], &[2], &[0, 1], &[0, 0], &[1, 0], &[0xff; MAX_MODULUS_LEN + 1]] {
        let exponent = if modulus.is_empty() { &[][..] } else { &[1][..] };
        let refused = mod_exp(&[0], exponent, modulus);
        assert!(matches!(refused, Err(Error::Modulus | Error::Exponent)), "{modulus:?}");
    }
    assert_eq!(mod_exp(&[7], &[1], &[7]), Err(Error::Base));
    assert_eq!(mod_exp(&[1, 0], &[1], &[7]), Err(Error::Base));
    assert_eq!(mod_exp(&[2], &[], &[7]), Err(Error::Exponent));
    assert_eq!(mod_exp(&[2], &[0, 1], &[7]), Err(Error::Exponent));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// (b^x)^y = (b^y)^x, which is what Diffie-Hellman rests on.
    #[test]
    fn both_ends_reach_the_same_power(
        mut modulus in proptest::collection::vec(any::<u8>(), 1..80),
        base in any::<u8>(),
        x in proptest::collection::vec(any::<u8>(), 1..20),
        y in proptest::collection::vec(any::<u8>(), 1..20),
    ) {
        modulus[0] |= 0x80;
        let last = modulus.len() - 1;
        modulus[last] |= 1;
        let base = [base & 0x7f];
        let (x, y) = (&x[..x.len().min(modulus.len())], &y[..y.len().min(modulus.len())]);
        let via = |first, second| mod_exp(&mod_exp(&base, first, &modulus)?, second, &modulus);
        let shared = via(x, y);
        prop_assert_eq!(shared.as_ref().map(Vec::len), Ok(modulus.len()));
        prop_assert_eq!(shared, via(y, x));
    }

    #[test]
    fn no_input_panics(
        base in proptest::collection::vec(any::<u8>(), 0..40),
        exponent in proptest::collection::vec(any::<u8>(), 0..40),
        modulus in proptest::collection::vec(any::<u8>(), 0..40),
    ) {
        if let Ok(power) = mod_exp(&base, &exponent, &modulus) {
            prop_assert_eq!(power.len(), modulus.len());
            prop_assert!(power < modulus);
        }
    }
}
