use std::net::IpAddr;

use cryptomap_esp::{
    Auth, Bounds, Cipher, Direction, Limits, PolicyAction, PolicyLine, SaKey, SaSpec, UdpEncapsulation,
};
use cryptomap_packet::{Network, Selector};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use zeroize::Zeroizing;

use super::misuse;

/// `cryptomap.model.sa.SaSpec`
#[derive(FromPyObject)]
pub(crate) struct SaSpecArgument {
    direction: Named,
    local: IpAddr,
    remote: IpAddr,
    spi: u32,
    selector: SelectorArgument,
    policy_id: u64,
    cipher: String,
    encryption_key: Key,
    auth: Option<String>,
    auth_key: Key,
    encapsulation: Option<UdpEncapsulationArgument>,
    mode: Numbered,
    replay_window: u32,
    limits: LimitsArgument,
}

/// `cryptomap.model.sa.SaKey`
#[derive(FromPyObject)]
pub(crate) struct SaKeyArgument {
    destination: IpAddr,
    protocol: u8,
    spi: u32,
}

/// `cryptomap.model.sa.UdpEncapsulation`
#[derive(FromPyObject)]
pub(crate) struct UdpEncapsulationArgument {
    local_port: u16,
    remote_port: u16,
}

/// `cryptomap.model.sa.PolicySpec`
#[derive(FromPyObject)]
pub(crate) struct PolicyArgument {
    policy_id: u64,
    action: Named,
    selector: SelectorArgument,
    jump_to: usize,
    source_ports: (u16, u16),
    destination_ports: (u16, u16),
    per_host: bool,
}

#[derive(FromPyObject)]
struct LimitsArgument {
    soft_seconds: Option<f64>,
    hard_seconds: Option<f64>,
    soft_bytes: Option<u64>,
    hard_bytes: Option<u64>,
    soft_packets: Option<u64>,
    hard_packets: Option<u64>,
}

#[derive(FromPyObject)]
struct SelectorArgument {
    source: NetworkArgument,
    destination: NetworkArgument,
    protocol: u8,
    source_port: u16,
    destination_port: u16,
}

#[derive(FromPyObject)]
struct NetworkArgument {
    network_address: IpAddr,
    prefixlen: u8,
}

/// An enum member with a word as its value.
#[derive(FromPyObject)]
struct Named {
    value: String,
}

/// An enum member with a number as its value.
#[derive(FromPyObject)]
struct Numbered {
    value: u8,
}

/// Key octets, wiped when dropped.
struct Key(Zeroizing<Vec<u8>>);

impl<'py> FromPyObject<'_, 'py> for Key {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        Ok(Self(Zeroizing::new(object.cast::<PyBytes>()?.as_bytes().to_vec())))
    }
}

/// Encapsulation mode "tunnel" of RFC 2407 section 4.5.
const TUNNEL: u8 = 1;

impl SaSpecArgument {
    pub(crate) fn into_spec(self, py: Python<'_>) -> PyResult<SaSpec> {
        if self.mode.value != TUNNEL {
            return Err(misuse(py, "transport mode is not supported: only tunnel mode is"));
        }
        let auth = self.auth.map(|word| auth(py, &word)).transpose()?;
        Ok(SaSpec {
            direction: direction(py, &self.direction.value)?,
            local: self.local,
            remote: self.remote,
            spi: self.spi,
            selector: self.selector.into_selector(py)?,
            policy_id: self.policy_id,
            cipher: cipher(py, &self.cipher)?,
            encryption_key: self.encryption_key.0,
            auth,
            auth_key: self.auth_key.0,
            encapsulation: self.encapsulation.map(UdpEncapsulation::from),
            replay_window: self.replay_window,
            limits: self.limits.into_limits(py)?,
        })
    }
}

impl From<SaKeyArgument> for SaKey {
    fn from(key: SaKeyArgument) -> Self {
        Self { destination: key.destination, protocol: key.protocol, spi: key.spi }
    }
}

impl From<UdpEncapsulationArgument> for UdpEncapsulation {
    fn from(ports: UdpEncapsulationArgument) -> Self {
        Self { local_port: ports.local_port, remote_port: ports.remote_port }
    }
}

/// A list of `cryptomap.model.sa.PolicySpec`.
pub(crate) fn policy_lines(policies: &Bound<'_, PyAny>) -> PyResult<Vec<PolicyLine>> {
    let py = policies.py();
    let policies: Vec<PolicyArgument> = policies.extract()?;
    policies.into_iter().map(|policy| policy.into_line(py)).collect()
}

