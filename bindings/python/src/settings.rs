//! What servers and aggregators can be told, and what is said about what they cannot.

use basenji::core::aggregate::{Aggregate, Aggregates, Settings};
use basenji::server::{Config, StartError};
use pyo3::exceptions::PyOverflowError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

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

/// A whole number; one beyond 64 bits is the last one within, which is out of every range.
#[derive(Clone, Copy)]
pub(crate) struct Whole(i64);

impl<'py> FromPyObject<'_, 'py> for Whole {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        match object.extract() {
            Ok(number) => Ok(Whole(number)),
            Err(error) if PyErr::is_instance_of::<PyOverflowError>(&error, object.py()) => {
                Ok(Whole(if object.lt(0)? { i64::MIN } else { i64::MAX }))
            }
            Err(error) => Err(error),
        }
    }
}

impl Whole {
    /// The number, if it is from `least` to `most`.
    pub(crate) fn within<T: TryFrom<i64>>(self, py: Python<'_>, name: &str, least: i64, most: i64) -> PyResult<T> {
        let number = Some(self.0).filter(|number| (least..=most).contains(number));
        number
            .and_then(|number| T::try_from(number).ok())
            .ok_or_else(|| setting_error(py, &format!("{name} must be from {least} to {most}, not {}", self.0)))
    }
}

/// What a server's and an aggregator's series have in common; what is left out has the default of the Rust library.
pub(crate) struct SeriesOptions {
    pub(crate) interval: Option<Whole>,
    pub(crate) counter_zeros: Option<bool>,
    pub(crate) counter_expiry: Option<Whole>,
    pub(crate) aggregates: Option<Vec<String>>,
    pub(crate) tags: Vec<String>,
    pub(crate) contexts: Option<Whole>,
}

impl SeriesOptions {
    /// A configuration with these options.
    pub(crate) fn config(self, py: Python<'_>) -> PyResult<Config> {
        let mut config = Config::default();
        let Settings { bucket_secs, counter_zeros, counter_expiry_secs, aggregates, .. } = &mut config.aggregation;
        if let Some(seconds) = self.interval {
            *bucket_secs = seconds.within(py, "interval", 1, 86400)?;
        }
        *counter_zeros = self.counter_zeros.unwrap_or(*counter_zeros);
        if let Some(seconds) = self.counter_expiry {
            *counter_expiry_secs = seconds.within(py, "counter_expiry", 0, u32::MAX.into())?;
        }
        if let Some(names) = self.aggregates {
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
        if let Some(contexts) = self.contexts {
            config.memory.contexts = contexts.within(py, "contexts", 1, i64::from(u32::MAX) - 1)?;
        }
        config.tags = self.tags;
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
