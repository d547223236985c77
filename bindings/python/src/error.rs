//! `basenji.Error` and the errors that derive from it, as Python sees them.

use basenji::core::ParseError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

use crate::text::text;

/// `basenji.Error` with message, code and offset.
pub(crate) fn error(py: Python<'_>, message: &str, code: Option<u8>, offset: Option<usize>) -> PyErr {
    static ERROR: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    match ERROR.import(py, "basenji.errors", "Error").and_then(|class| class.call1((message, code, offset))) {
        Ok(error) => PyErr::from_value(error),
        Err(error) => error,
    }
}

/// `basenji.ParseError` for a line that is no message.
pub(crate) fn parse_error<'py>(py: Python<'py>, refused: ParseError, line: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    static ERROR: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let ParseError { kind, offset } = refused;
    let class = ERROR.import(py, "basenji.errors", "ParseError")?;
    class.call1((kind.message(), kind.code(), offset, kind.name(), text(py, line)))
}
