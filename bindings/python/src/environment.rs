//! What the `basenji` command asks the library for: addresses, and what the environment says of a sender.

use std::path::Path;

use basenji::client::{Address, Environment, container_id};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::setting_error::setting_error;

/// The scheme, the host or the path, and the port of an address; and the address as it is shown.
///
/// # Errors
///
/// `SettingError` that says what is wrong with it.
#[pyfunction]
pub(crate) fn parse_address(py: Python<'_>, text: &str) -> PyResult<(&'static str, String, u16, String)> {
    let address: Address =
        text.parse().map_err(|error: basenji::client::AddressError| setting_error(py, &error.problem.to_string()))?;
    let shown = address.to_string();
    let path = |path: &Path| path.to_string_lossy().into_owned();
    let (scheme, place, port) = match &address {
        Address::Udp { host, port } => ("udp", host.clone(), *port),
        Address::Unix(file) => ("unix", path(file), 0),
        Address::UnixDatagram(file) => ("unixgram", path(file), 0),
        Address::UnixStream(file) => ("unixstream", path(file), 0),
        _ => return Err(setting_error(py, "the Python command has no way to it")),
    };
    Ok((scheme, place, port, shown))
}

/// What every message says of its sender, and where it goes.
#[pyfunction]
pub(crate) fn environment(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let environment = Environment::from_process();
    let detects = environment.origin_detection != Some(false);
    // A pod's UID says more than the container's id.
    let names_container = detects && environment.entity_id.is_none();
    let dict = PyDict::new(py);
    dict.set_item("destination", environment.destination.as_ref().map(Address::to_string))?;
    dict.set_item("tags", environment.global_tags())?;
    dict.set_item("container_id", if names_container { container_id(Path::new("/")) } else { None })?;
    dict.set_item("external_data", environment.external_data.as_ref().filter(|_| detects))?;
    dict.set_item("cardinality", environment.cardinality.map(|level| level.name()))?;
    dict.set_item("disabled", environment.disabled)?;
    dict.set_item("problems", environment.problems.iter().map(ToString::to_string).collect::<Vec<_>>())?;
    Ok(dict)
}
