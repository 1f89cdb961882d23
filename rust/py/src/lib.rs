//! `cryptomap._core`: conversion between Python and the Rust crates, and release of the GIL. No logic.

mod convert;
mod data_plane;
mod esp;
mod modp;

/// The compiled half of cryptomap: finite-field Diffie-Hellman, ESP, and the userspace data plane.
#[pyo3::pymodule(gil_used = false)]
mod _core {
    #[pymodule_export]
    use super::data_plane::DataPlane;
    #[pymodule_export]
    use super::esp::{EspOpener, EspSealer};
    #[pymodule_export]
    use super::modp::{modp_jacobi, modp_power};
}
