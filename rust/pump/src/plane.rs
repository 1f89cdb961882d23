//! The data plane as its control plane sees it.

use std::collections::HashMap;
use std::net::IpAddr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd, RawFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{fmt, io};

use cryptomap_esp::{
    Counters, Direction, Event, PolicyId, PolicyLine, SaKey, SaSpec, SpecError, UdpEncapsulation,
};
use cryptomap_packet::Selector;
use nix::sys::socket::{AddressFamily, SockFlag, SockProtocol, SockType, setsockopt, socket, sockopt};

use crate::clock::now;
use crate::inbound::{Inbound, Medium};
use crate::inbox::{IkeDatagram, Inbox};
use crate::outbound::Outbound;
use crate::shared::Shared;
use crate::sys;
use crate::worker::Worker;

/// Asked of the kernel for the receive queues of sockets, in octets: some tens of milliseconds at a gigabit.
const RECEIVE_QUEUE: usize = 8 << 20;

/// Why a call failed.
#[derive(Debug)]
pub enum PumpError {
    /// The system refused something.
    Io(io::Error),
    /// The SA cannot be installed.
    Spec(SpecError),
    /// The interface has a device already.
    Attached(String),
    /// No interface has such a dynamic line.
    NoSuchLine(PolicyId),
    /// There is no outbound SA of that key.
    NoSuchSa(SaKey),
    /// The data plane was closed.
    Closed,
}

impl fmt::Display for PumpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => error.fmt(f),
            Self::Spec(error) => error.fmt(f),
            Self::Attached(interface) => {
                write!(f, "interface {interface} is attached already: detach it first")
            }
            Self::NoSuchLine(slot) => write!(f, "there is no dynamic line {slot}: set policies first"),
            Self::NoSuchSa(key) => {
                write!(f, "there is no outbound SA to {} with SPI {:#010x}", key.destination, key.spi)
            }
            Self::Closed => f.write_str("the data plane was closed"),
        }
    }
}

impl std::error::Error for PumpError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            Self::Spec(error) => Some(error),
            Self::Attached(_) | Self::NoSuchLine(_) | Self::NoSuchSa(_) | Self::Closed => None,
        }
    }
}

impl From<io::Error> for PumpError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// The descriptors that a data plane works on. It duplicates them.
#[derive(Clone, Copy, Debug)]
pub struct Sockets {
    /// `AF_INET`, `SOCK_RAW`, `IPPROTO_ESP`; without it no raw ESP is sent or received.
    pub esp: Option<RawFd>,
    /// UDP, bound to port 4500; without it there is no UDP encapsulation.
    pub udp: Option<RawFd>,
    /// `SO_MARK` of everything sent; 0 is none.
    pub mark: u32,
}

/// A running data plane. Calls are quick, may come from any thread, and fail only on the caller's mistakes or where
/// the system refuses a device.
pub struct DataPlane {
    shared: Arc<Shared>,
    /// `None` once closed.
    workers: Mutex<Option<Workers>>,
}

struct Workers {
    /// One outbound thread for each attached interface.
    outbound: HashMap<String, Worker>,
    /// Sockets and clock: they run until the data plane is closed.
    _permanent: Vec<Worker>,
}

impl DataPlane {
    /// Starts the threads that serve `sockets` and the clock.
    pub fn new(sockets: Sockets) -> Result<Self, PumpError> {
        let esp = sockets.esp.map(sys::duplicate).transpose()?;
        let udp = sockets.udp.map(sys::duplicate).transpose()?;
        let raw_out = esp.as_ref().map(|_| open_raw()).transpose()?;
        for socket in [&raw_out, &udp].into_iter().flatten().filter(|_| sockets.mark != 0) {
            setsockopt(socket, sockopt::Mark, &sockets.mark).map_err(io::Error::from)?;
        }
        let shared = Arc::new(Shared::new(Arc::new(Inbox::new()?), raw_out, udp));
        let mut permanent = vec![spawn_clock(&shared)?];
        if let Some(esp) = esp {
            permanent.push(spawn_inbound(&shared, "raw ESP", esp, Medium::Raw)?);
        }
        if let Some(udp) = &shared.udp {
            permanent.push(spawn_inbound(&shared, "UDP", udp.try_clone()?, Medium::Udp)?);
        }
        let workers = Workers { outbound: HashMap::new(), _permanent: permanent };
        Ok(Self { shared, workers: Mutex::new(Some(workers)) })
    }

