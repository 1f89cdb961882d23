//! Modular exponentiation for finite-field Diffie-Hellman (RFC 2409 section 6, RFC 3526).
//!
//! A power's time depends on the lengths of the three numbers only, never on the exponent's value.
#![forbid(unsafe_code)]

use core::fmt;

use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
use crypto_bigint::{BoxedUint, Odd};
use zeroize::Zeroize;

mod jacobi;

pub use jacobi::jacobi;

/// The longest modulus taken, in octets: group 18 of RFC 3526.
pub const MAX_MODULUS_LEN: usize = 1024;

/// Why a power cannot be computed. All of these are the caller's mistakes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Error {
    /// The modulus is even, below 3, or longer than [`MAX_MODULUS_LEN`].
    Modulus,
    /// The base is not below the modulus.
    Base,
    /// The exponent is empty or longer than the modulus.
    Exponent,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Modulus => "modulus must be odd, at least 3 and at most 8192 bits long",
            Self::Base => "base must be below the modulus",
            Self::Exponent => "exponent must have 1 octet at least and no more than the modulus",
        })
    }
}

impl core::error::Error for Error {}

/// `base` to the power of `exponent`, modulo `modulus`.
///
/// All numbers are unsigned and big-endian. The result is as long as `modulus` was given, padded
/// with zero octets on the left. Leading zero octets of an argument are allowed.
pub fn mod_exp(base: &[u8], exponent: &[u8], modulus: &[u8]) -> Result<Vec<u8>, Error> {
    if modulus.len() > MAX_MODULUS_LEN {
        return Err(Error::Modulus);
    }
    if exponent.is_empty() || exponent.len() > modulus.len() {
        return Err(Error::Exponent);
    }
    let bits = bit_len(modulus);
    let odd = parse(modulus, bits).ok_or(Error::Modulus)?;
    let odd = Option::<Odd<BoxedUint>>::from(Odd::new(odd)).ok_or(Error::Modulus)?;
    if *odd.as_ref() <= BoxedUint::one_with_precision(bits) {
        return Err(Error::Modulus);
    }
    let base = parse(base, bits).ok_or(Error::Base)?;
    if base >= *odd.as_ref() {
        return Err(Error::Base);
    }
    let mut power = parse(exponent, bit_len(exponent)).ok_or(Error::Exponent)?;
    let params = BoxedMontyParams::new(odd);
    let result = BoxedMontyForm::new(base, &params).pow(&power).retrieve();
    power.zeroize();
    Ok(to_octets(&result, modulus.len()))
}

fn bit_len(octets: &[u8]) -> u32 {
    // At most MAX_MODULUS_LEN octets get here.
    octets.len() as u32 * 8
}

/// Reads a number into `bits` bits; `None` when its value has more.
fn parse(octets: &[u8], bits: u32) -> Option<BoxedUint> {
    let excess = octets.len().saturating_sub(bits as usize / 8);
    let (zeros, value) = octets.split_at(excess);
    if zeros.iter().any(|octet| *octet != 0) {
        return None;
    }
    BoxedUint::from_be_slice(value, bits).ok()
}

/// The low `length` octets, which hold the whole value as it is below a modulus of that length.
fn to_octets(value: &BoxedUint, length: usize) -> Vec<u8> {
    let octets = value.to_be_bytes();
    octets[octets.len() - length..].to_vec()
}
