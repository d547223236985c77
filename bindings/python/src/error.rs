//! `basenji.Error`: what the core refuses, as Python sees it.

use basenji::core::ParseError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

/// `basenji.Error` with message, code and offset.
#[allow(dead_code)]
pub(crate) fn error(py: Python<'_>, message: &str, code: Option<u8>, offset: Option<usize>) -> PyErr {
    static ERROR: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    match ERROR.import(py, "basenji.errors", "Error").and_then(|class| class.call1((message, code, offset))) {
        Ok(error) => PyErr::from_value(error),
        Err(error) => error,
    }
}

/// A line that is no message.
#[allow(dead_code)]
pub(crate) fn parse_error(py: Python<'_>, refused: &ParseError) -> PyErr {
    error(py, refused.kind.message(), Some(refused.kind.code()), Some(refused.offset))
}
