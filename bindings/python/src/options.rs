//! The options of a client: what the caller has given, by name; what was not given has the default of the Rust library.

use std::sync::Arc;
use std::time::Duration;

use basenji::client::{Builder, Client, Dialect, Memory, Troubles};
use basenji::settings::{CLIENT, Setting, SettingError, TRANSPORT, Value};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use crate::ends;
use crate::error::error;
use crate::given::text;
use crate::setting_error::setting_error;
use crate::settings::{find, value};

/// A client with these options; those that are `None` count as not given. Its datagrams go to `handed`, if there is one.
///
/// # Errors
///
/// - `TypeError`: an option is of a wrong type, or none of ours;
/// - `basenji.SettingError`: it is out of its range;
/// - `basenji.Error`: the address cannot be used.
pub(crate) fn build(
    options: &Bound<'_, PyDict>,
    drop_in: bool,
    troubles: &Arc<Troubles>,
    handed: Option<&Memory>,
) -> PyResult<Client> {
    let py = options.py();
    let mut builder = Client::builder().telemetry_client("py", env!("CARGO_PKG_VERSION"));
    // The ends of the process, and whoever closes, say how long they wait; a finalizer waits for nothing.
    builder = builder.sender(|sender| sender.stop_timeout = Duration::ZERO);
    if drop_in {
        builder = builder.dialect(Dialect::DATADOGPY);
    }
    if let Some(handed) = handed.cloned() {
        builder = builder.transport(move || Box::new(handed.clone()));
    }
    for (name, object) in options {
        if object.is_none() {
            continue;
        }
        let name = name.cast_into::<PyString>()?;
        builder = match name.to_str()? {
            "telemetry_version" if drop_in => builder.telemetry_client("py", text(&object, "telemetry_version")?),
            "address" => {
                builder.to(&text(&object, "address")?).map_err(|refused| error(py, &refused.to_string(), None, None))?
            }
            name => {
                let setting = find(&[CLIENT, TRANSPORT], name)?;
                with(builder, setting, value(setting, &object)?, drop_in, troubles)
                    .map_err(|refused| setting_error(py, &refused.to_string()))?
            }
        };
    }
    let client = builder.build().map_err(|refused| error(py, &refused.to_string(), None, None))?;
    ends::watch();
    Ok(client)
}

fn with(
    builder: Builder,
    setting: &Setting,
    value: Value,
    drop_in: bool,
    troubles: &Arc<Troubles>,
) -> Result<Builder, SettingError> {
    setting.check(&value).or_else(|refused| if drop_in { Ok(()) } else { Err(refused) })?;
    match (setting.name, value) {
        ("troubles", Value::Whole(most)) => Ok(builder.keep_troubles(most as usize, troubles)),
        // The peer sets the dot whatever stands before it, and takes any rate and any time.
        ("prefix", Value::Text(prefix)) if drop_in && !prefix.is_empty() => Ok(builder.prefix(prefix + ".")),
        ("sample_rate", Value::Number(rate)) if drop_in => Ok(builder.sample_rate(rate)),
        ("flush_interval", Value::Time(time)) if drop_in => Ok(builder.flush_interval(time)),
        ("telemetry_interval", Value::Time(time)) if drop_in => Ok(builder.telemetry_interval(time)),
        (name, value) => builder.set(name, value),
    }
}
