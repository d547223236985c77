//! What Python's objects mean in a call: names, values, tags, rates.

use std::slice;

use basenji::client::Value;
use pyo3::exceptions::{PyTypeError, PyUnicodeEncodeError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyFloat, PyInt, PyList, PyString, PyTuple};
use smallvec::SmallVec;

use crate::gate;
use crate::given::wrong;

/// Tags that are held without an allocation.
const FEW: usize = 8;

/// Text that has to be a `str`.
///
/// # Errors
///
/// - `TypeError`: it is none;
/// - `UnicodeEncodeError`: it has lone surrogates.
pub(crate) fn text<'a>(object: &'a Bound<'_, PyAny>, argument: &str) -> PyResult<&'a str> {
    let mut len = 0;
    // SAFETY: it takes any object, and refuses what is no string.
    let bytes = unsafe { ffi::PyUnicode_AsUTF8AndSize(object.as_ptr(), &mut len) };
    if bytes.is_null() {
        return Err(no_text(object, argument));
    }
    // SAFETY: it is UTF-8 of this length, which lives as long as the string.
    Ok(unsafe { str::from_utf8_unchecked(slice::from_raw_parts(bytes.cast(), len as usize)) })
}

/// The error for an object that is no text: it is no string, or has lone surrogates.
#[cold]
fn no_text(object: &Bound<'_, PyAny>, argument: &str) -> PyErr {
    let error = PyErr::fetch(object.py());
    match (object.is_instance_of::<PyString>(), object.get_type().name()) {
        (true, _) => error,
        (false, Ok(name)) => PyTypeError::new_err(format!("{argument} must be str, not {name}")),
        (false, Err(error)) => error,
    }
}

/// A value, and the text that it may be of.
pub(crate) enum Held<'py> {
    Integer(i64),
    Double(f64),
    Text(Bound<'py, PyString>),
}

impl<'py> Held<'py> {
    /// Whole numbers of up to 64 bits and doubles as they are, all else as `str()` of it, which may raise.
    pub(crate) fn of(object: &Bound<'py, PyAny>) -> PyResult<Self> {
        if object.is_exact_instance_of::<PyFloat>() {
            return Ok(Held::Double(object.extract()?));
        }
        if object.is_exact_instance_of::<PyInt>() {
            let mut overflow = 0;
            // SAFETY: it is an int.
            let number = unsafe { ffi::PyLong_AsLongLongAndOverflow(object.as_ptr(), &mut overflow) };
            if overflow == 0 {
                return Ok(Held::Integer(number));
            }
        }
        Ok(Held::Text(gate::str(object)?))
    }

    /// The number of opposite sign; `-value` for what is no plain number, and `value` for what is false.
    pub(crate) fn negated(object: &Bound<'py, PyAny>) -> PyResult<Self> {
        match Held::of(object)? {
            Held::Integer(number) if number != i64::MIN => Ok(Held::Integer(-number)),
            Held::Double(number) if number != 0.0 => Ok(Held::Double(-number)),
            _ if gate::is_true(object)? => Held::of(&gate::negative(object)?),
            held => Ok(held),
        }
    }

    /// The value for the core.
    pub(crate) fn value(&self) -> PyResult<Value<'_>> {
        Ok(match self {
            Held::Integer(number) => Value::I64(*number),
            Held::Double(number) => Value::F64(*number),
            Held::Text(text) => Value::Text(text.to_str()?.as_bytes()),
        })
    }
}

/// The tags of a call, held so that their texts stay where they are.
pub(crate) type Tags<'py> = SmallVec<[Bound<'py, PyAny>; FEW]>;

/// The tags as they were given; none for what is false.
///
/// # Errors
///
/// `TypeError`: they cannot be iterated, or, where `strict`, are one text, whose characters are not meant as tags.
pub(crate) fn tags<'py>(object: &Bound<'py, PyAny>, strict: bool) -> PyResult<Tags<'py>> {
    let mut tags = Tags::new();
    if strict && object.is_instance_of::<PyString>() {
        return Err(wrong(object, "tags", "a sequence of str, as in [\"env:dev\"]"));
    }
    if let Ok(list) = object.cast_exact::<PyList>() {
        for at in 0..list.len() {
            // Another thread may have shortened it.
            tags.push(list.get_item(at)?);
        }
    } else if let Ok(tuple) = object.cast_exact::<PyTuple>() {
        tags.extend(tuple.iter());
    } else if !object.is_none() && gate::is_true(object)? {
        for tag in gate::iter(object)? {
            tags.push(tag?);
        }
    }
    Ok(tags)
}

/// Calls `work` with the text of each tag.
///
/// # Errors
///
/// `TypeError`: a tag is no `str`.
pub(crate) fn with_texts<T>(tags: &[Bound<'_, PyAny>], work: impl FnOnce(&[&str]) -> T) -> PyResult<T> {
    let (mut few, mut many) = ([""; FEW], Vec::new());
    let texts = match few.get_mut(..tags.len()) {
        Some(few) => few,
        None => {
            many.resize(tags.len(), "");
            &mut many[..]
        }
    };
    for (slot, tag) in texts.iter_mut().zip(tags) {
        match text(tag, "a tag").map_err(|error| gate::settled(tag.py(), error)) {
            Ok(text) => *slot = text,
            Err(error) if error.is_instance_of::<PyUnicodeEncodeError>(tag.py()) => return with_repaired(tags, work),
            Err(error) => return Err(error),
        }
    }
    Ok(work(texts))
}

/// [`with_texts`] for tags with lone surrogates, which become `?`.
#[cold]
fn with_repaired<T>(tags: &[Bound<'_, PyAny>], work: impl FnOnce(&[&str]) -> T) -> PyResult<T> {
    let repaired: Vec<String> = tags
        .iter()
        .map(|tag| tag.call_method1("encode", ("utf-8", "replace"))?.call_method1("decode", ("utf-8",))?.extract())
        .collect::<PyResult<_>>()?;
    Ok(work(&repaired.iter().map(String::as_str).collect::<Vec<_>>()))
}

/// A sample rate.
///
/// # Errors
///
/// `TypeError`: it is no number.
pub(crate) fn rate(object: &Bound<'_, PyAny>) -> PyResult<f64> {
    gate::float(object).map_err(|_| match object.get_type().name() {
        Ok(name) => PyTypeError::new_err(format!("sample_rate must be a number, not {name}")),
        Err(error) => error,
    })
}

/// An optional text argument of an event or check: `None` and what is false are absent, all else is `str()` of it.
pub(crate) fn optional<'py>(object: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyString>>> {
    if gate::is_true(object)? { gate::str(object).map(Some) } else { Ok(None) }
}

/// A metric's timestamp.
///
/// # Errors
///
/// `TypeError`: it is no number.
pub(crate) fn timestamp<'py>(object: &Bound<'py, PyAny>) -> PyResult<Held<'py>> {
    match Held::of(object)? {
        Held::Text(_) if !object.is_instance_of::<PyInt>() => {
            let seconds = gate::float(object);
            let name = object.get_type().name()?;
            seconds
                .map(Held::Double)
                .map_err(|_| PyTypeError::new_err(format!("timestamp must be a number, not {name}")))
        }
        held => Ok(held),
    }
}