    /// Opens the persistent TUN `device` in the calling thread's network namespace, creating it when it is missing,
    /// and starts to serve it for `interface`.
    pub fn attach(&self, interface: &str, device: &str) -> Result<(), PumpError> {
        let mut workers = self.lock();
        let workers = workers.as_mut().ok_or(PumpError::Closed)?;
        if self.shared.routes().is_attached(interface) {
            return Err(PumpError::Attached(interface.to_owned()));
        }
        let tun = Arc::new(sys::open_tun(device)?);
        let input = tun.try_clone()?.into();
        let mut outbound = Outbound::new(Arc::clone(&self.shared), interface, Arc::clone(&tun));
        let inbox = Arc::clone(&self.shared.inbox);
        let worker = Worker::spawn(device.to_owned(), inbox, Some(input), move || outbound.pass())?;
        self.shared.routes_mut().attach(interface, tun);
        workers.outbound.insert(interface.to_owned(), worker);
        Ok(())
    }

    /// Stops serving an interface; `remove` lets its device go. One that is not attached is ignored.
    pub fn detach(&self, interface: &str, remove: bool) -> Result<(), PumpError> {
        let worker = self.lock().as_mut().ok_or(PumpError::Closed)?.outbound.remove(interface);
        drop(worker);
        let device = self.shared.routes_mut().detach(interface);
        match device.filter(|_| remove).map_or(Ok(()), |device| sys::set_persistent(&device, false)) {
            // Someone deleted the device already.
            Err(error) if error.raw_os_error() == Some(libc::EBADFD) => Ok(()),
            outcome => Ok(outcome?),
        }
    }

    /// Replaces the ordered policies of an interface.
    pub fn set_policies(&self, interface: &str, lines: Vec<PolicyLine>) -> Result<(), PumpError> {
        self.open()?;
        self.shared.routes_mut().set_policies(interface, lines.iter().map(|line| line.id));
        self.shared.database.set_policies(interface, lines);
        Ok(())
    }

    /// Adds a policy for all traffic of `selector` to the dynamic lines with the id `slot`.
    pub fn add_policy(&self, slot: PolicyId, id: PolicyId, selector: Selector) -> Result<(), PumpError> {
        self.open()?;
        self.shared
            .database
            .add_policy(slot, id, selector)
            .then_some(())
            .ok_or(PumpError::NoSuchLine(slot))?;
        self.shared.routes_mut().add_policy(slot, id);
        Ok(())
    }

    /// Takes an added policy away; an unknown one is ignored.
    pub fn remove_policy(&self, slot: PolicyId, id: PolicyId, selector: &Selector) -> Result<(), PumpError> {
        self.open()?;
        self.shared.database.remove_policy(slot, id, selector);
        self.shared.routes_mut().remove_policy(id);
        Ok(())
    }

    /// Installs one SA.
    pub fn add_sa(&self, spec: &SaSpec) -> Result<(), PumpError> {
        self.open()?;
        self.shared.database.add_sa(spec, now()).map_err(PumpError::Spec)?;
        if spec.direction == Direction::Inbound {
            self.shared.routes_mut().add_sa(spec.key(), spec.policy_id);
        }
        Ok(())
    }

    /// Removes one SA; unknown keys are ignored.
    pub fn delete_sa(&self, key: &SaKey) -> Result<(), PumpError> {
        self.open()?;
        self.shared.database.delete_sa(key);
        self.shared.routes_mut().delete_sa(key);
        self.shared.inbox.forget(*key);
        Ok(())
    }

