//! Modular exponentiation for finite-field Diffie-Hellman (RFC 2409 section 6, RFC 3526).
//!
//! A power's time depends on the lengths of the three numbers only, never on the exponent's value.

use core::fmt;

mod bignum;
mod jacobi;

pub use jacobi::jacobi;

/// The longest modulus taken, in octets: group 18 of RFC 3526.
pub const MAX_MODULUS_LEN: usize = 1024;

/// Why a power cannot be computed. All but the last are the caller's mistakes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Error {
    /// The modulus is even, below 3, or longer than [`MAX_MODULUS_LEN`].
    Modulus,
    /// The base is not below the modulus.
    Base,
    /// The exponent is empty or longer than the modulus.
    Exponent,
    /// There is no memory for it.
    Memory,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Modulus => "modulus must be odd, at least 3 and at most 8192 bits long",
            Self::Base => "base must be below the modulus",
            Self::Exponent => "exponent must have 1 octet at least and no more than the modulus",
            Self::Memory => "there is no memory left",
        })
    }
}

impl core::error::Error for Error {}

/// `base` to the power of `exponent`, modulo `modulus`.
///
/// All numbers are unsigned and big-endian. The result is as long as `modulus` was given, padded
/// with zero octets on the left. Leading zero octets of an argument are allowed.
pub fn mod_exp(base: &[u8], exponent: &[u8], modulus: &[u8]) -> Result<Vec<u8>, Error> {
    if exponent.is_empty() || exponent.len() > modulus.len() {
        return Err(Error::Exponent);
    }
    let odd = odd_modulus(modulus)?;
    let base = significant(base);
    if (base.len(), base) >= (odd.len(), odd) {
        return Err(Error::Base);
    }
    let mut power = vec![0; modulus.len()];
    let value = bignum::power(base, exponent, odd).ok_or(Error::Memory)?;
    power[modulus.len() - odd.len()..].copy_from_slice(&value);
    Ok(power)
}

/// The modulus without leading zeros, if it is one.
fn odd_modulus(octets: &[u8]) -> Result<&[u8], Error> {
    let value = significant(octets);
    let odd = value.last().is_some_and(|last| last % 2 == 1);
    if octets.len() > MAX_MODULUS_LEN || !odd || value == [1] {
        return Err(Error::Modulus);
    }
    Ok(value)
}

/// A number without its leading zeros.
fn significant(octets: &[u8]) -> &[u8] {
    let zeros = octets.iter().take_while(|octet| **octet == 0).count();
    &octets[zeros..]
}
