//! Cipher suites: what turns a framed packet into ESP octets and back. One transform a file.

mod aes_cbc;
mod aes_gcm;
mod cbc;
mod des;
mod encrypt_then_mac;
mod hmac;
mod null;
mod triple_des;

use core::fmt;
use core::ops::Range;
use std::sync::Arc;

use cryptomap_packet::esp;

use encrypt_then_mac::EncryptThenMac;

/// Encryption transforms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cipher {
    /// No encryption (RFC 2410).
    Null,
    /// DES-CBC (RFC 2405), 8-octet key.
    Des,
    /// Three-key 3DES-CBC (RFC 2451), 24-octet key.
    TripleDes,
    /// AES-CBC (RFC 3602), key of 16, 24 or 32 octets.
    Aes,
    /// AES-GCM with a 16-octet ICV (RFC 4106), key of 16, 24 or 32 octets and 4 of salt.
    AesGcm,
}

/// Integrity transforms. Keys are as long as the hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Auth {
    /// HMAC-MD5-96 (RFC 2403).
    Md5,
    /// HMAC-SHA-1-96 (RFC 2404).
    Sha1,
    /// HMAC-SHA-256-128 (RFC 4868).
    Sha256,
    /// HMAC-SHA-384-192 (RFC 4868).
    Sha384,
    /// HMAC-SHA-512-256 (RFC 4868).
    Sha512,
}

/// How a suite's packets are laid out between the ESP header and their end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// Octets of IV, in clear.
    pub iv_len: usize,
    /// Octets of ICV, the last ones.
    pub icv_len: usize,
    /// What is encrypted is a multiple of this many octets.
    pub block_len: usize,
}

impl Layout {
    /// Octets of a packet whose inner packet has `inner_len`.
    pub fn packet_len(&self, inner_len: usize) -> usize {
        self.body_start() + self.body_len(inner_len) + self.icv_len
    }

    /// Octets that are encrypted: inner packet, padding and trailer.
    pub fn body_len(&self, inner_len: usize) -> usize {
        (inner_len + esp::TRAILER_LEN).next_multiple_of(self.block_len)
    }

    /// Where the encrypted part of a packet of `packet_len` octets is; `None` for a length that cannot be.
    pub fn body(&self, packet_len: usize) -> Option<Range<usize>> {
        let body = self.body_start()..packet_len.checked_sub(self.icv_len)?;
        let whole_blocks = !body.is_empty() && body.len().is_multiple_of(self.block_len);
        whole_blocks.then_some(body)
    }

    /// Where the IV of a packet is.
    pub fn iv(&self) -> Range<usize> {
        esp::HEADER_LEN..self.body_start()
    }

    fn body_start(&self) -> usize {
        esp::HEADER_LEN + self.iv_len
    }
}

/// What an IV has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IvKind {
    /// Nobody may know it before: random (CBC). Without an IV, nothing to do.
    Unpredictable,
    /// It may never come again under its key: the sequence number (GCM).
    Counter,
}

/// One packet to open, and whether it could be.
#[derive(Debug)]
pub struct Opening<'a> {
    /// From the SPI to the ICV.
    pub packet: &'a mut [u8],
    /// Whether its ICV is right; only then the encrypted part is plaintext now.
    pub authentic: bool,
}

impl<'a> Opening<'a> {
    /// A packet that nothing is known of.
    pub fn new(packet: &'a mut [u8]) -> Self {
        Self { packet, authentic: false }
    }
}

/// One SA's keys and algorithms at work on whole packets: header, IV, plaintext or ciphertext, ICV.
///
/// Slices may be of any length, one included; the packets of a slice may be worked on in any order
/// or at once.
pub trait Suite: Send + Sync {
    /// Sizes.
    fn layout(&self) -> Layout;

    /// What the caller has to write in the IV's place before sealing.
    fn iv_kind(&self) -> IvKind;

    /// Encrypts each packet in place and writes its ICV.
    fn seal(&self, packets: &mut [&mut [u8]]) -> Result<(), SuiteError>;

    /// Checks each packet's ICV, in constant time, and only then decrypts it in place.
    fn open(&self, packets: &mut [Opening<'_>]);
}

/// Makes the suite of a cipher, an integrity algorithm and their keys.
///
/// ESP without integrity is refused: it gives plaintext away to an active attacker (RFC 4303 section 2.7).
pub fn build(
    cipher: Cipher,
    encryption_key: &[u8],
    auth: Option<Auth>,
    auth_key: &[u8],
) -> Result<Arc<dyn Suite>, SuiteError> {
    if cipher == Cipher::AesGcm {
        return match auth {
            Some(_) => Err(SuiteError::TwoIntegrities),
            None => Ok(Arc::new(aes_gcm::AesGcm::new(encryption_key)?)),
        };
    }
    let integrity = hmac::Hmac::new(auth.ok_or(SuiteError::NoIntegrity)?, auth_key)?;
    Ok(match cipher {
        Cipher::Null => Arc::new(EncryptThenMac::new(null::new(encryption_key)?, integrity)),
        Cipher::Des => Arc::new(EncryptThenMac::new(des::new(encryption_key)?, integrity)),
        Cipher::TripleDes => Arc::new(EncryptThenMac::new(triple_des::new(encryption_key)?, integrity)),
        Cipher::Aes | Cipher::AesGcm => {
            Arc::new(EncryptThenMac::new(aes_cbc::new(encryption_key)?, integrity))
        }
    })
}

/// Why a suite cannot be made or cannot work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SuiteError {
    /// The encryption key has no length that the cipher takes.
    EncryptionKeyLength,
    /// The integrity key is not as long as the hash.
    AuthKeyLength,
    /// The cipher does not take the key: weak or repeated DES keys (RFC 2405 section 2.3, RFC 2451 section 2.3).
    WeakKey,
    /// Neither an integrity algorithm nor a cipher that brings one.
    NoIntegrity,
    /// An integrity algorithm besides GCM's own.
    TwoIntegrities,
    /// The system gave no random octets.
    Random,
    /// A packet that was not framed for this suite, or a fault of the crypto library.
    Cipher,
}

impl fmt::Display for SuiteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EncryptionKeyLength => "encryption key has a length that the cipher does not take",
            Self::AuthKeyLength => "integrity key must be as long as the hash",
            Self::WeakKey => "encryption key is one of the cipher's weak keys: negotiate a new SA",
            Self::NoIntegrity => "ESP without integrity is not supported: add an integrity algorithm",
            Self::TwoIntegrities => "GCM has its own integrity: leave the integrity algorithm out",
            Self::Random => "the system gave no random octets",
            Self::Cipher => "packet is not framed for the cipher",
        })
    }
}

impl core::error::Error for SuiteError {}