    /// Sends an outbound SA's packets elsewhere from now on. The SA keeps its key.
    pub fn redirect_sa(
        &self,
        key: &SaKey,
        remote: IpAddr,
        encapsulation: UdpEncapsulation,
    ) -> Result<(), PumpError> {
        self.open()?;
        let found = self.shared.database.redirect_sa(key, remote, Some(encapsulation));
        found.then_some(()).ok_or(PumpError::NoSuchSa(*key))
    }

    /// What an SA has counted; `None` when there is no such SA.
    pub fn counters(&self, key: &SaKey) -> Option<Counters> {
        self.shared.database.counters(key)
    }

    /// IPv4 packets of an interface that were dropped for want of a policy or an SA.
    pub fn policy_drops(&self, interface: &str) -> u64 {
        self.shared.database.policy_drops(interface)
    }

    /// Packets that were dropped because their policy had no SA, by policy.
    pub fn unserved(&self) -> HashMap<u64, u64> {
        self.shared.database.unserved()
    }

    /// Counts of the whole data plane, by name.
    pub fn statistics(&self) -> [(&'static str, u64); 5] {
        let statistics = &self.shared.statistics;
        [
            ("keepalives", statistics.keepalives.get()),
            ("malformed", statistics.malformed.get()),
            ("device_errors", statistics.device_errors.get()),
            ("not_ipv4", statistics.not_ipv4.get()),
            ("events_lost", self.shared.inbox.lost()),
        ]
    }

    /// Events since the last call, oldest first.
    pub fn take_events(&self) -> Vec<Event> {
        self.shared.inbox.take_events()
    }

    /// IKE messages from UDP port 4500 since the last call, oldest first.
    pub fn take_datagrams(&self) -> Vec<IkeDatagram> {
        self.shared.inbox.take_datagrams()
    }

    /// What went wrong in threads since the last call, as text for a log.
    pub fn take_faults(&self) -> Vec<String> {
        self.shared.inbox.take_faults()
    }

    /// Polls readable while events, IKE messages or faults wait.
    pub fn descriptor(&self) -> BorrowedFd<'_> {
        self.shared.inbox.descriptor()
    }

    /// Stops the threads and wipes the keys. Devices stay. A second call does nothing.
    pub fn close(&self) {
        // Out of the lock first: the threads' end is waited for.
        let workers = self.lock().take();
        drop(workers);
        self.shared.routes_mut().clear();
        self.shared.database.clear();
    }

    fn open(&self) -> Result<(), PumpError> {
        self.lock().as_ref().map(|_| ()).ok_or(PumpError::Closed)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Workers>> {
        self.workers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for DataPlane {
    fn drop(&mut self) {
        self.close();
    }
}

/// A socket that sends packets with the IPv4 header that they bring (raw(7)).
fn open_raw() -> Result<OwnedFd, PumpError> {
    socket(AddressFamily::Inet, SockType::Raw, SockFlag::SOCK_CLOEXEC, SockProtocol::Raw)
        .map_err(|error| PumpError::Io(error.into()))
}

fn spawn_clock(shared: &Arc<Shared>) -> io::Result<Worker> {
    let (ticking, inbox) = (Arc::clone(shared), Arc::clone(&shared.inbox));
    Worker::spawn("clock".to_owned(), inbox, None, move || {
        ticking.database.expire(now());
        Ok(())
    })
}

fn spawn_inbound(shared: &Arc<Shared>, name: &str, socket: OwnedFd, medium: Medium) -> io::Result<Worker> {
    // A privileged process may go beyond the system's bound; where neither works the queue stays as it is.
    let _ = setsockopt(&socket, sockopt::RcvBufForce, &RECEIVE_QUEUE)
        .or_else(|_| setsockopt(&socket, sockopt::RcvBuf, &RECEIVE_QUEUE));
    setsockopt(&socket, sockopt::Ipv4PacketInfo, &true)?;
    let input = socket.as_fd().try_clone_to_owned()?;
    let mut inbound = Inbound::new(Arc::clone(shared), socket, medium);
    Worker::spawn(name.to_owned(), Arc::clone(&shared.inbox), Some(input), move || inbound.pass())
}
