//! NULL encryption (RFC 2410): integrity only.

use super::SuiteError;
use super::encrypt_then_mac::Transform;

/// ESP packets end on a multiple of four octets even without a block cipher (RFC 4303 section 2.4).
const ALIGNMENT: usize = 4;

pub(super) struct Null;

pub(super) fn new(key: &[u8]) -> Result<Null, SuiteError> {
    if key.is_empty() { Ok(Null) } else { Err(SuiteError::EncryptionKeyLength) }
}

impl Transform for Null {
    fn iv_len(&self) -> usize {
        0
    }

    fn block_len(&self) -> usize {
        ALIGNMENT
    }

    fn encrypt(&self, _iv: &[u8], _body: &mut [u8]) -> Result<(), SuiteError> {
        Ok(())
    }

    fn decrypt(&self, _iv: &[u8], _body: &mut [u8]) -> Result<(), SuiteError> {
        Ok(())
    }
}
