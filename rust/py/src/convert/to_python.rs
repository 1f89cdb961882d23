use cryptomap_esp::{Counters, Event, SaKey};
use cryptomap_packet::FiveTuple;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

/// The exception `class` of `cryptomap.model.error` with that text.
pub(crate) fn model_error(py: Python<'_>, class: &str, reason: &str) -> PyErr {
    let error = py
        .import("cryptomap.model.error")
        .and_then(|module| module.getattr(class))
        .and_then(|class| class.call1((reason,)));
    error.map_or_else(|failure| failure, PyErr::from_value)
}

/// `cryptomap.model.error.MisuseError` with that text.
pub(crate) fn misuse(py: Python<'_>, reason: &str) -> PyErr {
    model_error(py, "MisuseError", reason)
}

/// `cryptomap.model.sa.SaCounters`
pub(crate) fn counters<'py>(py: Python<'py>, counters: &Counters) -> PyResult<Bound<'py, PyAny>> {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    CLASS.import(py, "cryptomap.model.sa", "SaCounters")?.call1((
        counters.packets,
        counters.bytes,
        counters.replay_dropped,
        counters.auth_failed,
        counters.selector_failed,
        counters.malformed,
        counters.send_errors,
        counters.last_used.map(|nanoseconds| nanoseconds as f64 / 1e9),
        counters.sequence,
        counters.expired_dropped,
    ))
}

/// A list of `cryptomap.model.sa.EngineEvent`.
pub(crate) fn events(py: Python<'_>, events: Vec<Event>) -> PyResult<Vec<Bound<'_, PyAny>>> {
    events.iter().map(|event| to_python(py, event)).collect()
}

fn to_python<'py>(py: Python<'py>, event: &Event) -> PyResult<Bound<'py, PyAny>> {
    static ACQUIRE: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    static EXPIRED: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    static INVALID_SPI: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    static TOO_BIG: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    static PEER_MOVED: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    const MODULE: &str = "cryptomap.model.sa";
    match event {
        Event::Acquire { policy_id, packet: dropped } => {
            ACQUIRE.import(py, MODULE, "Acquire")?.call1((*policy_id, packet(py, dropped)?))
        }
        Event::Expired { key, hard, reason } => {
            EXPIRED.import(py, MODULE, "Expired")?.call1((sa_key(py, *key)?, *hard, reason.as_str()))
        }
        Event::InvalidSpi { source, key, interface } => {
            let arguments = (*source, key.destination, key.protocol, key.spi, *interface);
            INVALID_SPI.import(py, MODULE, "InvalidSpi")?.call1(arguments)
        }
        Event::TooBig { key } => TOO_BIG.import(py, MODULE, "TooBig")?.call1((sa_key(py, *key)?,)),
        Event::PeerMoved { key, address, port } => {
            PEER_MOVED.import(py, MODULE, "PeerMoved")?.call1((sa_key(py, *key)?, *address, *port))
        }
    }
}

fn sa_key(py: Python<'_>, key: SaKey) -> PyResult<Bound<'_, PyAny>> {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    CLASS.import(py, "cryptomap.model.sa", "SaKey")?.call1((key.destination, key.protocol, key.spi))
}

fn packet<'py>(py: Python<'py>, packet: &FiveTuple) -> PyResult<Bound<'py, PyAny>> {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    CLASS.import(py, "cryptomap.model.selector", "Packet")?.call1((
        packet.source,
        packet.destination,
        packet.protocol,
        packet.source_port,
        packet.destination_port,
    ))
}
