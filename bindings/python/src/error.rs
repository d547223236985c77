//! `basenji.Error` and the errors that derive from it, as Python sees them.

use basenji::core::ParseError;
use basenji::core::state::StateError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyTuple, PyType};

use crate::gate;
use crate::text::text;

/// `basenji.Error` with message, code and offset.
pub(crate) fn error(py: Python<'_>, message: &str, code: Option<u8>, offset: Option<usize>) -> PyErr {
    static ERROR: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    match made(py, &ERROR, "Error", (message, code, offset)) {
        Ok(error) => PyErr::from_value(error),
        Err(error) => error,
    }
}

/// `basenji.ParseError` for a line that is no message.
pub(crate) fn parse_error<'py>(py: Python<'py>, refused: ParseError, line: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    static ERROR: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let ParseError { kind, offset } = refused;
    made(py, &ERROR, "ParseError", (kind.message(), kind.code(), offset, kind.name(), text(py, line)))
}

/// `basenji.StateError` for a state that is refused.
#[cold]
pub(crate) fn state_error(py: Python<'_>, refused: StateError) -> PyErr {
    static ERROR: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let StateError { fault, offset } = refused;
    match made(py, &ERROR, "StateError", (fault.message(), fault.code(), offset, fault.name())) {
        Ok(error) => PyErr::from_value(error),
        Err(error) => error,
    }
}

/// An error of the class of that name in `basenji.errors`.
pub(crate) fn made<'py>(
    py: Python<'py>,
    class: &PyOnceLock<Py<PyType>>,
    name: &str,
    arguments: impl IntoPyObject<'py, Target = PyTuple, Output = Bound<'py, PyTuple>, Error = PyErr>,
) -> PyResult<Bound<'py, PyAny>> {
    let class = class.get_or_try_init(py, || gate::class(py, "basenji.errors", name))?;
    gate::call(class.bind(py), &arguments.into_pyobject(py)?)
}
