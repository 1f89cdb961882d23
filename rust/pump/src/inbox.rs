//! What waits for the control plane: events and IKE datagrams, bounded, behind one eventfd.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddrV4};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use nix::sys::eventfd::{EfdFlags, EventFd};

use crate::model::{Event, SaKey};

const MOST_EVENTS: usize = 4096;
/// Events that strangers can cause get no more than this, so that they never crowd out the others.
const MOST_STRANGER_EVENTS: usize = MOST_EVENTS / 2;
const MOST_STRANGERS: usize = 1024;
const MOST_DATAGRAMS: usize = 1024;
const MOST_DATAGRAM_OCTETS: usize = 4 << 20;
const EVENT_INTERVAL: Duration = Duration::from_secs(1);

/// An IKE message that came in on UDP port 4500, without its non-ESP marker (RFC 3948 section 2.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IkeDatagram {
    /// Address that the peer sent to.
    pub local: Ipv4Addr,
    /// The peer, as seen here.
    pub remote: SocketAddrV4,
    /// The ISAKMP message.
    pub octets: Vec<u8>,
}

/// The two bounded queues. Its descriptor polls readable while either holds something.
pub(crate) struct Inbox {
    wake: EventFd,
    queues: Mutex<Queues>,
}

#[derive(Default)]
struct Queues {
    events: VecDeque<Event>,
    stranger_events: usize,
    datagrams: VecDeque<IkeDatagram>,
    datagram_octets: usize,
    acquired: HashMap<u64, Instant>,
    strangers: HashMap<IpAddr, Instant>,
    lost: u64,
}

impl Inbox {
    pub(crate) fn new() -> io::Result<Self> {
        let flags = EfdFlags::EFD_NONBLOCK | EfdFlags::EFD_CLOEXEC;
        Ok(Self { wake: EventFd::from_value_and_flags(0, flags)?, queues: Mutex::default() })
    }

    pub(crate) fn descriptor(&self) -> BorrowedFd<'_> {
        self.wake.as_fd()
    }

    /// Queues an event, unless one like it was raised within its interval or waits already.
    pub(crate) fn raise(&self, event: Event) {
        let mut queues = self.lock();
        if queues.admit(&event, Instant::now()) {
            queues.events.push_back(event);
            self.signal();
        }
    }

    /// Queues an IKE message; one that finds the queue full is lost, as datagrams are.
    pub(crate) fn deliver(&self, datagram: IkeDatagram) {
        let mut queues = self.lock();
        let octets = queues.datagram_octets.saturating_add(datagram.octets.len());
        if queues.datagrams.len() >= MOST_DATAGRAMS || octets > MOST_DATAGRAM_OCTETS {
            queues.lost = queues.lost.saturating_add(1);
            return;
        }
        queues.datagram_octets = octets;
        queues.datagrams.push_back(datagram);
        self.signal();
    }

    /// Lets the next packet of a policy raise an acquire again.
    pub(crate) fn rearm_acquire(&self, policy_id: u64) {
        self.lock().acquired.remove(&policy_id);
    }

    /// Forgets what is queued about an SA that is gone.
    pub(crate) fn forget(&self, key: &SaKey) {
        self.lock().events.retain(|event| event.key() != Some(key));
    }

    pub(crate) fn take_events(&self) -> Vec<Event> {
        let mut queues = self.lock();
        let events = queues.events.drain(..).collect();
        queues.stranger_events = 0;
        self.settle(&queues);
        events
    }

    pub(crate) fn take_datagrams(&self) -> Vec<IkeDatagram> {
        let mut queues = self.lock();
        let datagrams = queues.datagrams.drain(..).collect();
        queues.datagram_octets = 0;
        self.settle(&queues);
        datagrams
    }

    /// Events and datagrams that found their queue full.
    pub(crate) fn lost(&self) -> u64 {
        self.lock().lost
    }

    fn lock(&self) -> MutexGuard<'_, Queues> {
        // The queues are whole between any two statements, so a panic elsewhere under the lock does no harm.
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn signal(&self) {
        // It fails only when the counter is full, and then the descriptor is readable anyway.
        let _ = self.wake.write(1);
    }

    fn settle(&self, queues: &Queues) {
        if queues.events.is_empty() && queues.datagrams.is_empty() {
            // It fails only when the counter is zero, which is what is wanted.
            let _ = self.wake.read();
        }
    }
}

impl Queues {
    fn admit(&mut self, event: &Event, now: Instant) -> bool {
        let admitted = match event {
            Event::Acquire { policy_id, .. } => {
                self.room(false) && passes(&mut self.acquired, *policy_id, now, usize::MAX)
            }
            Event::InvalidSpi { source, .. } => {
                self.room(true) && passes(&mut self.strangers, *source, now, MOST_STRANGERS)
            }
            Event::PeerMoved { key, .. } => {
                self.events.retain(|old| !(matches!(old, Event::PeerMoved { .. }) && old.key() == Some(key)));
                self.room(false)
            }
            Event::Expired { .. } => self.room(false),
        };
        if admitted && matches!(event, Event::InvalidSpi { .. }) {
            self.stranger_events += 1;
        }
        admitted
    }

    fn room(&mut self, stranger: bool) -> bool {
        let room = self.events.len() < MOST_EVENTS
            && (!stranger || self.stranger_events < MOST_STRANGER_EVENTS);
        if !room {
            self.lost = self.lost.saturating_add(1);
        }
        room
    }
}

/// Whether `key` was quiet for an interval; a full table forgets the old, and admits nobody new until it can.
fn passes<K: std::hash::Hash + Eq>(
    times: &mut HashMap<K, Instant>,
    key: K,
    now: Instant,
    most: usize,
) -> bool {
    if times.get(&key).is_some_and(|&last| now.duration_since(last) < EVENT_INTERVAL) {
        return false;
    }
    if times.len() >= most {
        times.retain(|_, &mut last| now.duration_since(last) < EVENT_INTERVAL);
        if times.len() >= most {
            return false;
        }
    }
    times.insert(key, now);
    true
}
