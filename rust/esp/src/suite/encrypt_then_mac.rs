//! A cipher and an HMAC over header, IV and ciphertext (RFC 4303 section 3.3.2).

use cryptomap_packet::esp;

use super::hmac::Hmac;
use super::{IvKind, Layout, Opening, Suite, SuiteError};

/// An encryption transform without integrity.
pub(super) trait Transform: Send + Sync {
    /// Octets of IV.
    fn iv_len(&self) -> usize;

    /// What is encrypted is a multiple of this many octets.
    fn block_len(&self) -> usize;

    /// Encrypts whole blocks in place.
    fn encrypt(&self, iv: &[u8], body: &mut [u8]) -> Result<(), SuiteError>;

    /// Decrypts whole blocks in place.
    fn decrypt(&self, iv: &[u8], body: &mut [u8]) -> Result<(), SuiteError>;
}

pub(super) struct EncryptThenMac<T> {
    transform: T,
    integrity: Hmac,
}

impl<T: Transform> EncryptThenMac<T> {
    pub(super) fn new(transform: T, integrity: Hmac) -> Self {
        Self { transform, integrity }
    }

    fn seal_one(&self, packet: &mut [u8]) -> Result<(), SuiteError> {
        let body = self.layout().body(packet.len()).ok_or(SuiteError::Cipher)?;
        let (covered, icv) = packet.split_at_mut(body.end);
        let (clear, body) = covered.split_at_mut(body.start);
        self.transform.encrypt(&clear[esp::HEADER_LEN..], body)?;
        self.integrity.write(covered, icv);
        Ok(())
    }

    fn is_authentic(&self, packet: &[u8]) -> bool {
        let Some(body) = self.layout().body(packet.len()) else { return false };
        let (covered, icv) = packet.split_at(body.end);
        self.integrity.verify(covered, icv)
    }

    fn decrypt_one(&self, packet: &mut [u8]) -> Result<(), SuiteError> {
        let body = self.layout().body(packet.len()).ok_or(SuiteError::Cipher)?;
        let (clear, body) = packet[..body.end].split_at_mut(body.start);
        self.transform.decrypt(&clear[esp::HEADER_LEN..], body)
    }
}

impl<T: Transform> Suite for EncryptThenMac<T> {
    fn layout(&self) -> Layout {
        Layout {
            iv_len: self.transform.iv_len(),
            icv_len: self.integrity.icv_len(),
            block_len: self.transform.block_len(),
        }
    }

    fn iv_kind(&self) -> IvKind {
        IvKind::Unpredictable
    }

    fn seal(&self, packets: &mut [&mut [u8]]) -> Result<(), SuiteError> {
        packets.iter_mut().try_for_each(|packet| self.seal_one(packet))
    }

    fn open(&self, packets: &mut [Opening<'_>]) {
        for opening in packets {
            opening.authentic = self.is_authentic(opening.packet) && self.decrypt_one(opening.packet).is_ok();
        }
    }
}
