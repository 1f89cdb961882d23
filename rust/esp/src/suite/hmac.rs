//! Truncated HMACs (RFC 2403, 2404, 4868).

use ::hmac::{KeyInit, Mac};
use aws_lc_rs::{constant_time, hmac};

use super::{Auth, SuiteError};

/// Keyed state of either library: the one that has everything else has no HMAC-MD5.
enum Keyed {
    Sha(Box<hmac::Key>),
    Md5(::hmac::Hmac<md5::Md5>),
}

impl Keyed {
    fn new(auth: Auth, key: &[u8]) -> Result<Self, SuiteError> {
        let sha = |algorithm| Self::Sha(Box::new(hmac::Key::new(algorithm, key)));
        Ok(match auth {
            Auth::Md5 => Self::Md5(::hmac::Hmac::new_from_slice(key).map_err(|_| SuiteError::AuthKeyLength)?),
            Auth::Sha1 => sha(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY),
            Auth::Sha256 => sha(hmac::HMAC_SHA256),
            Auth::Sha384 => sha(hmac::HMAC_SHA384),
            Auth::Sha512 => sha(hmac::HMAC_SHA512),
        })
    }

    fn with_tag<R>(&self, covered: &[u8], use_tag: impl FnOnce(&[u8]) -> R) -> R {
        match self {
            Self::Sha(key) => use_tag(hmac::sign(key, covered).as_ref()),
            Self::Md5(keyed) => use_tag(&keyed.clone().chain_update(covered).finalize().into_bytes()),
        }
    }
}

pub(super) struct Hmac {
    keyed: Keyed,
    icv_len: usize,
}

impl Hmac {
    /// Takes a key as long as the hash, the only length that these transforms have.
    pub(super) fn new(auth: Auth, key: &[u8]) -> Result<Self, SuiteError> {
        let (key_len, icv_len) = match auth {
            Auth::Md5 => (16, 12),
            Auth::Sha1 => (20, 12),
            Auth::Sha256 => (32, 16),
            Auth::Sha384 => (48, 24),
            Auth::Sha512 => (64, 32),
        };
        if key.len() != key_len {
            return Err(SuiteError::AuthKeyLength);
        }
        Ok(Self { keyed: Keyed::new(auth, key)?, icv_len })
    }

    pub(super) fn icv_len(&self) -> usize {
        self.icv_len
    }

    /// Writes the leading octets of the HMAC over `covered`; `icv` is `icv_len` octets.
    pub(super) fn write(&self, covered: &[u8], icv: &mut [u8]) {
        self.keyed.with_tag(covered, |tag| icv.copy_from_slice(&tag[..self.icv_len]));
    }

    /// Compares in constant time.
    pub(super) fn verify(&self, covered: &[u8], icv: &[u8]) -> bool {
        self.keyed.with_tag(covered, |tag| {
            constant_time::verify_slices_are_equal(&tag[..self.icv_len], icv).is_ok()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rsp;

    #[test]
    fn rfc_2202_and_rfc_4231() {
        for case in rsp::cases(include_str!("../../tests/esp/vectors/hmac.rsp")) {
            let auth = match case.word("HASH") {
                "MD5" => Auth::Md5,
                "SHA1" => Auth::Sha1,
                "SHA256" => Auth::Sha256,
                "SHA384" => Auth::Sha384,
                _ => Auth::Sha512,
            };
            let keyed = Keyed::new(auth, &case.octets("KEY")).unwrap();
            keyed.with_tag(&case.octets("MESSAGE"), |tag| assert_eq!(tag, case.octets("MAC"), "{auth:?}"));
        }
    }
}
