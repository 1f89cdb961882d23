//! Outbound SAs: framing, sequence numbers, sealing (RFC 4303 section 3.3).

use core::fmt;
use core::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cryptomap_packet::{Selector, esp, protocol};

use crate::counters::Counters;
use crate::event::{Event, EventSink};
use crate::iv::IvSource;
use crate::limits::{Expiry, ExpiryReason, Lifetime};
use crate::spd::PolicyId;
use crate::spec::{SaKey, SaSpec, SpecError, UdpEncapsulation};
use crate::suite::{self, IvKind, Suite, SuiteError};

/// The last sequence number that an SA sends; it would come again after this one (RFC 4303 section 3.3.3).
pub(crate) const LAST_SEQUENCE: u64 = u32::MAX as u64;

/// From this sequence number on, the SA asks for its successor.
pub(crate) const SOFT_SEQUENCE: u64 = (1 << 32) - (1 << 20);

/// Nanoseconds between two events about packets that are too long for their path.
const TOO_BIG_INTERVAL: u64 = 1_000_000_000;

/// The longest inner packet.
const MAX_INNER_LEN: usize = u16::MAX as usize;

/// Where the packets of an SA go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Endpoint {
    /// Our address.
    pub local: IpAddr,
    /// The peer's address.
    pub remote: IpAddr,
    /// The UDP ports, when ESP travels in UDP.
    pub encapsulation: Option<UdpEncapsulation>,
}

