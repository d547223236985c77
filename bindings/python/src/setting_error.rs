//! The errors of invalid settings, and of servers.

use basenji::server::StartError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

use crate::error::made;
use crate::gate;

/// The numbers of errors that are none of parsing, the same in every language.
pub(crate) mod code {
    pub(crate) const CLOSED: u8 = 66;
    pub(crate) const SYSTEM: u8 = 68;
    pub(crate) const IN_USE: u8 = 70;
    pub(crate) const PERMISSION: u8 = 71;
    pub(crate) const BAD_ADDRESS: u8 = 98;
    pub(crate) const BAD_SETTING: u8 = 103;
    pub(crate) const NO_LISTENER: u8 = 104;
}

/// `basenji.SettingError`.
pub(crate) fn setting_error(py: Python<'_>, message: &str) -> PyErr {
    static ERROR: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    raised(made(py, &ERROR, "SettingError", (message, code::BAD_SETTING)))
}

/// `basenji.ServerError`, with the system's number of the error where it has one.
pub(crate) fn server_error(py: Python<'_>, message: &str, code: u8, errno: Option<i32>) -> PyErr {
    static ERROR: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    raised(made(py, &ERROR, "ServerError", (message, code, errno)))
}

/// Why a server does not start.
pub(crate) fn start_error(py: Python<'_>, error: &StartError) -> PyErr {
    let (code, errno) = match error {
        StartError::Setting(_) | StartError::BadTag { .. } => return setting_error(py, &error.to_string()),
        StartError::NoListener => (code::NO_LISTENER, None),
        StartError::PortInUse { .. } | StartError::PathInUse { .. } => (code::IN_USE, Some("EADDRINUSE")),
        StartError::Permission { .. } => (code::PERMISSION, Some("EACCES")),
        StartError::AddressNotAvailable { .. } => (code::BAD_ADDRESS, Some("EADDRNOTAVAIL")),
        StartError::NoDirectory { .. } => (code::BAD_ADDRESS, Some("ENOENT")),
        StartError::NotASocket { .. } => (code::BAD_ADDRESS, Some("ENOTSOCK")),
        StartError::BadPath { .. } => (code::BAD_ADDRESS, Some("ENAMETOOLONG")),
        StartError::System { source, .. } => {
            return server_error(py, &error.to_string(), code::SYSTEM, source.raw_os_error());
        }
        _ => (code::BAD_ADDRESS, None),
    };
    let number = |name| gate::import(py, "errno", name)?.extract::<i32>();
    match errno.map(number).transpose() {
        Ok(errno) => server_error(py, &error.to_string(), code, errno),
        Err(error) => error,
    }
}

fn raised(error: PyResult<Bound<'_, PyAny>>) -> PyErr {
    error.map_or_else(|error| error, PyErr::from_value)
}
