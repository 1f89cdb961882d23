//! From a TUN device to the wire.

use std::fs::File;
use std::io::{self, Read};
use std::net::{IpAddr, SocketAddrV4};
use std::ops::Range;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;

use cryptomap_esp::{Endpoint, OutboundSa, RandomIvs, SealOutcome};
use cryptomap_packet::{ipv4, protocol};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::clock::now;
use crate::shared::Shared;
use crate::sys::{BATCH, Outgoing, OwnHeader, send_batch};

/// IOS sends its own packets with this time to live.
const TIME_TO_LIVE: u8 = 255;
/// The bits of congestion notification in a type of service (RFC 3168).
const ECN: u8 = 0b11;
const LONGEST_PACKET: usize = 65_535;
/// How long a full socket buffer may hold up a batch before its packets are dropped, in milliseconds.
const SEND_PATIENCE: u8 = 100;

/// One TUN device's way out. Its thread owns it.
pub(crate) struct Outbound {
    shared: Arc<Shared>,
    interface: String,
    device: Arc<File>,
    ivs: RandomIvs,
    inner: Box<[u8]>,
    /// The batch's sealed packets, one after the other, each with room for an outer header before it.
    octets: Vec<u8>,
    sealed: Vec<Sealed>,
}

/// One packet that is ready to go, as a part of `Outbound::octets`.
struct Sealed {
    range: Range<usize>,
    carrier: Carrier,
    header: OwnHeader,
    destination: SocketAddrV4,
    sa: Arc<OutboundSa>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Carrier {
    Raw,
    Udp,
}

impl Outbound {
    pub(crate) fn new(shared: Arc<Shared>, interface: &str, device: Arc<File>) -> Self {
        Self {
            shared,
            interface: interface.to_owned(),
            device,
            ivs: RandomIvs::new(),
            inner: vec![0; LONGEST_PACKET].into(),
            octets: Vec::new(),
            sealed: Vec::with_capacity(BATCH),
        }
    }

    /// Reads what waits, up to a batch, and sends it.
    pub(crate) fn pass(&mut self) -> io::Result<()> {
        self.octets.clear();
        self.sealed.clear();
        let time = now();
        let mut outcome = Ok(());
        for _ in 0..BATCH {
            match (&*self.device).read(&mut self.inner) {
                Ok(length) => self.seal(length, time),
                Err(error) => {
                    outcome = Err(error);
                    break;
                }
            }
        }
        self.send();
        outcome
    }

    fn seal(&mut self, length: usize, time: u64) {
        let inner = &self.inner[..length];
        if inner.first().is_none_or(|first| first >> 4 != 4) {
            self.shared.statistics.not_ipv4.increment();
            return;
        }
        let start = self.octets.len();
        self.octets.resize(start + ipv4::HEADER_LEN, 0);
        let outcome =
            self.shared.database.seal(&self.interface, inner, time, &mut self.ivs, &mut self.octets);
        let SealOutcome::Sealed { sa, endpoint } = outcome else {
            self.octets.truncate(start);
            return;
        };
        match address(&endpoint, inner, &mut self.octets[start..]) {
            Some((carrier, header, destination)) => {
                let start = start + if carrier == Carrier::Udp { ipv4::HEADER_LEN } else { 0 };
                let range = start..self.octets.len();
                self.sealed.push(Sealed { range, carrier, header, destination, sa });
            }
            None => {
                self.octets.truncate(start);
                sa.count_send_error();
            }
        }
    }

    /// Sends the batch in order, in runs that share a socket.
    fn send(&self) {
        for run in self.sealed.chunk_by(|one, next| one.carrier == next.carrier) {
            let socket = match run[0].carrier {
                Carrier::Raw => self.shared.raw_out.as_ref(),
                Carrier::Udp => self.shared.udp.as_ref(),
            };
            match socket {
                Some(socket) => self.send_run(socket.as_fd(), run),
                None => run.iter().for_each(|sealed| sealed.sa.count_send_error()),
            }
        }
    }

    fn send_run(&self, socket: BorrowedFd<'_>, run: &[Sealed]) {
        let datagrams: Vec<Outgoing<'_>> = run.iter().map(|sealed| self.datagram(sealed)).collect();
        let mut done = 0;
        let mut waited = false;
        while done < run.len() {
            match send_batch(socket, &datagrams[done..]) {
                Ok(count) => {
                    done += count;
                    waited = false;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock && !waited => {
                    wait_for_room(socket);
                    waited = true;
                }
                Err(error) => {
                    match error.raw_os_error() {
                        Some(libc::EMSGSIZE) => run[done].sa.count_too_big(now()),
                        _ => run[done].sa.count_send_error(),
                    }
                    done += 1;
                }
            }
        }
    }

    fn datagram(&self, sealed: &Sealed) -> Outgoing<'_> {
        Outgoing {
            octets: &self.octets[sealed.range.clone()],
            destination: sealed.destination,
            header: (sealed.carrier == Carrier::Udp).then_some(sealed.header),
        }
    }
}

/// Says where a packet goes, and writes its outer header where that is ours to write (`packet` has room for it).
///
/// The DSCP goes over to the outer header (RFC 4301 section 5.1.2.1). The ECN field does not: nothing carries a
/// congestion mark back to the inner header at the other end, so none may be set (RFC 6040 section 4.1).
fn address(
    endpoint: &Endpoint,
    inner: &[u8],
    packet: &mut [u8],
) -> Option<(Carrier, OwnHeader, SocketAddrV4)> {
    let (IpAddr::V4(source), IpAddr::V4(remote)) = (endpoint.local, endpoint.remote) else { return None };
    let inner = ipv4::Packet::new_checked(inner).ok()?;
    let own = OwnHeader { source, tos: inner.tos() & !ECN };
    if let Some(ports) = endpoint.encapsulation {
        return Some((Carrier::Udp, own, SocketAddrV4::new(remote, ports.remote_port)));
    }
    let header = ipv4::Repr {
        source,
        destination: remote,
        protocol: protocol::ESP,
        tos: own.tos,
        // The kernel fills it in (raw(7)).
        identification: 0,
        dont_fragment: inner.dont_fragment(),
        ttl: TIME_TO_LIVE,
        payload_len: packet.len() - ipv4::HEADER_LEN,
    };
    header.emit(packet).ok()?;
    Some((Carrier::Raw, own, SocketAddrV4::new(remote, 0)))
}

fn wait_for_room(socket: BorrowedFd<'_>) {
    // Whatever the outcome, the next try to send decides.
    let _ = poll(&mut [PollFd::new(socket, PollFlags::POLLOUT)], PollTimeout::from(SEND_PATIENCE));
}
