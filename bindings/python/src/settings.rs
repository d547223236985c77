//! The settings of servers and aggregators.

use std::time::Duration;

use basenji::server::Config;
use basenji::settings::{self, Kind, Setting, Value};
use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use crate::gate;
use crate::given::{given, number, text, wrong};
use crate::setting_error::{setting_error, start_error};

/// An option as Python has it.
pub(crate) type Maybe<'a, 'py> = Option<&'a Bound<'py, PyAny>>;

/// A configuration with these options; those that are `None` count as not given.
///
/// # Errors
///
/// - `TypeError`: an option is of a wrong type, or not in `known`;
/// - `basenji.SettingError`: it is out of its range.
pub(crate) fn config(options: Option<&Bound<'_, PyDict>>, known: &[&'static [Setting]]) -> PyResult<Config> {
    let mut config = Config::default();
    // A set's series has them.
    config.aggregation.set_members = true;
    let Some(options) = options else { return Ok(config) };
    let py = options.py();
    for (name, object) in options {
        let name = name.cast_into::<PyString>()?;
        let setting = find(known, name.to_str()?)?;
        if !object.is_none() {
            config
                .set(setting.name, value(setting, &object)?)
                .map_err(|error| setting_error(py, &error.to_string()))?;
        }
    }
    config.validate().map_err(|error| start_error(py, &error))?;
    Ok(config)
}

/// The option of this name.
///
/// # Errors
///
/// `TypeError`: there is none.
pub(crate) fn find(known: &[&'static [Setting]], name: &str) -> PyResult<&'static Setting> {
    settings::find(known.iter().copied().flatten(), name).map_err(|error| PyTypeError::new_err(error.to_string()))
}

/// The value that Python has given for an option; times are in seconds.
///
/// # Errors
///
/// - `TypeError`: it is of a wrong type;
/// - `basenji.SettingError`: it is no number that the option can have.
pub(crate) fn value(setting: &Setting, object: &Bound<'_, PyAny>) -> PyResult<Value> {
    let (py, name) = (object.py(), setting.name);
    let refuse = || setting_error(py, &setting.refuse(object).to_string());
    Ok(match setting.kind {
        Kind::Switch => Value::Switch(given(object, name, "bool")?),
        Kind::Whole => Value::Whole(given(object, name, "an int").map_err(|error| {
            let error = gate::settled(py, error);
            if error.is_instance_of::<PyOverflowError>(py) { refuse() } else { error }
        })?),
        Kind::Share => Value::Number(number(object, name)?),
        Kind::Time => Value::Time(Duration::try_from_secs_f64(number(object, name)?).map_err(|_| refuse())?),
        Kind::List if object.is_instance_of::<PyString>() => return Err(wrong(object, name, TEXTS)),
        Kind::List => Value::List(given(object, name, TEXTS)?),
        _ => Value::Text(text(object, name)?),
    })
}

/// What a list of texts is.
const TEXTS: &str = "a sequence of str";
