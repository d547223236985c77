//! Arguments of calls that are not hot; whatever is wrong with one, the error names it.
//!
//! pyo3 has the name in a note, which Python shows from 3.11 on, and in a traceback only.

use pyo3::conversion::FromPyObject;
use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::prelude::*;

use crate::gate;
use crate::setting_error::setting_error;

/// The argument `name`, which must be `kind`.
///
/// # Errors
///
/// `TypeError`: it is none. What its own code raises stays as it is.
pub(crate) fn given<'py, T: for<'a> FromPyObject<'a, 'py, Error = E>, E: Into<PyErr>>(
    object: &Bound<'py, PyAny>,
    name: &str,
    kind: &str,
) -> PyResult<T> {
    object.extract().map_err(|error: E| named(object, name, kind, error.into()))
}

#[cold]
fn named(object: &Bound<'_, PyAny>, name: &str, kind: &str, error: PyErr) -> PyErr {
    let error = gate::settled(object.py(), error);
    if error.is_instance_of::<PyTypeError>(object.py()) { wrong(object, name, kind) } else { error }
}

/// The error of an argument that is not `kind`; it shows the argument, for of a list it may be an item that is wrong.
#[cold]
pub(crate) fn wrong(object: &Bound<'_, PyAny>, name: &str, kind: &str) -> PyErr {
    match gate::repr(object) {
        Ok(shown) => PyTypeError::new_err(format!("{name} must be {kind}, not {shown}")),
        Err(error) => error,
    }
}

/// A number.
pub(crate) fn number(object: &Bound<'_, PyAny>, name: &str) -> PyResult<f64> {
    gate::float(object).map_err(|error| named(object, name, "a number", error))
}

/// A number, if there is one.
pub(crate) fn maybe_number(object: Option<&Bound<'_, PyAny>>, name: &str) -> PyResult<Option<f64>> {
    object.map(|object| number(object, name)).transpose()
}

/// Text.
pub(crate) fn text(object: &Bound<'_, PyAny>, name: &str) -> PyResult<String> {
    given(object, name, "str")
}

/// Several texts, if there are any.
pub(crate) fn maybe_texts(object: Option<&Bound<'_, PyAny>>, name: &str) -> PyResult<Option<Vec<String>>> {
    object.map(|object| given(object, name, "a sequence of str")).transpose()
}

/// A whole number from `least` to `most`, if there is one.
///
/// # Errors
///
/// - `TypeError`: it is none;
/// - `SettingError`: it is another one.
pub(crate) fn maybe_whole<T: TryFrom<i64>>(
    object: Option<&Bound<'_, PyAny>>,
    name: &str,
    least: i64,
    most: i64,
) -> PyResult<Option<T>> {
    let Some(object) = object else { return Ok(None) };
    let given = given::<i64, _>(object, name, "an int").map_err(|error| gate::settled(object.py(), error));
    let number = match given {
        Err(error) if error.is_instance_of::<PyOverflowError>(object.py()) => None,
        number => Some(number?),
    };
    let within = number.filter(|number| (least..=most).contains(number)).and_then(|number| T::try_from(number).ok());
    let wrong = || setting_error(object.py(), &format!("{name} must be from {least} to {most}, not {object}"));
    within.ok_or_else(wrong).map(Some)
}

macro_rules! named {
    ($($name:ident: $type:ty = $kind:literal;)+) => {
        $(
            #[doc = concat!("The argument `", stringify!($name), "`, for pyo3's `from_py_with`, which knows no name.")]
            pub(crate) fn $name(object: &Bound<'_, PyAny>) -> PyResult<$type> {
                given(object, stringify!($name), $kind)
            }
        )+
    };
}

named! {
    return_errors: bool = "bool";
    bins: i64 = "an int";
    weight: f64 = "a number";
    q: f64 = "a number";
    form: String = "str";
}
