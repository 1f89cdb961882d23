//! From the wire to a TUN device, and to the control plane.

use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

use cryptomap_esp::{Arrival, SaKey};
use cryptomap_packet::{esp, ipv4, protocol, udp};

use crate::clock::now;
use crate::inbox::IkeDatagram;
use crate::shared::{Routes, Shared};
use crate::sys::{BATCH, PacketInfo, Received, receive_batch};

/// Octets a datagram: the longest there is, and then some so that slots do not fall on the same cache lines.
const STRIDE: usize = 65_536 + 320;

/// What a socket's datagrams are.
#[derive(Clone, Copy)]
pub(crate) enum Medium {
    /// IPv4 packets of protocol 50, with their header.
    Raw,
    /// Payloads of UDP port 4500 (RFC 3948).
    Udp,
}

/// One socket's way in. Its thread owns it.
pub(crate) struct Inbound {
    shared: Arc<Shared>,
    socket: OwnedFd,
    medium: Medium,
    region: Box<[u8]>,
    received: Vec<Received>,
}

impl Inbound {
    pub(crate) fn new(shared: Arc<Shared>, socket: OwnedFd, medium: Medium) -> Self {
        let region = vec![0; STRIDE * BATCH].into();
        Self { shared, socket, medium, region, received: Vec::with_capacity(BATCH) }
    }

    /// Receives a batch and handles it.
    pub(crate) fn pass(&mut self) -> io::Result<()> {
        receive_batch(self.socket.as_fd(), &mut self.region, STRIDE, &mut self.received)?;
        let time = now();
        let routes = self.shared.routes();
        for (slot, received) in self.region.chunks_exact_mut(STRIDE).zip(&self.received) {
            let octets = &mut slot[..received.length];
            let taken = match self.medium {
                Medium::Raw => raw(&self.shared, &routes, received, octets, time),
                Medium::Udp => datagram(&self.shared, &routes, received, octets, time),
            };
            if taken.is_none() {
                self.shared.statistics.malformed.increment();
            }
        }
        Ok(())
    }
}

/// Handles an IPv4 packet of protocol 50; `None` when it is none.
fn raw(shared: &Shared, routes: &Routes, received: &Received, octets: &mut [u8], now: u64) -> Option<()> {
    let packet = ipv4::Packet::new_checked(octets).ok()?;
    let arrival = Arrival {
        source: packet.source().into(),
        source_port: None,
        destination: packet.destination().into(),
        interface: received.arrival.map(|arrival| arrival.interface),
        now,
    };
    let payload = packet.header_len()..packet.total_len();
    decapsulate(shared, routes, &arrival, &mut octets[payload])
}

/// Handles a payload of UDP port 4500; `None` when it is neither IKE nor ESP.
fn datagram(
    shared: &Shared,
    routes: &Routes,
    received: &Received,
    octets: &mut [u8],
    now: u64,
) -> Option<()> {
    let PacketInfo { interface, destination: local } = received.arrival?;
    if octets == udp::NAT_KEEPALIVE {
        shared.statistics.keepalives.increment();
        return Some(());
    }
    if let Some(message) = octets.strip_prefix(&udp::NON_ESP_MARKER) {
        return deliver(shared, local, received.source, message);
    }
    let arrival = Arrival {
        source: (*received.source.ip()).into(),
        source_port: Some(received.source.port()),
        destination: local.into(),
        interface: Some(interface),
        now,
    };
    decapsulate(shared, routes, &arrival, octets)
}

fn deliver(shared: &Shared, local: Ipv4Addr, remote: SocketAddrV4, message: &[u8]) -> Option<()> {
    if message.is_empty() {
        return None;
    }
    shared.inbox.deliver(IkeDatagram { local, remote, octets: message.to_vec() });
    Some(())
}

/// Handles an ESP packet, SPI to ICV; `None` when it is too short for that. SAs count their own failures.
fn decapsulate(shared: &Shared, routes: &Routes, arrival: &Arrival, packet: &mut [u8]) -> Option<()> {
    let spi = esp::Packet::new_checked(packet).ok()?.spi();
    let key = SaKey { destination: arrival.destination, protocol: protocol::ESP, spi };
    if let Some(inner) = shared.database.open(arrival, packet) {
        let written = routes.device(&key).is_some_and(|mut device| device.write(inner).is_ok());
        if !written {
            shared.statistics.device_errors.increment();
        }
    }
    Some(())
}
