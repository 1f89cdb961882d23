//! What waits for the control plane: events, IKE datagrams and faults, bounded, behind one eventfd.

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
const MOST_FAULTS: usize = 64;
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

/// The bounded queues. The descriptor polls readable while any holds something.
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
    faults: Vec<String>,
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

    /// Queues what went wrong in a thread, as text for a log.
    pub(crate) fn report(&self, fault: String) {
        let mut queues = self.lock();
        if queues.faults.len() < MOST_FAULTS {
            queues.faults.push(fault);
        }
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

    pub(crate) fn take_faults(&self) -> Vec<String> {
        let mut queues = self.lock();
        let faults = std::mem::take(&mut queues.faults);
        self.settle(&queues);
        faults
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
        if queues.events.is_empty() && queues.datagrams.is_empty() && queues.faults.is_empty() {
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
            Event::Acquire { .. } | Event::Expired { .. } | Event::TooBig { .. } => true,
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
        Event::Expired { key, .. } | Event::PeerMoved { key, .. } | Event::TooBig { key } => Some(*key),
        Event::Acquire { .. } | Event::InvalidSpi { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use cryptomap_esp::ExpiryReason;
    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

    use super::*;

    fn key(spi: u32) -> SaKey {
        SaKey { destination: Ipv4Addr::LOCALHOST.into(), protocol: 50, spi }
    }

    fn stranger(number: u32) -> Event {
        Event::InvalidSpi { source: Ipv4Addr::from(number).into(), key: key(1000), interface: None }
    }

    fn moved(port: u16) -> Event {
        Event::PeerMoved { key: key(300), address: Ipv4Addr::LOCALHOST.into(), port }
    }

    fn expired(spi: u32) -> Event {
        Event::Expired { key: key(spi), hard: false, reason: ExpiryReason::Bytes }
    }

    fn datagram(octets: usize) -> IkeDatagram {
        let remote = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 4500);
        IkeDatagram { local: Ipv4Addr::LOCALHOST, remote, octets: vec![0; octets] }
    }

    fn readable(inbox: &Inbox) -> bool {
        let mut fds = [PollFd::new(inbox.descriptor(), PollFlags::POLLIN)];
        poll(&mut fds, PollTimeout::ZERO).unwrap() == 1
    }

    #[test]
    fn a_stranger_causes_one_event_a_second() {
        let inbox = Inbox::new().unwrap();
        for _ in 0..10 {
            inbox.emit(stranger(1));
            inbox.emit(stranger(2));
        }
        assert_eq!(inbox.take_events(), [stranger(1), stranger(2)]);
        assert_eq!(inbox.lost(), 0);
    }

    #[test]
    fn strangers_never_crowd_out_the_other_events() {
        let inbox = Inbox::new().unwrap();
        (0..10_000).for_each(|number| inbox.emit(stranger(number)));
        inbox.emit(expired(400));
        let events = inbox.take_events();
        assert_eq!(events.len(), MOST_STRANGERS + 1);
        assert_eq!(events.last(), Some(&expired(400)));
    }

    #[test]
    fn the_event_queue_is_bounded_and_counts_what_it_loses() {
        let inbox = Inbox::new().unwrap();
        (0..5000).for_each(|spi| inbox.emit(expired(spi)));
        assert_eq!(inbox.take_events().len(), MOST_EVENTS);
        assert_eq!(inbox.lost(), 5000 - MOST_EVENTS as u64);
    }

    #[test]
    fn only_the_last_move_of_a_peer_is_kept() {
        let inbox = Inbox::new().unwrap();
        inbox.emit(moved(1));
        inbox.emit(moved(2));
        assert_eq!(inbox.take_events(), [moved(2)]);
    }

    #[test]
    fn events_of_a_deleted_sa_are_forgotten() {
        let inbox = Inbox::new().unwrap();
        inbox.emit(expired(300));
        inbox.emit(expired(301));
        inbox.forget(key(300));
        assert_eq!(inbox.take_events(), [expired(301)]);
    }

    #[test]
    fn datagrams_are_bounded_in_number_and_octets() {
        let inbox = Inbox::new().unwrap();
        (0..2000).for_each(|_| inbox.deliver(datagram(1)));
        assert_eq!(inbox.take_datagrams().len(), MOST_DATAGRAMS);
        (0..100).for_each(|_| inbox.deliver(datagram(65_000)));
        assert_eq!(inbox.take_datagrams().len(), MOST_DATAGRAM_OCTETS / 65_000);
    }

    #[test]
    fn faults_are_bounded() {
        let inbox = Inbox::new().unwrap();
        (0..1000).for_each(|number| inbox.report(number.to_string()));
        assert_eq!(inbox.take_faults().len(), MOST_FAULTS);
    }

    #[test]
    fn the_descriptor_is_readable_until_every_queue_is_empty() {
        let inbox = Inbox::new().unwrap();
        assert!(!readable(&inbox));
        inbox.emit(expired(300));
        inbox.deliver(datagram(1));
        assert!(readable(&inbox));
        inbox.take_events();
        assert!(readable(&inbox));
        inbox.take_datagrams();
        assert!(!readable(&inbox));
        inbox.report("fault".to_owned());
        assert!(readable(&inbox));
        inbox.take_faults();
        assert!(!readable(&inbox));
    }
}
