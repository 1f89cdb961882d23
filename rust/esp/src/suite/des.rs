//! DES-CBC (RFC 2405). 56 key bits: kept for old peers only.

use aws_lc_rs::cipher;

use super::SuiteError;
use super::cbc::{Cbc, DES_BLOCK_LEN};

#[expect(deprecated, reason = "the library marks every use of DES; refusing it is configuration's matter")]
pub(super) fn new(key: &[u8]) -> Result<Cbc<DES_BLOCK_LEN>, SuiteError> {
    Cbc::new(&cipher::DES_FOR_LEGACY_USE_ONLY, key)
}
