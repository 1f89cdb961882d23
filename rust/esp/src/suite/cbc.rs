//! Cipher block chaining, as the crypto library does it for each block cipher.

use aws_lc_rs::cipher::{
    Algorithm, DecryptingKey, DecryptionContext, EncryptingKey, EncryptionContext, UnboundCipherKey,
};
use aws_lc_rs::iv::FixedLength;

use super::SuiteError;
use super::encrypt_then_mac::Transform;

pub(super) const AES_BLOCK_LEN: usize = 16;
pub(super) const DES_BLOCK_LEN: usize = 8;

/// A block cipher of `BLOCK_LEN` octets in CBC mode; its key schedules are wiped when dropped.
pub(super) struct Cbc<const BLOCK_LEN: usize> {
    encrypting: EncryptingKey,
    decrypting: DecryptingKey,
}

impl<const BLOCK_LEN: usize> Cbc<BLOCK_LEN> {
    /// `key` is of the length that `algorithm` takes.
    pub(super) fn new(algorithm: &'static Algorithm, key: &[u8]) -> Result<Self, SuiteError> {
        let unbound = || UnboundCipherKey::new(algorithm, key).map_err(|_| SuiteError::EncryptionKeyLength);
        Ok(Self {
            encrypting: EncryptingKey::cbc(unbound()?).map_err(|_| SuiteError::WeakKey)?,
            decrypting: DecryptingKey::cbc(unbound()?).map_err(|_| SuiteError::WeakKey)?,
        })
    }

    fn run(&self, encryption: EncryptionContext, body: &mut [u8]) -> Result<(), SuiteError> {
        let done = self.encrypting.less_safe_encrypt(body, encryption);
        done.map(|_| ()).map_err(|_| SuiteError::Cipher)
    }

    fn run_back(&self, decryption: DecryptionContext, body: &mut [u8]) -> Result<(), SuiteError> {
        let done = self.decrypting.decrypt(body, decryption);
        done.map(|_| ()).map_err(|_| SuiteError::Cipher)
    }
}

impl Transform for Cbc<AES_BLOCK_LEN> {
    fn iv_len(&self) -> usize {
        AES_BLOCK_LEN
    }

    fn block_len(&self) -> usize {
        AES_BLOCK_LEN
    }

    fn encrypt(&self, iv: &[u8], body: &mut [u8]) -> Result<(), SuiteError> {
        let iv: [u8; AES_BLOCK_LEN] = iv.try_into().map_err(|_| SuiteError::Cipher)?;
        self.run(EncryptionContext::Iv128(FixedLength::from(iv)), body)
    }

    fn decrypt(&self, iv: &[u8], body: &mut [u8]) -> Result<(), SuiteError> {
        let iv: [u8; AES_BLOCK_LEN] = iv.try_into().map_err(|_| SuiteError::Cipher)?;
        self.run_back(DecryptionContext::Iv128(FixedLength::from(iv)), body)
    }
}

impl Transform for Cbc<DES_BLOCK_LEN> {
    fn iv_len(&self) -> usize {
        DES_BLOCK_LEN
    }

    fn block_len(&self) -> usize {
        DES_BLOCK_LEN
    }

    fn encrypt(&self, iv: &[u8], body: &mut [u8]) -> Result<(), SuiteError> {
        let iv: [u8; DES_BLOCK_LEN] = iv.try_into().map_err(|_| SuiteError::Cipher)?;
        self.run(EncryptionContext::Iv64(FixedLength::from(iv)), body)
    }

    fn decrypt(&self, iv: &[u8], body: &mut [u8]) -> Result<(), SuiteError> {
        let iv: [u8; DES_BLOCK_LEN] = iv.try_into().map_err(|_| SuiteError::Cipher)?;
        self.run_back(DecryptionContext::Iv64(FixedLength::from(iv)), body)
    }
}
