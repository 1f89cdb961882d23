//! Two ends of an SA, and what the tests of this crate build packets from.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex};

use cryptomap_esp::{
    Auth, Cipher, Direction, Event, EventSink, InboundSa, IvSource, Limits, OutboundSa, SaSpec, SuiteError,
};
use cryptomap_packet::{Network, Selector, ipv4, protocol};

pub(crate) const SECOND: u64 = 1_000_000_000;
pub(crate) const LOCAL: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
pub(crate) const REMOTE: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 1));
pub(crate) const HOST: Ipv4Addr = Ipv4Addr::new(10, 1, 1, 7);
pub(crate) const FAR_HOST: Ipv4Addr = Ipv4Addr::new(10, 2, 2, 9);

/// A suite with keys that are no algorithm's weak ones.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Algorithms {
    pub(crate) cipher: Cipher,
    pub(crate) key_len: usize,
    pub(crate) auth: Option<Auth>,
}

pub(crate) const DES_SHA1: Algorithms =
    Algorithms { cipher: Cipher::Des, key_len: 8, auth: Some(Auth::Sha1) };
pub(crate) const AES_SHA256: Algorithms =
    Algorithms { cipher: Cipher::Aes, key_len: 16, auth: Some(Auth::Sha256) };
pub(crate) const NULL_SHA1: Algorithms =
    Algorithms { cipher: Cipher::Null, key_len: 0, auth: Some(Auth::Sha1) };
pub(crate) const GCM: Algorithms = Algorithms { cipher: Cipher::AesGcm, key_len: 20, auth: None };

/// Every cipher in every key length with every integrity algorithm that it can have.
pub(crate) fn all_algorithms() -> Vec<Algorithms> {
    let auths = [Auth::Md5, Auth::Sha1, Auth::Sha256, Auth::Sha384, Auth::Sha512];
    let ciphers = [
        (Cipher::Null, 0),
        (Cipher::Des, 8),
        (Cipher::TripleDes, 24),
        (Cipher::Aes, 16),
        (Cipher::Aes, 24),
        (Cipher::Aes, 32),
    ];
    let with_auth = ciphers
        .iter()
        .flat_map(|&(cipher, key_len)| auths.map(|auth| Algorithms { cipher, key_len, auth: Some(auth) }));
    let combined = [20, 28, 36].map(|key_len| Algorithms { cipher: Cipher::AesGcm, key_len, auth: None });
    with_auth.chain(combined).collect()
}

pub(crate) fn auth_key_len(auth: Option<Auth>) -> usize {
    match auth {
        None => 0,
        Some(Auth::Md5) => 16,
        Some(Auth::Sha1) => 20,
        Some(Auth::Sha256) => 32,
        Some(Auth::Sha384) => 48,
        Some(Auth::Sha512) => 64,
    }
}

pub(crate) fn network(address: Ipv4Addr, prefix_len: u8) -> Network {
    Network::new(address.into(), prefix_len).expect("prefix length")
}

/// Everything from the near /24 to the far /24.
pub(crate) fn site_to_site() -> Selector {
    Selector {
        source: network(HOST, 24),
        destination: network(FAR_HOST, 24),
        protocol: 0,
        source_port: 0,
        destination_port: 0,
    }
}

/// The outbound SA of one gateway; `mirror` gives the inbound SA of the other.
pub(crate) fn spec(algorithms: Algorithms) -> SaSpec {
    let Algorithms { cipher, key_len, auth } = algorithms;
    SaSpec {
        direction: Direction::Outbound,
        local: LOCAL,
        remote: REMOTE,
        spi: 0xc0ff_ee01,
        selector: site_to_site(),
        policy_id: 1,
        cipher,
        encryption_key: key(key_len, 0x1d).into(),
        auth,
        auth_key: key(auth_key_len(auth), 0x71).into(),
        encapsulation: None,
        replay_window: 64,
        limits: Limits::default(),
    }
}

pub(crate) fn mirror(spec: SaSpec) -> SaSpec {
    SaSpec { direction: Direction::Inbound, local: spec.remote, remote: spec.local, ..spec }
}

fn key(len: usize, step: u8) -> Vec<u8> {
    (0..len).map(|at| (at as u8).wrapping_mul(step).wrapping_add(0x35)).collect()
}

/// Keeps every event.
#[derive(Default)]
pub(crate) struct Recorder(Mutex<Vec<Event>>);

impl Recorder {
    pub(crate) fn take(&self) -> Vec<Event> {
        std::mem::take(&mut self.0.lock().expect("events"))
    }
}

impl EventSink for Recorder {
    fn emit(&self, event: Event) {
        self.0.lock().expect("events").push(event);
    }
}

/// IVs that a test knows.
pub(crate) struct FixedIv(pub(crate) Vec<u8>);

impl FixedIv {
    pub(crate) fn any() -> Self {
        Self((0xa0..0xb0).collect())
    }
}

impl IvSource for FixedIv {
    fn fill(&mut self, iv: &mut [u8]) -> Result<(), SuiteError> {
        iv.copy_from_slice(self.0.get(..iv.len()).ok_or(SuiteError::Random)?);
        Ok(())
    }
}

pub(crate) fn outbound(spec: &SaSpec) -> (OutboundSa, Arc<Recorder>) {
    let events = Arc::new(Recorder::default());
    let sa = OutboundSa::new(spec, 0, Arc::<Recorder>::clone(&events)).expect("outbound SA");
    (sa, events)
}

pub(crate) fn inbound(spec: &SaSpec) -> (InboundSa, Arc<Recorder>) {
    let events = Arc::new(Recorder::default());
    let sa = InboundSa::new(spec, 0, Arc::<Recorder>::clone(&events)).expect("inbound SA");
    (sa, events)
}

/// A packet of UDP from port 5000 to port 53 of `total_len` octets, 28 at least.
pub(crate) fn udp_packet(source: Ipv4Addr, destination: Ipv4Addr, total_len: usize) -> Vec<u8> {
    let mut packet = (0..total_len).map(|at| at as u8).collect::<Vec<_>>();
    let header = ipv4::Repr {
        source,
        destination,
        protocol: protocol::UDP,
        tos: 0,
        identification: 7,
        dont_fragment: true,
        ttl: 64,
        payload_len: total_len - ipv4::HEADER_LEN,
    };
    header.emit(&mut packet).expect("header");
    packet[20..24].copy_from_slice(&[0x13, 0x88, 0, 53]);
    packet
}

pub(crate) fn inner() -> Vec<u8> {
    udp_packet(HOST, FAR_HOST, 84)
}

pub(crate) fn seal(sa: &OutboundSa, inner: &[u8]) -> Vec<u8> {
    let mut sealed = Vec::new();
    sa.seal(inner, 0, &mut FixedIv::any(), &mut sealed).expect("sealed packet");
    sealed
}
