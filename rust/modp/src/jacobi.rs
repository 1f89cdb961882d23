//! The Jacobi symbol: whether a public value lies in the subgroup of prime order of a safe prime.

use core::cmp::Ordering;

use crypto_bigint::{Odd, Uint};

use crate::{Error, MAX_MODULUS_LEN};

/// The Jacobi symbol of `value` over `modulus`: -1, 0 or 1.
///
/// Both are unsigned and big-endian, and the value has no more octets than the modulus. For a prime modulus it is Euler's criterion, at a small part of a power's
/// cost. Time depends on both values, so that neither may be secret.
pub fn jacobi(value: &[u8], modulus: &[u8]) -> Result<i8, Error> {
    if value.len() > modulus.len() {
        return Err(Error::Base);
    }
    match modulus.len() {
        0..=96 => symbol::<12>(value, modulus),
        97..=128 => symbol::<16>(value, modulus),
        129..=192 => symbol::<24>(value, modulus),
        193..=256 => symbol::<32>(value, modulus),
        257..=384 => symbol::<48>(value, modulus),
        385..=512 => symbol::<64>(value, modulus),
        513..=MAX_MODULUS_LEN => symbol::<128>(value, modulus),
        _ => Err(Error::Modulus),
    }
}

fn symbol<const LIMBS: usize>(value: &[u8], modulus: &[u8]) -> Result<i8, Error> {
    let odd = parse::<LIMBS>(modulus).ok_or(Error::Modulus)?;
    let odd = Option::<Odd<Uint<LIMBS>>>::from(Odd::new(odd)).ok_or(Error::Modulus)?;
    if odd.as_ref().cmp_vartime(&Uint::ONE) != Ordering::Greater {
        return Err(Error::Modulus);
    }
    let value = parse::<LIMBS>(value).ok_or(Error::Base)?;
    Ok(value.jacobi_symbol_vartime(&odd) as i8)
}

/// Reads a number of any length; `None` when its value has more than `LIMBS` limbs.
fn parse<const LIMBS: usize>(octets: &[u8]) -> Option<Uint<LIMBS>> {
    let zeros = octets.iter().take_while(|octet| **octet == 0).count();
    let significant = &octets[zeros..];
    if significant.len() > Uint::<LIMBS>::BYTES {
        return None;
    }
    let mut padded = [0; MAX_MODULUS_LEN];
    let padded = &mut padded[..Uint::<LIMBS>::BYTES];
    let start = padded.len() - significant.len();
    padded[start..].copy_from_slice(significant);
    Some(Uint::from_be_slice(padded))
}
