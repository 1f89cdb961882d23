//! The symbol against squares counted by hand, Euler's criterion, and the law of multiplication.

use cryptomap_modp::{Error, MAX_MODULUS_LEN, jacobi, mod_exp};
use proptest::prelude::*;

/// The prime of RFC 2409 section 6.2 (group 2).
const MODP_1024: &str = "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404\
    DDEF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5\
    AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF";

fn hex(digits: &str) -> Vec<u8> {
    let nibble = |digit: u8| (digit as char).to_digit(16).expect("hex digit") as u8;
    digits.as_bytes().chunks_exact(2).map(|pair| (nibble(pair[0]) << 4) | nibble(pair[1])).collect()
}

#[test]
fn squares_modulo_small_primes() {
    for prime in [3u8, 5, 7, 11, 13, 17, 19, 23, 101, 251] {
        let squares =
            (1..prime).map(|root| (u32::from(root).pow(2) % u32::from(prime)) as u8).collect::<Vec<_>>();
        for value in 0..prime {
            let expected = if value == 0 {
                0
            } else if squares.contains(&value) {
                1
            } else {
                -1
            };
            assert_eq!(jacobi(&[value], &[prime]), Ok(expected), "{value} over {prime}");
        }
    }
}

/// Over a product it is the product of the symbols.
#[test]
fn composite_moduli() {
    for (p, q) in [(3u8, 3u8), (3, 5), (5, 7), (7, 11), (3, 83), (13, 19)] {
        for value in 0..p * q {
            let parts = [p, q].map(|prime| jacobi(&[value % prime], &[prime]).expect("odd prime"));
            assert_eq!(jacobi(&[value], &[p * q]), Ok(parts[0] * parts[1]), "{value} over {p} * {q}");
        }
    }
}

#[test]
fn what_is_no_modulus() {
    for modulus in [&[][..], &[0], &[1], &[2], &[0, 1], &[4, 0]] {
        assert_eq!(jacobi(&[], modulus), Err(Error::Modulus));
    }
    assert_eq!(jacobi(&[1], &[1; MAX_MODULUS_LEN + 1]), Err(Error::Modulus));
    assert_eq!(jacobi(&[0, 1], &[7]), Err(Error::Base));
    assert_eq!(jacobi(&[], &[7]), Ok(0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Euler's criterion: the symbol is the power of (p - 1) / 2.
    #[test]
    fn eulers_criterion(value in proptest::collection::vec(any::<u8>(), 1..128)) {
        let prime = hex(MODP_1024);
        let mut half = prime.clone();
        let mut carry = 0;
        for octet in &mut half {
            let low = *octet & 1;
            *octet = (*octet >> 1) | (carry << 7);
            carry = low;
        }
        let power = mod_exp(&value, &half, &prime).expect("below the prime");
        let expected = match jacobi(&value, &prime).expect("odd modulus") {
            1 => [vec![0; 127], vec![1]].concat(),
            0 => vec![0; 128],
            _ => [&prime[..127], &[prime[127] - 1]].concat(),
        };
        prop_assert_eq!(power, expected);
    }

    #[test]
    fn nothing_panics(
        value in proptest::collection::vec(any::<u8>(), 0..600),
        modulus in proptest::collection::vec(any::<u8>(), 0..600),
    ) {
        let _ = jacobi(&value, &modulus);
    }
}
