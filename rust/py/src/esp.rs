use std::sync::Arc;

use cryptomap_esp::{Event, EventSink, InboundSa, OpenError, OutboundSa, RandomIvs, SaSpec, SealError};
use cryptomap_pump::now;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::convert::{SaSpecArgument, counters, misuse, model_error};

/// Turns IPv4 packets into ESP packets by an outbound SA of its own, without any data plane.
///
/// For tests and tools: `seal` gives what would go out after the outer IP header (RFC 4303), tunnel mode.
#[pyclass(frozen, module = "cryptomap._core")]
pub(crate) struct EspSealer(OutboundSa);

#[pymethods]
impl EspSealer {
    #[new]
    fn new(py: Python<'_>, spec: SaSpecArgument) -> PyResult<Self> {
        let spec: SaSpec = spec.into_spec(py)?;
        let sa = OutboundSa::new(&spec, now(), Arc::new(Deaf));
        Ok(Self(sa.map_err(|error| misuse(py, &error.to_string()))?))
    }

    /// The ESP packet, SPI to ICV, that carries the IPv4 packet `inner`. Raises `MisuseError` when the SA is used up.
    fn seal<'py>(&self, py: Python<'py>, inner: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
        let sealed = py.detach(|| {
            let mut sealed = Vec::new();
            self.0.seal(inner, now(), &mut RandomIvs::new(), &mut sealed).map(|()| sealed)
        });
        let sealed = sealed.map_err(|error: SealError| misuse(py, &error.to_string()))?;
        Ok(PyBytes::new(py, &sealed))
    }

    /// What the SA has counted.
    fn counters<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        counters(py, &self.0.counters())
    }
}

/// Turns ESP packets back into IPv4 packets by an inbound SA of its own, without any data plane.
#[pyclass(frozen, module = "cryptomap._core")]
pub(crate) struct EspOpener(InboundSa);

#[pymethods]
impl EspOpener {
    #[new]
    fn new(py: Python<'_>, spec: SaSpecArgument) -> PyResult<Self> {
        let spec: SaSpec = spec.into_spec(py)?;
        let sa = InboundSa::new(&spec, now(), Arc::new(Deaf));
        Ok(Self(sa.map_err(|error| misuse(py, &error.to_string()))?))
    }

    /// The IPv4 packet in the ESP packet `sealed`, SPI to ICV; the SPI is not looked at. A dummy packet gives None.
    ///
    /// Raises `AuthenticationFailedError`, `MalformedError`, `PeerMisbehavedError` (a replay, or traffic that the
    /// SA is not for) or `MisuseError` (the SA is used up). Each is counted as the data plane counts it.
    fn open<'py>(&self, py: Python<'py>, sealed: &[u8]) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let mut packet = sealed.to_vec();
        match py.detach(|| self.0.open(&mut packet, None, now())) {
            Ok(inner) => Ok(Some(PyBytes::new(py, inner))),
            Err(OpenError::Dummy) => Ok(None),
            Err(error) => Err(model_error(py, class_of(error), &error.to_string())),
        }
    }

    /// What the SA has counted.
    fn counters<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        counters(py, &self.0.counters())
    }
}

fn class_of(error: OpenError) -> &'static str {
    match error {
        OpenError::Malformed => "MalformedError",
        OpenError::NotAuthentic => "AuthenticationFailedError",
        OpenError::Replayed | OpenError::Selector => "PeerMisbehavedError",
        OpenError::Expired | OpenError::Dummy => "MisuseError",
    }
}

/// Nobody listens to the events of an SA on its own.
struct Deaf;

impl EventSink for Deaf {
    fn emit(&self, _: Event) {}
}
