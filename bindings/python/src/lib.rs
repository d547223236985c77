//! The native module under the Python package `basenji`. It is private: what users see, and its documentation, is in `python/basenji`.
//!
//! Nothing here relies on the global interpreter lock.

mod error;

use pyo3::prelude::*;

#[pymodule(gil_used = false)]
fn _basenji(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))
}
