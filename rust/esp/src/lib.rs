//! ESP in tunnel mode over IPv4 (RFC 4303): SAs, anti-replay, policies and cipher suites. No IO.
//!
//! ```text
//! inner packet --> Database::seal --> Spd line --> OutboundSa --> Suite --> ESP packet
//! ESP packet   --> Database::open --> Sad      --> InboundSa  --> Suite --> inner packet
//! ```
//!
//! **Locks.** A [`Database`] is shared by every thread and takes `&self` everywhere. Its tables stand
//! behind one `RwLock` that packets only read, and only for the look-up. Each SA is an `Arc` with a
//! mutex of its own around sequence number, replay window, limits and counters; the mutex is not held
//! while a cipher works, so a slow packet holds up nobody. Events go to the [`EventSink`] with no
//! lock held.
//!
//! **Time** is a `u64` of nanoseconds on any monotonic clock, always passed in.
//!
//! **Batches.** A [`suite::Suite`] takes a slice of whole packets at a time. An SA's work on a packet
//! is cut in three (what comes before the cipher, the cipher, what comes after), so one that
//! interleaves many packets fits behind the same trait.
#![forbid(unsafe_code)]

mod counters;
mod database;
mod event;
mod fragments;
mod inbound;
mod iv;
mod limits;
mod outbound;
mod replay;
#[cfg(test)]
#[path = "../tests/esp/rsp.rs"]
mod rsp;
mod sad;
mod selector_map;
mod spd;
mod spec;
pub mod suite;

pub use counters::Counters;
pub use database::{Arrival, Database, SealOutcome};
pub use event::{Event, EventSink};
pub use inbound::{InboundSa, OpenError};
pub use iv::{IvSource, RandomIvs};
pub use limits::{Bounds, ExpiryReason, Limits};
pub use outbound::{Endpoint, OutboundSa, SealError};
pub use replay::ReplayWindow;
pub use sad::Sad;
pub use spd::{AddedPolicies, PolicyAction, PolicyId, PolicyLine, Spd};
pub use spec::{Direction, SaKey, SaSpec, SpecError, UdpEncapsulation};
pub use suite::{Auth, Cipher, SuiteError};
