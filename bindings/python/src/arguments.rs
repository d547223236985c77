//! The arguments of a call that comes by CPython's fast calling convention: no tuple, no dictionary, no copy.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyString, PyTuple};
use pyo3::{Borrowed, ffi};

use crate::gate;

/// Most arguments of a method.
pub(crate) const MOST: usize = 6;

/// A name that an argument can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Name {
    Metric,
    Value,
    Timestamp,
    Tags,
    SampleRate,
    Cardinality,
}

const TEXTS: [&str; MOST] = ["metric", "value", "timestamp", "tags", "sample_rate", "cardinality"];

impl Name {
    pub(crate) fn text(self) -> &'static str {
        TEXTS[self as usize]
    }

    /// The objects that these names are in code that is compiled, in the order of the names.
    #[inline]
    fn interned(py: Python<'_>) -> &[Py<PyString>; MOST] {
        static INTERNED: PyOnceLock<[Py<PyString>; MOST]> = PyOnceLock::new();
        INTERNED.get_or_init(py, || TEXTS.map(|text| PyString::intern(py, text).unbind()))
    }
}

/// What was given, by [`Name`].
pub(crate) type Given<'a, 'py> = [Option<Borrowed<'a, 'py, PyAny>>; MOST];

/// Sorts the arguments of a call of `method` into `given`, which is empty; its parameters are `names`, the first `required` of them without a
/// default.
///
/// # Safety
///
/// `arguments` and `keywords` are what CPython passes to a function of `METH_FASTCALL | METH_KEYWORDS`, with `positional` arguments by place.
#[inline]
pub(crate) unsafe fn sort<'a, 'py>(
    py: Python<'py>,
    method: &str,
    (names, required): (&[Name], usize),
    (arguments, positional): (*const *mut ffi::PyObject, usize),
    keywords: *mut ffi::PyObject,
    given: &mut Given<'a, 'py>,
) -> PyResult<()> {
    if positional > names.len() {
        return Err(too_many(method, names.len(), positional));
    }
    // SAFETY: the caller passes as many.
    let argument = |at: usize| unsafe { Borrowed::from_ptr(py, *arguments.add(at)) };
    for (at, name) in names.iter().enumerate().take(positional) {
        given[*name as usize] = Some(argument(at));
    }
    if !keywords.is_null() {
        // SAFETY: it is a tuple of names.
        let keywords = unsafe { Borrowed::from_ptr(py, keywords).cast_unchecked::<PyTuple>() };
        let interned = Name::interned(py);
        for at in 0..keywords.len() {
            // SAFETY: it has as many.
            let keyword = unsafe { keywords.get_borrowed_item_unchecked(at) };
            let is_same = |name: &&Name| interned[**name as usize].as_ptr() == keyword.as_ptr();
            let name = match names.iter().find(is_same) {
                Some(name) => *name,
                None => by_text(method, names, keyword)?,
            };
            if given[name as usize].replace(argument(positional + at)).is_some() {
                return Err(twice(method, name));
            }
        }
    }
    match names[..required].iter().find(|name| given[**name as usize].is_none()) {
        None => Ok(()),
        Some(name) => Err(missing(method, *name)),
    }
}

/// The name that a keyword which is not interned has.
#[cold]
fn by_text(method: &str, names: &[Name], keyword: Borrowed<'_, '_, PyAny>) -> PyResult<Name> {
    let text = gate::str(&keyword)?;
    let is_equal = |name: &&Name| text.to_str().is_ok_and(|text| text == name.text());
    let unexpected = || PyTypeError::new_err(format!("{method}() got an unexpected keyword argument '{text}'"));
    names.iter().find(is_equal).copied().ok_or_else(unexpected)
}

#[cold]
fn too_many(method: &str, most: usize, given: usize) -> PyErr {
    PyTypeError::new_err(format!("{method}() takes at most {most} arguments, {given} were given by place"))
}

#[cold]
fn twice(method: &str, name: Name) -> PyErr {
    PyTypeError::new_err(format!("{method}() got multiple values for argument '{}'", name.text()))
}

#[cold]
fn missing(method: &str, name: Name) -> PyErr {
    PyTypeError::new_err(format!("{method}() missing required argument: '{}'", name.text()))
}
