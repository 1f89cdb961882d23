//! Anti-replay window (RFC 4303 section 3.4.3), as the ring of words of RFC 6479.

const WORD_BITS: u64 = 32;

/// Which of the latest sequence numbers were seen.
///
/// The ring has one word more than the window needs, so that moving the window on clears whole words
/// and never bits.
#[derive(Debug)]
pub struct ReplayWindow {
    size: u64,
    highest: u64,
    ring: Vec<u32>,
}

impl ReplayWindow {
    /// The smallest window there is (RFC 4303 section 3.4.3), bar none at all.
    pub const MIN_SIZE: u32 = 32;
    /// The largest window kept.
    pub const MAX_SIZE: u32 = 1024;

    /// Whether a window of `size` packets can be had; 0 is no check.
    pub fn is_valid_size(size: u32) -> bool {
        size == 0 || (Self::MIN_SIZE..=Self::MAX_SIZE).contains(&size)
    }

    /// An empty window of `size` packets; 0 takes every sequence number any number of times.
    pub fn new(size: u32) -> Self {
        let size = u64::from(size);
        let words = size.div_ceil(WORD_BITS) + 1;
        Self { size, highest: 0, ring: vec![0; words as usize] }
    }

    /// The highest sequence number accepted.
    pub fn highest(&self) -> u64 {
        self.highest
    }

    /// Whether `sequence` is new and not too old. Sequence numbers start at 1: 0 is never sent.
    pub fn is_fresh(&self, sequence: u64) -> bool {
        if self.size == 0 {
            return true;
        }
        if sequence == 0 {
            return false;
        }
        if sequence > self.highest {
            return true;
        }
        if self.highest - sequence >= self.size {
            return false;
        }
        let (word, bit) = self.position(sequence);
        self.ring[word] & bit == 0
    }

    /// Marks `sequence` as seen, if it is fresh; only to be called with one whose packet is authentic.
    pub fn accept(&mut self, sequence: u64) -> bool {
        if !self.is_fresh(sequence) {
            return false;
        }
        if self.size == 0 {
            self.highest = self.highest.max(sequence);
            return true;
        }
        self.advance(sequence);
        let (word, bit) = self.position(sequence);
        self.ring[word] |= bit;
        true
    }

    /// Moves the window's upper edge to `sequence` and forgets the words that it enters.
    fn advance(&mut self, sequence: u64) {
        if sequence <= self.highest {
            return;
        }
        let words = self.ring.len() as u64;
        let from = self.highest / WORD_BITS;
        let entered = (sequence / WORD_BITS - from).min(words);
        for step in 1..=entered {
            let index = (from + step) % words;
            self.ring[index as usize] = 0;
        }
        self.highest = sequence;
    }

    fn position(&self, sequence: u64) -> (usize, u32) {
        let word = (sequence / WORD_BITS) % self.ring.len() as u64;
        (word as usize, 1 << (sequence % WORD_BITS))
    }
}
