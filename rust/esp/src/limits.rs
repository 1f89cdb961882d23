//! Lifetimes of an SA in time, octets and packets.

use crate::counters::Counters;

/// Upper bounds; `None` is no bound.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bounds {
    /// Nanoseconds since installation.
    pub age: Option<u64>,
    /// Octets of inner packets.
    pub bytes: Option<u64>,
    /// Packets.
    pub packets: Option<u64>,
}

/// Soft bounds ask for a new SA, hard ones stop this one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// Reaching one raises an event, once.
    pub soft: Bounds,
    /// Reaching one raises an event and ends the SA.
    pub hard: Bounds,
}

/// Which limit was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpiryReason {
    /// Time since installation.
    Seconds,
    /// Octets of inner packets.
    Bytes,
    /// Packets.
    Packets,
    /// Sequence numbers run out (RFC 4303 section 3.3.3).
    Sequence,
}

impl ExpiryReason {
    /// The name of the reason in an event.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Seconds => "seconds",
            Self::Bytes => "bytes",
            Self::Packets => "packets",
            Self::Sequence => "sequence",
        }
    }
}

/// A limit that was reached just now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Expiry {
    pub(crate) hard: bool,
    pub(crate) reason: ExpiryReason,
}

/// Watches one SA's limits and says each thing once.
#[derive(Debug)]
pub(crate) struct Lifetime {
    limits: Limits,
    installed_at: u64,
    soft_told: bool,
    ended: bool,
}

impl Lifetime {
    pub(crate) fn new(limits: Limits, now: u64) -> Self {
        Self { limits, installed_at: now, soft_told: false, ended: false }
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.ended
    }

    /// Ends the SA; `Some` the first time.
    pub(crate) fn end(&mut self, reason: ExpiryReason) -> Option<Expiry> {
        let first = !core::mem::replace(&mut self.ended, true);
        first.then_some(Expiry { hard: true, reason })
    }

    /// Asks for a successor; `Some` the first time.
    pub(crate) fn soften(&mut self, reason: ExpiryReason) -> Option<Expiry> {
        let first = !self.ended && !core::mem::replace(&mut self.soft_told, true);
        first.then_some(Expiry { hard: false, reason })
    }

    /// Whether `used` still has room for a packet of `len` octets. When not, the SA ends.
    pub(crate) fn admit(&mut self, used: &Counters, len: u64, now: u64) -> (bool, Option<Expiry>) {
        let hard = self.limits.hard;
        let expiry = if hard.age.is_some_and(|age| self.age(now) >= age) {
            self.end(ExpiryReason::Seconds)
        } else if hard.bytes.is_some_and(|bytes| used.bytes.saturating_add(len) > bytes) {
            self.end(ExpiryReason::Bytes)
        } else if hard.packets.is_some_and(|packets| used.packets >= packets) {
            self.end(ExpiryReason::Packets)
        } else {
            None
        };
        (!self.ended, expiry)
    }

    /// What `used` has reached now. Hard limits come first: an SA that has ended asks for nothing.
    pub(crate) fn reached(&mut self, used: &Counters, now: u64) -> Option<Expiry> {
        let age = self.age(now);
        if let Some(reason) = self.limits.hard.reached(age, used) {
            return self.end(reason);
        }
        let reason = self.limits.soft.reached(age, used)?;
        self.soften(reason)
    }

    fn age(&self, now: u64) -> u64 {
        now.saturating_sub(self.installed_at)
    }
}

impl Bounds {
    fn reached(&self, age: u64, used: &Counters) -> Option<ExpiryReason> {
        let over = |bound: Option<u64>, value: u64| bound.is_some_and(|bound| value >= bound);
        if over(self.age, age) {
            Some(ExpiryReason::Seconds)
        } else if over(self.bytes, used.bytes) {
            Some(ExpiryReason::Bytes)
        } else if over(self.packets, used.packets) {
            Some(ExpiryReason::Packets)
        } else {
            None
        }
    }
}
