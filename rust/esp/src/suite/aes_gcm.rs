//! AES-GCM with a 16-octet ICV (RFC 4106), 128, 192 and 256 bits.
//!
//! ```text
//! key octets given:  AES key (16, 24 or 32) | salt (4)
//! nonce:             salt (4) | IV of the packet (8)
//! associated data:   SPI (4) | sequence number (4)
//! ```

use aws_lc_rs::aead::{AES_128_GCM, AES_192_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use cryptomap_packet::esp;
use zeroize::Zeroizing;

use super::{IvKind, Layout, Opening, Suite, SuiteError};

const SALT_LEN: usize = 4;
const IV_LEN: usize = 8;
const ICV_LEN: usize = 16;
const ALIGNMENT: usize = 4;

pub(super) struct AesGcm {
    key: LessSafeKey,
    salt: Zeroizing<[u8; SALT_LEN]>,
}

impl AesGcm {
    pub(super) fn new(key_and_salt: &[u8]) -> Result<Self, SuiteError> {
        let (key, salt) = key_and_salt.split_last_chunk().ok_or(SuiteError::EncryptionKeyLength)?;
        let algorithm = match key.len() {
            16 => &AES_128_GCM,
            24 => &AES_192_GCM,
            32 => &AES_256_GCM,
            _ => return Err(SuiteError::EncryptionKeyLength),
        };
        let unbound = UnboundKey::new(algorithm, key).map_err(|_| SuiteError::EncryptionKeyLength)?;
        Ok(Self { key: LessSafeKey::new(unbound), salt: Zeroizing::new(*salt) })
    }

    fn nonce(&self, iv: &[u8]) -> Result<Nonce, SuiteError> {
        let mut nonce = [0; SALT_LEN + IV_LEN];
        nonce[..SALT_LEN].copy_from_slice(&*self.salt);
        let iv: &[u8; IV_LEN] = iv.try_into().map_err(|_| SuiteError::Cipher)?;
        nonce[SALT_LEN..].copy_from_slice(iv);
        Ok(Nonce::assume_unique_for_key(nonce))
    }

    fn seal_one(&self, packet: &mut [u8]) -> Result<(), SuiteError> {
        let body = self.layout().body(packet.len()).ok_or(SuiteError::Cipher)?;
        let (covered, icv) = packet.split_at_mut(body.end);
        let (clear, body) = covered.split_at_mut(body.start);
        let (header, iv) = clear.split_at(esp::HEADER_LEN);
        let tag = self.key.seal_in_place_separate_tag(self.nonce(iv)?, Aad::from(header), body);
        icv.copy_from_slice(tag.map_err(|_| SuiteError::Cipher)?.as_ref());
        Ok(())
    }

    fn open_one(&self, packet: &mut [u8]) -> Result<(), SuiteError> {
        let body = self.layout().body(packet.len()).ok_or(SuiteError::Cipher)?;
        let (clear, body_and_icv) = packet.split_at_mut(body.start);
        let (header, iv) = clear.split_at(esp::HEADER_LEN);
        let opened = self.key.open_in_place(self.nonce(iv)?, Aad::from(header), body_and_icv);
        opened.map(|_| ()).map_err(|_| SuiteError::Cipher)
    }
}

impl Suite for AesGcm {
    fn layout(&self) -> Layout {
        Layout { iv_len: IV_LEN, icv_len: ICV_LEN, block_len: ALIGNMENT }
    }

    fn iv_kind(&self) -> IvKind {
        IvKind::Counter
    }

    fn seal(&self, packets: &mut [&mut [u8]]) -> Result<(), SuiteError> {
        packets.iter_mut().try_for_each(|packet| self.seal_one(packet))
    }

    fn open(&self, packets: &mut [Opening<'_>]) {
        for opening in packets {
            opening.authentic = self.open_one(opening.packet).is_ok();
        }
    }
}