/// Why a packet was not sealed. It is counted in the SA.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealError {
    /// A hard limit was reached, or sequence numbers ran out.
    Expired,
    /// The inner packet is longer than an IP packet can be.
    TooLong,
    /// No IV, or a fault of the cipher.
    Suite(SuiteError),
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expired => f.write_str("SA has reached its end: install a new one"),
            Self::TooLong => f.write_str("inner packet is longer than an IP packet can be"),
            Self::Suite(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for SealError {}

impl From<SuiteError> for SealError {
    fn from(error: SuiteError) -> Self {
        Self::Suite(error)
    }
}

struct State {
    endpoint: Endpoint,
    counters: Counters,
    lifetime: Lifetime,
    too_big_told: Option<u64>,
}

/// One outbound SA, shared by threads.
pub struct OutboundSa {
    key: SaKey,
    policy_id: PolicyId,
    selector: Selector,
    suite: Arc<dyn Suite>,
    sink: Arc<dyn EventSink>,
    state: Mutex<State>,
}

impl OutboundSa {
    /// Makes the SA of `spec`, which wipes its copy of the keys. Its age counts from `now`.
    pub fn new(spec: &SaSpec, now: u64, sink: Arc<dyn EventSink>) -> Result<Self, SpecError> {
        spec.check()?;
        let suite = suite::build(spec.cipher, &spec.encryption_key, spec.auth, &spec.auth_key)?;
        let endpoint = Endpoint { local: spec.local, remote: spec.remote, encapsulation: spec.encapsulation };
        let lifetime = Lifetime::new(spec.limits, now);
        let state = State { endpoint, counters: Counters::default(), lifetime, too_big_told: None };
        Ok(Self {
            key: spec.key(),
            policy_id: spec.policy_id,
            selector: spec.selector,
            suite,
            sink,
            state: Mutex::new(state),
        })
    }

    /// What names the SA. It stays when the peer moves.
    pub fn key(&self) -> SaKey {
        self.key
    }

    /// The policy that the SA serves.
    pub fn policy_id(&self) -> PolicyId {
        self.policy_id
    }

    /// Where its packets go now.
    pub fn endpoint(&self) -> Endpoint {
        self.lock().endpoint
    }

    /// Sends packets to a new address and port from now on.
    pub fn redirect(&self, remote: IpAddr, encapsulation: Option<UdpEncapsulation>) {
        let mut state = self.lock();
        state.endpoint.remote = remote;
        state.endpoint.encapsulation = encapsulation;
    }

    /// What it has counted.
    pub fn counters(&self) -> Counters {
        self.lock().counters
    }

    /// Counts a sealed packet that could not be sent.
    pub fn count_send_error(&self) {
        self.lock().counters.send_errors += 1;
    }

    /// Counts a sealed packet that was longer than the path to the peer takes, and tells of it once a second.
    pub fn count_too_big(&self, now: u64) {
        let due = {
            let mut state = self.lock();
            state.counters.send_errors += 1;
            let due = state.too_big_told.is_none_or(|told| now.saturating_sub(told) >= TOO_BIG_INTERVAL);
            if due {
                state.too_big_told = Some(now);
            }
            due
        };
        if due {
            self.sink.emit(Event::TooBig { key: self.key });
        }
    }

    /// Octets that sealing `inner_len` octets gives.
    pub fn sealed_len(&self, inner_len: usize) -> usize {
        self.suite.layout().packet_len(inner_len)
    }

    /// The traffic that it carries.
    pub fn selector(&self) -> &Selector {
        &self.selector
    }

    /// Whether it carries no more packets.
    pub fn has_ended(&self) -> bool {
        self.lock().lifetime.has_ended()
    }

    /// Appends the ESP packet, SPI to ICV, that carries `inner` to `out`; on error `out` stays as it was.
    ///
    /// An inner packet uses up its sequence number and its share of the limits before the cipher
    /// works, so threads may seal at once.
    pub fn seal(
        &self,
        inner: &[u8],
        now: u64,
        ivs: &mut dyn IvSource,
        out: &mut Vec<u8>,
    ) -> Result<(), SealError> {
        let start = out.len();
        let sealed = self.frame(inner, now, ivs, out).and_then(|()| {
            let packet = &mut out[start..];
            Ok(self.suite.seal(&mut [packet])?)
        });
        if sealed.is_err() {
            out.truncate(start);
            self.count_send_error();
        }
        sealed
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

    /// Appends everything but the ICV, with what is to be encrypted still in clear.
    fn frame(
        &self,
        inner: &[u8],
        now: u64,
        ivs: &mut dyn IvSource,
        out: &mut Vec<u8>,
    ) -> Result<(), SealError> {
        if inner.len() > MAX_INNER_LEN {
            return Err(SealError::TooLong);
        }
        let sequence = self.take_sequence(inner.len() as u64, now)?;
        let layout = self.suite.layout();
        let body_len = layout.body_len(inner.len());
        let pad_len = body_len - inner.len() - esp::TRAILER_LEN;

        out.reserve(layout.packet_len(inner.len()));
        out.extend_from_slice(&self.key.spi.to_be_bytes());
        out.extend_from_slice(&(sequence as u32).to_be_bytes());
        let iv_start = out.len();
        out.resize(iv_start + layout.iv().len(), 0);
        write_iv(self.suite.iv_kind(), sequence, &mut out[iv_start..], ivs)?;
        out.extend_from_slice(inner);
        // Padding counts up from 1 so that the receiver can check it (RFC 4303 section 2.4).
        out.extend((1..=pad_len).map(|octet| octet as u8));
        out.extend_from_slice(&[pad_len as u8, protocol::IPV4]);
        out.resize(out.len() + layout.icv_len, 0);
        Ok(())
    }

    fn take_sequence(&self, len: u64, now: u64) -> Result<u64, SealError> {
        let (sequence, expiry) = {
            let mut state = self.lock();
            let State { counters, lifetime, .. } = &mut *state;
            let (admitted, expiry) = lifetime.admit(counters, len, now);
            if admitted { count(counters, lifetime, len, now) } else { (None, expiry) }
        };
        self.raise(expiry);
        sequence.ok_or(SealError::Expired)
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

/// Counts a packet in, gives it the next sequence number, and says which limit that reached.
fn count(
    counters: &mut Counters,
    lifetime: &mut Lifetime,
    len: u64,
    now: u64,
) -> (Option<u64>, Option<Expiry>) {
    counters.sequence += 1;
    counters.packets += 1;
    counters.bytes = counters.bytes.saturating_add(len);
    counters.last_used = Some(now);
    let expiry = match counters.sequence {
        LAST_SEQUENCE.. => lifetime.end(ExpiryReason::Sequence),
        _ => lifetime.reached(counters, now).or_else(|| match counters.sequence {
            SOFT_SEQUENCE.. => lifetime.soften(ExpiryReason::Sequence),
            _ => None,
        }),
    };
    (Some(counters.sequence), expiry)
}

fn write_iv(kind: IvKind, sequence: u64, iv: &mut [u8], ivs: &mut dyn IvSource) -> Result<(), SuiteError> {
    match kind {
        IvKind::Unpredictable => ivs.fill(iv),
        IvKind::Counter => {
            let octets = sequence.to_be_bytes();
            let octets = octets.get(..iv.len()).ok_or(SuiteError::Cipher)?;
            iv.copy_from_slice(octets);
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use cryptomap_packet::{Network, Selector};

    use super::*;
    use crate::iv::RandomIvs;
    use crate::limits::Limits;
    use crate::spec::Direction;
    use crate::suite::Cipher;

    #[derive(Default)]
    struct Recorder(Mutex<Vec<Event>>);

    impl EventSink for Recorder {
        fn emit(&self, event: Event) {
            self.0.lock().unwrap().push(event);
        }
    }

    fn sa_that_has_sent(sequence: u64) -> (OutboundSa, Arc<Recorder>) {
        let everywhere = Network::new(IpAddr::from([0, 0, 0, 0]), 0).unwrap();
        let spec = SaSpec {
            direction: Direction::Outbound,
            local: IpAddr::from([192, 0, 2, 1]),
            remote: IpAddr::from([198, 51, 100, 1]),
            spi: 0x1000,
            selector: Selector {
                source: everywhere,
                destination: everywhere,
                protocol: 0,
                source_port: 0,
                destination_port: 0,
            },
            policy_id: 1,
            cipher: Cipher::AesGcm,
            encryption_key: vec![9; 20].into(),
            auth: None,
            auth_key: vec![].into(),
            encapsulation: None,
            replay_window: 64,
            limits: Limits::default(),
        };
        let events = Arc::new(Recorder::default());
        let sa = OutboundSa::new(&spec, 0, Arc::<Recorder>::clone(&events)).unwrap();
        sa.lock().counters.sequence = sequence;
        (sa, events)
    }

    fn seal(sa: &OutboundSa) -> Result<(u32, u64), SealError> {
        let mut out = Vec::new();
        sa.seal(&[0x45; 40], 0, &mut RandomIvs::new(), &mut out)?;
        let sequence = u32::from_be_bytes(out[4..8].try_into().unwrap());
        Ok((sequence, u64::from_be_bytes(out[8..16].try_into().unwrap())))
    }

    fn expired(hard: bool) -> Event {
        let key = SaKey { destination: IpAddr::from([198, 51, 100, 1]), protocol: 50, spi: 0x1000 };
        Event::Expired { key, hard, reason: ExpiryReason::Sequence }
    }

    #[test]
    fn sequence_numbers_start_at_one_and_are_the_counter_of_gcm() {
        let (sa, _) = sa_that_has_sent(0);
        assert_eq!([seal(&sa), seal(&sa)], [Ok((1, 1)), Ok((2, 2))]);
    }

    #[test]
    fn nothing_is_sent_after_the_last_sequence_number() {
        let (sa, events) = sa_that_has_sent((1 << 32) - 3);
        sa.lock().lifetime.soften(ExpiryReason::Sequence);
        assert_eq!(seal(&sa), Ok((u32::MAX - 1, u64::from(u32::MAX) - 1)));
        assert_eq!(*events.0.lock().unwrap(), []);
        assert_eq!(seal(&sa), Ok((u32::MAX, u64::from(u32::MAX))));
        for _ in 0..3 {
            assert_eq!(seal(&sa), Err(SealError::Expired));
        }
        assert_eq!(*events.0.lock().unwrap(), [expired(true)]);
        assert_eq!(sa.counters().sequence, u64::from(u32::MAX));
    }

    #[test]
    fn a_successor_is_asked_for_a_million_packets_before_the_end() {
        let (sa, events) = sa_that_has_sent(SOFT_SEQUENCE - 2);
        assert!(seal(&sa).is_ok());
        assert_eq!(*events.0.lock().unwrap(), []);
        assert!(seal(&sa).is_ok() && seal(&sa).is_ok());
        assert_eq!(*events.0.lock().unwrap(), [expired(false)]);
    }
}
