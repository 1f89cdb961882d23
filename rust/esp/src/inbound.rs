//! Inbound SAs: replay, integrity, decapsulation and the selector check (RFC 4303 section 3.4, RFC 4301 section 5.2).

use core::fmt;
use core::net::SocketAddr;
use core::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cryptomap_packet::{Selector, esp, five_tuple, ipv4, protocol};

use crate::counters::Counters;
use crate::event::{Event, EventSink};
use crate::limits::{Expiry, Lifetime};
use crate::replay::ReplayWindow;
use crate::spec::{SaKey, SaSpec, SpecError};
use crate::suite::{self, Opening, Suite};

/// Why a packet goes no further. To the sender all of these look the same: nothing comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenError {
    /// Too short, not of whole blocks, or authentic contents that are no IPv4 packet.
    Malformed,
    /// Seen before, or too old to tell.
    Replayed,
    /// The integrity check failed.
    NotAuthentic,
    /// Authentic, but not of the traffic that the SA is for.
    Selector,
    /// A hard limit was reached.
    Expired,
    /// A dummy packet (RFC 4303 section 2.6): authentic, and nothing is in it.
    Dummy,
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "ESP packet is malformed",
            Self::Replayed => "sequence number was seen or is too old",
            Self::NotAuthentic => "integrity check failed",
            Self::Selector => "inner packet is not of the SA's traffic",
            Self::Expired => "SA has reached its end",
            Self::Dummy => "dummy packet",
        })
    }
}

impl core::error::Error for OpenError {}

struct State {
    replay: ReplayWindow,
    counters: Counters,
    lifetime: Lifetime,
    /// Where encapsulated packets come from.
    peer: Option<SocketAddr>,
}

/// One inbound SA, shared by threads.
pub struct InboundSa {
    key: SaKey,
    selector: Selector,
    suite: Arc<dyn Suite>,
    sink: Arc<dyn EventSink>,
    state: Mutex<State>,
}

impl InboundSa {
    /// Makes the SA of `spec`, which wipes its copy of the keys. Its age counts from `now`.
    pub fn new(spec: &SaSpec, now: u64, sink: Arc<dyn EventSink>) -> Result<Self, SpecError> {
        spec.check()?;
        let suite = suite::build(spec.cipher, &spec.encryption_key, spec.auth, &spec.auth_key)?;
        let state = State {
            replay: ReplayWindow::new(spec.replay_window),
            counters: Counters::default(),
            lifetime: Lifetime::new(spec.limits, now),
            peer: spec.encapsulation.map(|udp| SocketAddr::new(spec.remote, udp.remote_port)),
        };
        Ok(Self { key: spec.key(), selector: spec.selector, suite, sink, state: Mutex::new(state) })
    }

    /// What names the SA.
    pub fn key(&self) -> SaKey {
        self.key
    }

    /// What it has counted.
    pub fn counters(&self) -> Counters {
        let state = self.lock();
        Counters { sequence: state.replay.highest(), ..state.counters }
    }

