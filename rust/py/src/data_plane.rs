use std::net::Ipv4Addr;
use std::os::fd::{AsRawFd, RawFd};

use cryptomap_pump::{DataPlane as Plane, PumpError, Sockets};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::convert::{
    PolicyArgument, SaKeyArgument, SaSpecArgument, UdpEncapsulationArgument, counters, events, misuse,
    policy_lines,
};

type DatagramParts<'py> = (Ipv4Addr, Ipv4Addr, u16, Bound<'py, PyBytes>);

/// A running userspace data plane: threads that need no Python, behind `cryptomap.engine.userspace`.
///
/// The descriptors are duplicated. Raises `OSError` where the system refuses something and `MisuseError` for a
/// caller's mistake, a call after `close` included.
#[pyclass(frozen, module = "cryptomap._core")]
pub(crate) struct DataPlane(Plane);

#[pymethods]
impl DataPlane {
    #[new]
    #[pyo3(signature = (esp_fd, udp_fd, mark))]
    fn new(py: Python<'_>, esp_fd: Option<RawFd>, udp_fd: Option<RawFd>, mark: u32) -> PyResult<Self> {
        let sockets = Sockets { esp: esp_fd, udp: udp_fd, mark };
        Ok(Self(Plane::new(sockets).map_err(|error| raised(py, error))?))
    }

    /// Serve `interface` by the persistent TUN `device` of this thread's network namespace.
    fn attach(&self, py: Python<'_>, interface: &str, device: &str) -> PyResult<()> {
        py.detach(|| self.0.attach(interface, device)).map_err(|error| raised(py, error))
    }

    /// Stop serving `interface`; `remove` lets its device go.
    fn detach(&self, py: Python<'_>, interface: &str, remove: bool) -> PyResult<()> {
        py.detach(|| self.0.detach(interface, remove)).map_err(|error| raised(py, error))
    }

    /// Replace the ordered policies of `interface`.
    fn set_policies(&self, py: Python<'_>, interface: &str, policies: &Bound<'_, PyAny>) -> PyResult<()> {
        let lines = policy_lines(policies)?;
        py.detach(|| self.0.set_policies(interface, lines)).map_err(|error| raised(py, error))
    }

    /// Add a policy to the dynamic lines with the id `slot`.
    fn add_policy(&self, py: Python<'_>, slot: u64, policy: PolicyArgument) -> PyResult<()> {
        let (id, selector) = policy.into_selector(py)?;
        py.detach(|| self.0.add_policy(slot, id, selector)).map_err(|error| raised(py, error))
    }

    /// Take an added policy away; an unknown one is ignored.
    fn remove_policy(&self, py: Python<'_>, slot: u64, policy: PolicyArgument) -> PyResult<()> {
        let (id, selector) = policy.into_selector(py)?;
        py.detach(|| self.0.remove_policy(slot, id, &selector)).map_err(|error| raised(py, error))
    }

    /// Install one SA.
    fn add_sa(&self, py: Python<'_>, spec: SaSpecArgument) -> PyResult<()> {
        let spec = spec.into_spec(py)?;
        py.detach(|| self.0.add_sa(&spec)).map_err(|error| raised(py, error))
    }

    /// Remove one SA; an unknown key is ignored.
    fn delete_sa(&self, py: Python<'_>, key: SaKeyArgument) -> PyResult<()> {
        py.detach(|| self.0.delete_sa(&key.into())).map_err(|error| raised(py, error))
    }

    /// Send an outbound SA's packets elsewhere. It keeps its key.
    fn redirect_sa(
        &self,
        py: Python<'_>,
        key: SaKeyArgument,
        remote: std::net::IpAddr,
        encapsulation: UdpEncapsulationArgument,
    ) -> PyResult<()> {
        py.detach(|| self.0.redirect_sa(&key.into(), remote, encapsulation.into()))
            .map_err(|error| raised(py, error))
    }

    /// What an SA has counted, or None when there is no such SA.
    fn counters<'py>(&self, py: Python<'py>, key: SaKeyArgument) -> PyResult<Option<Bound<'py, PyAny>>> {
        py.detach(|| self.0.counters(&key.into())).map(|found| counters(py, &found)).transpose()
    }

    /// IPv4 packets of `interface` that were dropped for want of a policy or an SA.
    fn policy_drops(&self, py: Python<'_>, interface: &str) -> u64 {
        py.detach(|| self.0.policy_drops(interface))
    }

    /// Packets that were dropped because their policy had no SA, by policy id.
    fn unserved(&self, py: Python<'_>) -> std::collections::HashMap<u64, u64> {
        py.detach(|| self.0.unserved())
    }

    /// Counts of the whole data plane, by name.
    fn statistics(&self) -> std::collections::BTreeMap<&'static str, u64> {
        self.0.statistics().into()
    }

    /// Events since the last call, oldest first.
    fn poll_events<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        events(py, self.0.take_events())
    }

    /// IKE messages from the UDP socket since the last call: local address, peer's address and port, octets.
    fn receive_datagrams<'py>(&self, py: Python<'py>) -> Vec<DatagramParts<'py>> {
        let datagrams = self.0.take_datagrams().into_iter();
        datagrams
            .map(|datagram| {
                let octets = PyBytes::new(py, &datagram.octets);
                (datagram.local, *datagram.remote.ip(), datagram.remote.port(), octets)
            })
            .collect()
    }

    /// What went wrong in threads since the last call, as text for a log.
    fn take_faults(&self) -> Vec<String> {
        self.0.take_faults()
    }

    /// A descriptor that polls readable while events, IKE messages or faults wait.
    fn event_fd(&self) -> RawFd {
        self.0.descriptor().as_raw_fd()
    }

    /// Stop the threads and wipe the keys. Devices stay.
    fn close(&self, py: Python<'_>) {
        py.detach(|| self.0.close());
    }
}

fn raised(py: Python<'_>, error: PumpError) -> PyErr {
    match error {
        PumpError::Io(error) => error.into(),
        error => misuse(py, &error.to_string()),
    }
}
