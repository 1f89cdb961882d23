//! Initialization vectors of the CBC suites.

use crate::suite::SuiteError;

/// Where unpredictable IVs come from.
pub trait IvSource {
    /// Fills `iv` with octets that nobody can predict and that were never given out before.
    fn fill(&mut self, iv: &mut [u8]) -> Result<(), SuiteError>;
}

const POOL_LEN: usize = 4096;

/// IVs from the random generator of the crypto library, drawn in bulk. Have one per thread.
///
/// CBC needs an IV that cannot be known before the plaintext is chosen (RFC 3602 section 3); it goes
/// in clear with its packet, so the pool is no secret afterwards.
pub struct RandomIvs {
    pool: Box<[u8; POOL_LEN]>,
    used: usize,
}

impl RandomIvs {
    /// An empty pool; it fills itself when the first IV is taken.
    pub fn new() -> Self {
        Self { pool: Box::new([0; POOL_LEN]), used: POOL_LEN }
    }
}

impl Default for RandomIvs {
    fn default() -> Self {
        Self::new()
    }
}

impl IvSource for RandomIvs {
    fn fill(&mut self, iv: &mut [u8]) -> Result<(), SuiteError> {
        if self.pool.len() - self.used < iv.len() {
            aws_lc_rs::rand::fill(&mut self.pool[..]).map_err(|_| SuiteError::Random)?;
            self.used = 0;
        }
        let end = self.used + iv.len();
        let fresh = self.pool.get(self.used..end).ok_or(SuiteError::Random)?;
        iv.copy_from_slice(fresh);
        self.used = end;
        Ok(())
    }
}
