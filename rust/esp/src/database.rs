//! SAs and policies of a gateway behind one door that threads share.

use core::net::{IpAddr, SocketAddr};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use cryptomap_packet::{FiveTuple, Selector, esp, five_tuple, protocol};

use crate::counters::Counters;
use crate::event::{Event, EventSink};
use crate::fragments::Fragments;
use crate::inbound::InboundSa;
use crate::iv::IvSource;
use crate::outbound::{Endpoint, OutboundSa};
use crate::sad::Sad;
use crate::spd::{AddedPolicies, PolicyId, PolicyLine, Spd};
use crate::spec::{Direction, SaKey, SaSpec, SpecError, UdpEncapsulation};

const SECOND: u64 = 1_000_000_000;

/// A policy without SA asks again after this long.
const ACQUIRE_INTERVAL: u64 = SECOND;

/// So many policies, or pairs of hosts, are remembered to have asked; while there is no room, no other one asks.
const MOST_ASKING: usize = 4096;

/// Anyone can send unknown SPIs: so many events a second, and no more.
const INVALID_SPI_PER_SECOND: u32 = 10;

/// How an ESP packet came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// Sender.
    pub source: IpAddr,
    /// The sender's UDP port, when ESP came in UDP.
    pub source_port: Option<u16>,
    /// Our address that it came to.
    pub destination: IpAddr,
    /// Index of the network device, where it is known.
    pub interface: Option<u32>,
    /// Nanoseconds of a monotonic clock.
    pub now: u64,
}

/// What became of a packet to send.
pub enum SealOutcome {
    /// The buffer has one more ESP packet.
    Sealed {
        /// Counts a packet that cannot be sent.
        sa: Arc<OutboundSa>,
        /// Where to.
        endpoint: Endpoint,
    },
    /// It went no further, and was counted.
    Dropped,
}

#[derive(Default)]
struct Interface {
    spd: Spd,
    fragments: Mutex<Fragments>,
    drops: AtomicU64,
}

impl Interface {
    fn policy(&self, packet: &FiveTuple, added: &AddedPolicies) -> Option<PolicyId> {
        let look_up = || self.spd.lookup(packet, added);
        match packet.fragment_of.filter(|_| self.spd.looks_at_ports() || added.looks_at_ports()) {
            Some(identification) => lock(&self.fragments).policy(packet, identification, look_up),
            None => look_up(),
        }
    }
}

#[derive(Default)]
struct Tables {
    sad: Sad,
    interfaces: HashMap<String, Interface>,
    added: AddedPolicies,
}

/// At most so many events in each second.
#[derive(Default)]
struct Throttle {
    since: u64,
    count: u32,
}

/// A policy that wants an SA, for two hosts only where it is so configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Asking {
    policy_id: PolicyId,
    hosts: Option<(IpAddr, IpAddr)>,
}

/// The SAD and the SPDs of all interfaces. See the crate's description for what is locked when.
pub struct Database {
    sink: Arc<dyn EventSink>,
    tables: RwLock<Tables>,
    /// When each policy without SA asked last.
    acquired: Mutex<HashMap<Asking, u64>>,
    /// Packets of each policy that found no SA.
    unserved: Mutex<HashMap<PolicyId, u64>>,
    invalid_spi: Mutex<Throttle>,
}

impl Database {
    /// Empty tables, whose events go to `sink`.
    pub fn new(sink: Arc<dyn EventSink>) -> Self {
        Self {
            sink,
            tables: RwLock::default(),
            acquired: Mutex::default(),
            unserved: Mutex::default(),
            invalid_spi: Mutex::default(),
        }
    }

    /// Replaces the policies of an interface in one step. With no lines all its packets are dropped. Policies that were
    /// added to dynamic lines stay.
    pub fn set_policies(&self, interface: &str, lines: Vec<PolicyLine>) {
        let mut tables = self.write();
        let table = tables.interfaces.entry(interface.to_owned()).or_default();
        table.spd = Spd::new(lines);
        table.fragments = Mutex::default();
    }

    /// Adds a policy for all traffic of `selector` to the dynamic lines with the id `slot`, whichever interfaces have
    /// them, now or later; whether one has now.
    pub fn add_policy(&self, slot: PolicyId, id: PolicyId, selector: Selector) -> bool {
        let mut tables = self.write();
        let there = tables.interfaces.values().any(|table| table.spd.has_slot(slot));
        if there {
            tables.added.add(slot, id, selector);
        }
        there
    }

    /// Takes an added policy away; an unknown one is ignored.
    pub fn remove_policy(&self, slot: PolicyId, id: PolicyId, selector: &Selector) {
        self.write().added.remove(slot, id, selector);
        lock(&self.unserved).remove(&id);
    }

    /// Installs one SA. An outbound one becomes its policy's newest.
    pub fn add_sa(&self, spec: &SaSpec, now: u64) -> Result<(), SpecError> {
        let sink = Arc::clone(&self.sink);
        match spec.direction {
            Direction::Inbound => {
                let sa = Arc::new(InboundSa::new(spec, now, sink)?);
                self.write().sad.add_inbound(sa)
            }
            Direction::Outbound => {
                let sa = Arc::new(OutboundSa::new(spec, now, sink)?);
                self.write().sad.add_outbound(sa)?;
                lock(&self.acquired).retain(|asking, _| asking.policy_id != spec.policy_id);
                Ok(())
            }
        }
    }

    /// Removes one SA; unknown keys are ignored.
    pub fn delete_sa(&self, key: &SaKey) {
        self.write().sad.remove(key);
    }

