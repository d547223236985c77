//! Bytes of the protocol as text, and Python's text and bytes as a datagram.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString, PyTuple};

use basenji::core::wire::Tags;

use crate::buffer::{BYTES, Buffer};

/// The text of `bytes`; what is not UTF-8 becomes U+FFFD here, at the edge where it leaves, and nowhere before.
pub(crate) fn text<'py>(py: Python<'py>, bytes: &[u8]) -> Bound<'py, PyString> {
    PyString::new(py, &String::from_utf8_lossy(bytes))
}

/// The tags in order.
pub(crate) fn tags<'py>(py: Python<'py>, tags: Tags<'_>) -> PyResult<Bound<'py, PyTuple>> {
    PyTuple::new(py, tags.iter().map(|tag| text(py, tag)).collect::<Vec<_>>())
}

/// Calls `work` with the bytes of an argument: of a `str` (as UTF-8, lone surrogates as U+FFFD), of `bytes`, or of a copy of another object's buffer.
///
/// # Errors
///
/// `TypeError`: it is nothing of these.
pub(crate) fn with_datagram<T>(
    object: &Bound<'_, PyAny>,
    argument: &str,
    work: impl FnOnce(&[u8]) -> PyResult<T>,
) -> PyResult<T> {
    if let Ok(bytes) = object.cast::<PyBytes>() {
        return work(bytes.as_bytes());
    }
    if let Ok(string) = object.cast::<PyString>() {
        return match string.to_str() {
            Ok(text) => work(text.as_bytes()),
            Err(_) => {
                let units = string.call_method1("encode", ("utf-16-le", "surrogatepass"))?;
                let repaired = units.call_method1("decode", ("utf-16-le", "replace"))?;
                work(repaired.extract::<&str>()?.as_bytes())
            }
        };
    }
    match Buffer::of(object, BYTES)? {
        Some(buffer) => work(&buffer.to_vec()),
        None => {
            let kind = object.get_type().name()?;
            Err(PyTypeError::new_err(format!("{argument} must be str or bytes-like, not {kind}")))
        }
    }
}