impl PolicyArgument {
    fn into_line(self, py: Python<'_>) -> PyResult<PolicyLine> {
        let action = match self.action.value.as_str() {
            "protect" => PolicyAction::Protect,
            "jump" => PolicyAction::Jump { to: self.jump_to },
            "dynamic" => PolicyAction::Dynamic,
            word => return Err(misuse(py, &format!("no policy action is called {word:?}"))),
        };
        Ok(PolicyLine {
            id: self.policy_id,
            action,
            selector: self.selector.into_selector(py)?,
            source_ports: self.source_ports.0..=self.source_ports.1,
            destination_ports: self.destination_ports.0..=self.destination_ports.1,
            per_host: self.per_host,
        })
    }

    /// The id and all the traffic of a policy that asks for one port a side or for none.
    pub(crate) fn into_selector(self, py: Python<'_>) -> PyResult<(u64, Selector)> {
        let selector = self.selector.into_selector(py)?;
        let source_port = single_port(py, self.source_ports)?;
        let destination_port = single_port(py, self.destination_ports)?;
        Ok((self.policy_id, Selector { source_port, destination_port, ..selector }))
    }
}

impl SelectorArgument {
    fn into_selector(self, py: Python<'_>) -> PyResult<Selector> {
        Ok(Selector {
            source: self.source.into_network(py)?,
            destination: self.destination.into_network(py)?,
            protocol: self.protocol,
            source_port: self.source_port,
            destination_port: self.destination_port,
        })
    }
}

impl NetworkArgument {
    fn into_network(self, py: Python<'_>) -> PyResult<Network> {
        Network::new(self.network_address, self.prefixlen)
            .ok_or_else(|| misuse(py, &format!("an address has no {} bits", self.prefixlen)))
    }
}

impl LimitsArgument {
    fn into_limits(self, py: Python<'_>) -> PyResult<Limits> {
        let age = |seconds: Option<f64>| seconds.map(|seconds| nanoseconds(py, seconds)).transpose();
        Ok(Limits {
            soft: Bounds { age: age(self.soft_seconds)?, bytes: self.soft_bytes, packets: self.soft_packets },
            hard: Bounds { age: age(self.hard_seconds)?, bytes: self.hard_bytes, packets: self.hard_packets },
        })
    }
}

/// 0 is any port.
fn single_port(py: Python<'_>, ports: (u16, u16)) -> PyResult<u16> {
    match ports {
        (0, u16::MAX) => Ok(0),
        (low, high) if low == high => Ok(low),
        (low, high) => Err(misuse(py, &format!("ports {low} to {high} are neither one nor all"))),
    }
}

fn nanoseconds(py: Python<'_>, seconds: f64) -> PyResult<u64> {
    std::time::Duration::try_from_secs_f64(seconds)
        .ok()
        .and_then(|duration| u64::try_from(duration.as_nanos()).ok())
        .ok_or_else(|| misuse(py, &format!("{seconds} is no lifetime in seconds")))
}

fn direction(py: Python<'_>, word: &str) -> PyResult<Direction> {
    match word {
        "in" => Ok(Direction::Inbound),
        "out" => Ok(Direction::Outbound),
        _ => Err(misuse(py, &format!("no direction is called {word:?}"))),
    }
}

fn cipher(py: Python<'_>, word: &str) -> PyResult<Cipher> {
    match word {
        "esp-null" => Ok(Cipher::Null),
        "esp-des" => Ok(Cipher::Des),
        "esp-3des" => Ok(Cipher::TripleDes),
        "esp-aes" => Ok(Cipher::Aes),
        "esp-gcm" => Ok(Cipher::AesGcm),
        _ => Err(misuse(py, &format!("no ESP cipher is called {word:?}"))),
    }
}

fn auth(py: Python<'_>, word: &str) -> PyResult<Auth> {
    match word {
        "esp-md5-hmac" => Ok(Auth::Md5),
        "esp-sha-hmac" => Ok(Auth::Sha1),
        "esp-sha256-hmac" => Ok(Auth::Sha256),
        "esp-sha384-hmac" => Ok(Auth::Sha384),
        "esp-sha512-hmac" => Ok(Auth::Sha512),
        _ => Err(misuse(py, &format!("no ESP integrity algorithm is called {word:?}"))),
    }
}
