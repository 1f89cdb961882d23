use cryptomap_modp::{jacobi, mod_exp};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// `base` to the power of `exponent`, modulo `modulus`: unsigned big-endian, padded to the modulus's length.
///
/// Time depends on lengths only. Other threads of Python run meanwhile. Raises `ValueError` when the modulus is
/// even, below 3 or above 8192 bits, the base is not below it, or the exponent is empty or longer than it.
#[pyfunction]
pub(crate) fn modp_power<'py>(
    py: Python<'py>,
    base: &[u8],
    exponent: &[u8],
    modulus: &[u8],
) -> PyResult<Bound<'py, PyBytes>> {
    let power = py
        .detach(|| mod_exp(base, exponent, modulus))
        .map_err(|error| PyValueError::new_err(error.to_string()))?;
    Ok(PyBytes::new(py, &power))
}

/// The Jacobi symbol of `value` over `modulus`, both unsigned and big-endian: -1, 0 or 1.
///
/// For a prime modulus it says whether `value` is a square. Time depends on both values. Raises `ValueError` when
/// the modulus is even, below 3 or above 8192 bits, or the value has more octets than the modulus.
#[pyfunction]
pub(crate) fn modp_jacobi(value: &[u8], modulus: &[u8]) -> PyResult<i8> {
    jacobi(value, modulus).map_err(|error| PyValueError::new_err(error.to_string()))
}
