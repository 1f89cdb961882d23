//! AES-CBC (RFC 3602), 128, 192 and 256 bits.

use aws_lc_rs::cipher;

use super::SuiteError;
use super::cbc::{AES_BLOCK_LEN, Cbc};

pub(super) fn new(key: &[u8]) -> Result<Cbc<AES_BLOCK_LEN>, SuiteError> {
    let algorithm = match key.len() {
        cipher::AES_128_KEY_LEN => &cipher::AES_128,
        cipher::AES_192_KEY_LEN => &cipher::AES_192,
        cipher::AES_256_KEY_LEN => &cipher::AES_256,
        _ => return Err(SuiteError::EncryptionKeyLength),
    };
    Cbc::new(algorithm, key)
}
