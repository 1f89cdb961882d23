//! Powers by AWS-LC's big numbers, which are in assembly and constant in time.
//!
//! Of the workspace's own code this file and `sys.rs` of `pump` alone have `unsafe`. Everything here owns what it
//! points to, and hands out octets.
#![allow(unsafe_code)]

use core::ptr::{NonNull, null, null_mut};

use aws_lc_sys::{
    BIGNUM, BN_CTX, BN_CTX_free, BN_CTX_new, BN_bin2bn, BN_bn2bin_padded, BN_clear_free,
    BN_mod_exp_mont_consttime, BN_new,
};

/// `base` to the power of `exponent`, modulo `modulus`, as long as `modulus`. All are unsigned and big-endian.
///
/// `modulus` is odd and above 1, `base` is below it. `None` when there is no memory left.
pub(crate) fn power(base: &[u8], exponent: &[u8], modulus: &[u8]) -> Option<Vec<u8>> {
    let [result, base, exponent, odd] =
        [Number::new()?, Number::read(base)?, Number::read(exponent)?, Number::read(modulus)?];
    let workspace = Workspace::new()?;
    // SAFETY: all pointers are to live objects of the library, which writes to the result and the workspace only;
    // without a Montgomery context it makes its own.
    let done = unsafe {
        BN_mod_exp_mont_consttime(
            result.0.as_ptr(),
            base.0.as_ptr(),
            exponent.0.as_ptr(),
            odd.0.as_ptr(),
            workspace.0.as_ptr(),
            null(),
        )
    };
    if done == 1 { result.write(modulus.len()) } else { None }
}

/// A number of the library's, wiped when dropped.
struct Number(NonNull<BIGNUM>);

impl Number {
    fn new() -> Option<Self> {
        // SAFETY: takes nothing, and gives an object that is ours or null.
        NonNull::new(unsafe { BN_new() }).map(Self)
    }

    fn read(octets: &[u8]) -> Option<Self> {
        // SAFETY: the library reads so many octets from there, and makes the object itself.
        NonNull::new(unsafe { BN_bin2bn(octets.as_ptr(), octets.len(), null_mut()) }).map(Self)
    }

    /// In `length` octets; `None` if it is longer.
    fn write(&self, length: usize) -> Option<Vec<u8>> {
        let mut octets = vec![0; length];
        // SAFETY: the library writes so many octets there, and reads the live number.
        let done = unsafe { BN_bn2bin_padded(octets.as_mut_ptr(), length, self.0.as_ptr()) };
        (done == 1).then_some(octets)
    }
}

impl Drop for Number {
    fn drop(&mut self) {
        // SAFETY: it is ours, and nothing uses it any more.
        unsafe { BN_clear_free(self.0.as_ptr()) }
    }
}

/// Room for the library's intermediate values.
struct Workspace(NonNull<BN_CTX>);

impl Workspace {
    fn new() -> Option<Self> {
        // SAFETY: takes nothing, and gives an object that is ours or null.
        NonNull::new(unsafe { BN_CTX_new() }).map(Self)
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        // SAFETY: it is ours, and nothing uses it any more.
        unsafe { BN_CTX_free(self.0.as_ptr()) }
    }
}
