//! What servers and aggregators can be told, and what is said about what they cannot.

use basenji::core::aggregate::{Aggregate, Aggregates, Settings};
use basenji::server::{Config, StartError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

use crate::given::{maybe_switch, maybe_texts, maybe_whole};

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

/// What a server's and an aggregator's series have in common; what is left out has the default of the Rust library.
pub(crate) struct SeriesOptions<'a, 'py> {
    pub(crate) interval: Maybe<'a, 'py>,
    pub(crate) counter_zeros: Maybe<'a, 'py>,
    pub(crate) counter_expiry: Maybe<'a, 'py>,
    pub(crate) aggregates: Maybe<'a, 'py>,
    pub(crate) tags: Maybe<'a, 'py>,
    pub(crate) contexts: Maybe<'a, 'py>,
}

/// An option as Python has it.
pub(crate) type Maybe<'a, 'py> = Option<&'a Bound<'py, PyAny>>;

impl SeriesOptions<'_, '_> {
    /// A configuration with these options.
    pub(crate) fn config(self, py: Python<'_>) -> PyResult<Config> {
        let mut config = Config::default();
        let Settings { bucket_secs, counter_zeros, counter_expiry_secs, aggregates, .. } = &mut config.aggregation;
        *bucket_secs = maybe_whole(self.interval, "interval", 1, 86400)?.unwrap_or(*bucket_secs);
        *counter_zeros = maybe_switch(self.counter_zeros, "counter_zeros")?.unwrap_or(*counter_zeros);
        let expiry = maybe_whole(self.counter_expiry, "counter_expiry", 0, u32::MAX.into())?;
        *counter_expiry_secs = expiry.unwrap_or(*counter_expiry_secs);
        if let Some(names) = maybe_texts(self.aggregates, "aggregates")? {
            *aggregates = Aggregates::none();
            for name in names {
                let known = Aggregate::from_suffix(&name).ok_or_else(|| {
                    let known = "max, min, median, avg, sum, count, 0percentile to 100percentile";
                    setting_error(py, &format!("aggregates must be some of {known}, not '{}'", name.escape_default()))
                })?;
                let most = || format!("aggregates must be at most {}", Aggregates::CAPACITY);
                aggregates.push(known).map_err(|_| setting_error(py, &most()))?;
            }
        }
        let most = i64::from(u32::MAX) - 1;
        config.memory.contexts = maybe_whole(self.contexts, "contexts", 1, most)?.unwrap_or(config.memory.contexts);
        config.tags = maybe_texts(self.tags, "tags")?.unwrap_or_default();
        config.validate().map_err(|error| start_error(py, &error))?;
        Ok(config)
    }
}

/// `basenji.SettingError`.
pub(crate) fn setting_error(py: Python<'_>, message: &str) -> PyErr {
    static ERROR: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    made(ERROR.import(py, "basenji.errors", "SettingError").and_then(|class| class.call1((message, code::BAD_SETTING))))
}

/// `basenji.ServerError`, with the system's number of the error where it has one.
pub(crate) fn server_error(py: Python<'_>, message: &str, code: u8, errno: Option<i32>) -> PyErr {
    static ERROR: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    made(ERROR.import(py, "basenji.errors", "ServerError").and_then(|class| class.call1((message, code, errno))))
}

/// Why a server does not start.
pub(crate) fn start_error(py: Python<'_>, error: &StartError) -> PyErr {
    let (code, errno) = match error {
        StartError::Setting { .. } | StartError::BadTag { .. } => return setting_error(py, &error.to_string()),
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
    let number = |name| py.import("errno")?.getattr(name)?.extract::<i32>();
    match errno.map(number).transpose() {
        Ok(errno) => server_error(py, &error.to_string(), code, errno),
        Err(error) => error,
    }
}

fn made(error: PyResult<Bound<'_, PyAny>>) -> PyErr {
    error.map_or_else(|error| error, PyErr::from_value)
}