    /// Sends an outbound SA's packets elsewhere; whether there is such an SA.
    pub fn redirect_sa(&self, key: &SaKey, remote: IpAddr, encapsulation: Option<UdpEncapsulation>) -> bool {
        let sa = self.read().sad.outbound(key).cloned();
        sa.inspect(|sa| sa.redirect(remote, encapsulation)).is_some()
    }

    /// What an SA has counted; `None` when there is no such SA.
    pub fn counters(&self, key: &SaKey) -> Option<Counters> {
        self.read().sad.counters(key)
    }

    /// Packets of an interface that were dropped because they were no packets, no policy took them, or it had no SA.
    pub fn policy_drops(&self, interface: &str) -> u64 {
        self.read().interfaces.get(interface).map_or(0, |table| table.drops.load(Ordering::Relaxed))
    }

    /// Packets that were dropped because their policy had no SA, by policy. Those without any are left out.
    pub fn unserved(&self) -> HashMap<PolicyId, u64> {
        lock(&self.unserved).clone()
    }

    /// Raises the events of limits in time. To be called several times a second.
    pub fn expire(&self, now: u64) {
        let (inbound, outbound) = self.read().sad.snapshot();
        inbound.iter().for_each(|sa| sa.expire(now));
        outbound.iter().for_each(|sa| sa.expire(now));
    }

    /// Forgets all SAs and policies, and wipes the keys.
    pub fn clear(&self) {
        *self.write() = Tables::default();
        lock(&self.acquired).clear();
        lock(&self.unserved).clear();
    }

    /// Appends the ESP packet for `inner`, an IPv4 packet that would leave by `interface`, to `out`.
    pub fn seal(
        &self,
        interface: &str,
        inner: &[u8],
        now: u64,
        ivs: &mut dyn IvSource,
        out: &mut Vec<u8>,
    ) -> SealOutcome {
        let Some(sa) = self.outbound_sa(interface, inner, now) else { return SealOutcome::Dropped };
        match sa.seal(inner, now, ivs, out) {
            Ok(()) => SealOutcome::Sealed { endpoint: sa.endpoint(), sa },
            Err(_) => SealOutcome::Dropped,
        }
    }

    /// Opens an ESP packet, SPI to ICV, in place and gives the inner IPv4 packet; `None` is a drop, counted.
    pub fn open<'a>(&self, arrival: &Arrival, packet: &'a mut [u8]) -> Option<&'a [u8]> {
        let spi = esp::Packet::new_checked(packet).ok()?.spi();
        let key = SaKey { destination: arrival.destination, protocol: protocol::ESP, spi };
        let Some(sa) = self.read().sad.inbound(&key).cloned() else {
            self.report_invalid_spi(arrival, key);
            return None;
        };
        let from = arrival.source_port.map(|port| SocketAddr::new(arrival.source, port));
        sa.open(packet, from, arrival.now).ok()
    }

    fn outbound_sa(&self, interface: &str, inner: &[u8], now: u64) -> Option<Arc<OutboundSa>> {
        let packet = five_tuple(inner);
        let (policy_id, per_host) = {
            let tables = self.read();
            let table = tables.interfaces.get(interface)?;
            let policy_id = packet.ok().and_then(|packet| table.policy(&packet, &tables.added));
            let sa = policy_id.zip(packet.ok()).and_then(|(id, packet)| tables.sad.serving(id, &packet));
            if let Some(sa) = sa {
                return Some(Arc::clone(sa));
            }
            table.drops.fetch_add(1, Ordering::Relaxed);
            let policy_id = policy_id?;
            (policy_id, table.spd.is_per_host(policy_id))
        };
        let packet = packet.ok()?;
        let hosts = per_host.then_some((packet.source, packet.destination));
        self.acquire(Asking { policy_id, hosts }, packet, now);
        None
    }

    fn acquire(&self, asking: Asking, packet: FiveTuple, now: u64) {
        let policy_id = asking.policy_id;
        *lock(&self.unserved).entry(policy_id).or_default() += 1;
        if may_ask(&mut lock(&self.acquired), asking, now) {
            self.sink.emit(Event::Acquire { policy_id, packet });
        }
    }

    fn report_invalid_spi(&self, arrival: &Arrival, key: SaKey) {
        if key.spi <= esp::LAST_RESERVED_SPI {
            return;
        }
        let due = {
            let mut throttle = lock(&self.invalid_spi);
            if arrival.now.saturating_sub(throttle.since) >= SECOND {
                *throttle = Throttle { since: arrival.now, count: 0 };
            }
            throttle.count = throttle.count.saturating_add(1);
            throttle.count <= INVALID_SPI_PER_SECOND
        };
        if due {
            self.sink.emit(Event::InvalidSpi { source: arrival.source, key, interface: arrival.interface });
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, Tables> {
        self.tables.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Tables> {
        self.tables.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether there is room for the question and it was not asked a moment ago; then it counts as asked.
fn may_ask(acquired: &mut HashMap<Asking, u64>, asking: Asking, now: u64) -> bool {
    let recent = |last: u64| now.saturating_sub(last) < ACQUIRE_INTERVAL;
    if acquired.get(&asking).is_some_and(|last| recent(*last)) {
        return false;
    }
    if acquired.len() >= MOST_ASKING {
        acquired.retain(|_, last| recent(*last));
    }
    let room = acquired.len() < MOST_ASKING;
    if room {
        acquired.insert(asking, now);
    }
    room
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
