//! The Jacobi symbol: whether a public value lies in the subgroup of prime order of a safe prime.

use core::cmp::Ordering;
use core::mem::swap;

use crate::{Error, odd_modulus, significant};

/// The Jacobi symbol of `value` over `modulus`: -1, 0 or 1.
///
/// Both are unsigned and big-endian, and the value has no more octets than the modulus. For a prime modulus it is
/// Euler's criterion, at a small part of a power's cost. Time depends on both values, so that neither may be secret.
pub fn jacobi(value: &[u8], modulus: &[u8]) -> Result<i8, Error> {
    if value.len() > modulus.len() {
        return Err(Error::Base);
    }
    let mut lower = limbs(odd_modulus(modulus)?);
    let mut upper = limbs(significant(value));
    let mut symbol = 1;
    // As in the binary algorithm for the greatest common divisor. The lower number is always odd: it takes the
    // modulus's place. (2/n) is -1 for n = 3 and 5 modulo 8; two odd numbers that change places change the sign if both
    // are 3 modulo 4 (quadratic reciprocity); and the lower one may be taken from the upper one at any time.
    while let Some(zeros) = trailing_zeros(&upper) {
        shift_right(&mut upper, zeros);
        if zeros % 2 == 1 && matches!(lower[0] % 8, 3 | 5) {
            symbol = -symbol;
        }
        if compare(&upper, &lower) == Ordering::Less {
            swap(&mut upper, &mut lower);
            if upper[0] % 4 == 3 && lower[0] % 4 == 3 {
                symbol = -symbol;
            }
        }
        subtract(&mut upper, &lower);
    }
    Ok(if lower == [1] { symbol } else { 0 })
}

/// A number in words of 64 bits, the lowest first, the highest not zero.
fn limbs(octets: &[u8]) -> Vec<u64> {
    let mut found: Vec<u64> = octets
        .rchunks(8)
        .map(|chunk| chunk.iter().fold(0, |word, octet| word << 8 | u64::from(*octet)))
        .collect();
    trim(&mut found);
    found
}

fn trim(number: &mut Vec<u64>) {
    while number.last() == Some(&0) {
        number.pop();
    }
}

/// How many of the lowest bits are zero; `None` for zero itself.
fn trailing_zeros(number: &[u64]) -> Option<u32> {
    let words = number.iter().position(|word| *word != 0)?;
    Some(words as u32 * u64::BITS + number[words].trailing_zeros())
}

fn shift_right(number: &mut Vec<u64>, bits: u32) {
    number.drain(..(bits / u64::BITS) as usize);
    let within = bits % u64::BITS;
    if within > 0 {
        let mut carried = 0;
        for word in number.iter_mut().rev() {
            (*word, carried) = (*word >> within | carried, *word << (u64::BITS - within));
        }
        trim(number);
    }
}

fn compare(one: &[u64], other: &[u64]) -> Ordering {
    one.len().cmp(&other.len()).then_with(|| one.iter().rev().cmp(other.iter().rev()))
}

/// Takes `less` from `number`, which is no smaller.
fn subtract(number: &mut Vec<u64>, less: &[u64]) {
    let mut borrow = false;
    for (at, word) in number.iter_mut().enumerate() {
        let (first, under) = word.overflowing_sub(less.get(at).copied().unwrap_or(0));
        let (second, under_again) = first.overflowing_sub(u64::from(borrow));
        (*word, borrow) = (second, under | under_again);
    }
    trim(number);
}