    /// Opens an ESP packet, SPI to ICV, in place and gives the inner IPv4 packet.
    ///
    /// `from` is where an encapsulated packet came from. A packet that fails is counted once, and
    /// the octets of `packet` are worth nothing then.
    pub fn open<'a>(
        &self,
        packet: &'a mut [u8],
        from: Option<SocketAddr>,
        now: u64,
    ) -> Result<&'a [u8], OpenError> {
        let inner = self.inner_range(packet, from, now).inspect_err(|error| self.count_failure(*error))?;
        Ok(&packet[inner])
    }

    /// Raises what the time has brought.
    pub(crate) fn expire(&self, now: u64) {
        let reached = {
            let mut state = self.lock();
            let State { counters, lifetime, .. } = &mut *state;
            lifetime.reached(counters, now)
        };
        self.raise(reached);
    }

    fn inner_range(
        &self,
        packet: &mut [u8],
        from: Option<SocketAddr>,
        now: u64,
    ) -> Result<Range<usize>, OpenError> {
        let body = self.suite.layout().body(packet.len()).ok_or(OpenError::Malformed)?;
        let header = esp::Packet::new_checked(packet).map_err(|_| OpenError::Malformed)?;
        let sequence = u64::from(header.sequence());
        self.screen(sequence, now)?;

        let mut opening = [Opening::new(packet)];
        self.suite.open(&mut opening);
        if !opening[0].authentic {
            return Err(OpenError::NotAuthentic);
        }
        self.accept(sequence, from)?;

        let contents = &packet[body.clone()];
        let inner_len = decapsulate(contents).and_then(|inner| self.check_selector(inner));
        self.admit(inner_len, now)?;
        let inner_len = inner_len?;
        Ok(body.start..body.start + inner_len)
    }

    /// What can be refused before any cryptography: an SA that has ended, and replays.
    fn screen(&self, sequence: u64, now: u64) -> Result<(), OpenError> {
        let (outcome, expiry) = {
            let mut state = self.lock();
            let State { counters, lifetime, replay, .. } = &mut *state;
            let (admitted, expiry) = lifetime.admit(counters, 0, now);
            let outcome = match (admitted, replay.is_fresh(sequence)) {
                (false, _) => Err(OpenError::Expired),
                (true, false) => Err(OpenError::Replayed),
                (true, true) => Ok(()),
            };
            (outcome, expiry)
        };
        self.raise(expiry);
        outcome
    }

    /// Moves the window for an authentic packet, and follows its sender if it is the newest one.
    fn accept(&self, sequence: u64, from: Option<SocketAddr>) -> Result<(), OpenError> {
        let moved = {
            let mut state = self.lock();
            // Another thread may have taken the same sequence number since it was screened.
            if !state.replay.accept(sequence) {
                return Err(OpenError::Replayed);
            }
            let newest = state.replay.highest() == sequence;
            let moved = from.filter(|from| newest && state.peer.is_some_and(|peer| peer != *from));
            state.peer = moved.or(state.peer);
            moved
        };
        if let Some(peer) = moved {
            self.sink.emit(Event::PeerMoved { key: self.key, address: peer.ip(), port: peer.port() });
        }
        Ok(())
    }

    fn check_selector(&self, inner: &[u8]) -> Result<usize, OpenError> {
        let tuple = five_tuple(inner).map_err(|_| OpenError::Malformed)?;
        if self.selector.matches(&tuple) { Ok(inner.len()) } else { Err(OpenError::Selector) }
    }

    /// Counts an authentic packet in. A dummy counts as one of no octets.
    fn admit(&self, inner_len: Result<usize, OpenError>, now: u64) -> Result<(), OpenError> {
        let len = match inner_len {
            Ok(len) => len as u64,
            Err(OpenError::Dummy) => 0,
            Err(error) => return Err(error),
        };
        let (admitted, expiry) = {
            let mut state = self.lock();
            let State { counters, lifetime, .. } = &mut *state;
            let (admitted, ended) = lifetime.admit(counters, len, now);
            if admitted {
                counters.packets += 1;
                counters.bytes = counters.bytes.saturating_add(len);
                counters.last_used = Some(now);
            }
            (admitted, ended.or_else(|| lifetime.reached(counters, now)))
        };
        self.raise(expiry);
        if admitted { Ok(()) } else { Err(OpenError::Expired) }
    }

    fn count_failure(&self, error: OpenError) {
        let mut state = self.lock();
        match error {
            OpenError::Malformed => state.counters.malformed += 1,
            OpenError::Replayed => state.counters.replay_dropped += 1,
            OpenError::NotAuthentic => state.counters.auth_failed += 1,
            OpenError::Selector => state.counters.selector_failed += 1,
            OpenError::Expired => state.counters.expired_dropped += 1,
            OpenError::Dummy => {}
        }
    }

    fn raise(&self, expiry: Option<Expiry>) {
        if let Some(Expiry { hard, reason }) = expiry {
            self.sink.emit(Event::Expired { key: self.key, hard, reason });
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it holds the lock; were it so, plain numbers are still whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes trailer, padding and traffic flow padding off decrypted contents (RFC 4303 sections 2.4 to 2.7).
fn decapsulate(contents: &[u8]) -> Result<&[u8], OpenError> {
    let (payload, [pad_len, next_header]) = contents.split_last_chunk().ok_or(OpenError::Malformed)?;
    let inner_len = payload.len().checked_sub(usize::from(*pad_len)).ok_or(OpenError::Malformed)?;
    let (inner, padding) = payload.split_at(inner_len);
    if !padding.iter().copied().eq(1..=*pad_len) {
        return Err(OpenError::Malformed);
    }
    match *next_header {
        protocol::IPV4 => {
            ipv4::Packet::new_checked(inner).map(|packet| packet.octets()).map_err(|_| OpenError::Malformed)
        }
        protocol::NO_NEXT_HEADER => Err(OpenError::Dummy),
        _ => Err(OpenError::Malformed),
    }
}
