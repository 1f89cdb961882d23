//! What waits for the control plane: events and IKE datagrams, bounded, behind one eventfd.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddrV4};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use cryptomap_esp::{Event, EventSink, SaKey};
use nix::sys::eventfd::{EfdFlags, EventFd};

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

    /// Forgets what is queued about an SA that is gone.
    pub(crate) fn forget(&self, key: SaKey) {
        self.lock().events.retain(|event| subject(event) != Some(key));
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

impl EventSink for Inbox {
    fn emit(&self, event: Event) {
        let mut queues = self.lock();
        if queues.admits(&event, Instant::now()) {
            queues.events.push_back(event);
            self.signal();
        }
    }
}

impl Queues {
    /// Whether there is room for the event; counts it where there is none.
    fn admits(&mut self, event: &Event, now: Instant) -> bool {
        let room = match event {
            Event::InvalidSpi { source, .. } => {
                if !self.quiet(*source, now) {
                    return false;
                }
                self.stranger_events < MOST_STRANGER_EVENTS
            }
            Event::PeerMoved { key, .. } => {
                // Only where the peer is last counts.
                self.events.retain(|old| !matches!(old, Event::PeerMoved { key: old, .. } if old == key));
                true
            }
            Event::Acquire { .. } | Event::Expired { .. } => true,
        };
        if !room || self.events.len() >= MOST_EVENTS {
            self.lost = self.lost.saturating_add(1);
            return false;
        }
        self.stranger_events += usize::from(matches!(event, Event::InvalidSpi { .. }));
        true
    }

    /// Whether a stranger caused no event for an interval. A full table takes nobody new until some are old.
    fn quiet(&mut self, stranger: IpAddr, now: Instant) -> bool {
        let recent = |last: &Instant| now.duration_since(*last) < EVENT_INTERVAL;
        if self.strangers.get(&stranger).is_some_and(recent) {
            return false;
        }
        if self.strangers.len() >= MOST_STRANGERS {
            self.strangers.retain(|_, last| recent(last));
        }
        if self.strangers.len() >= MOST_STRANGERS {
            return false;
        }
        self.strangers.insert(stranger, now);
        true
    }
}

/// The SA that an event is about.
fn subject(event: &Event) -> Option<SaKey> {
    match event {
        Event::Expired { key, .. } | Event::PeerMoved { key, .. } => Some(*key),
        Event::Acquire { .. } | Event::InvalidSpi { .. } => None,
    }
}
