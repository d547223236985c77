//! The arguments of a call that comes by CPython's fast calling convention: no tuple, no dictionary, no copy.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyString, PyTuple};
use pyo3::{Borrowed, ffi};

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

    fn interned(self, py: Python<'_>) -> &Py<PyString> {
        static INTERNED: PyOnceLock<[Py<PyString>; MOST]> = PyOnceLock::new();
        &INTERNED.get_or_init(py, || TEXTS.map(|text| PyString::intern(py, text).unbind()))[self as usize]
    }
}

/// What was given, by [`Name`].
pub(crate) type Given<'a, 'py> = [Option<Borrowed<'a, 'py, PyAny>>; MOST];

/// Sorts the arguments of a call of `method`, whose parameters are `names`, the first `required` of them without a default.
///
/// # Safety
///
/// `arguments` and `keywords` are what CPython passes to a function of `METH_FASTCALL | METH_KEYWORDS`, with `positional` arguments by place.
pub(crate) unsafe fn sort<'a, 'py>(
    py: Python<'py>,
    method: &str,
    (names, required): (&[Name], usize),
    arguments: *const *mut ffi::PyObject,
    positional: usize,
    keywords: *mut ffi::PyObject,
) -> PyResult<Given<'a, 'py>> {
    if positional > names.len() {
        let most = names.len();
        return Err(PyTypeError::new_err(format!(
            "{method}() takes at most {most} arguments, {positional} were given by place"
        )));
    }
    let mut given: Given<'a, 'py> = [None; MOST];
    // SAFETY: the caller passes as many.
    let argument = |at: usize| unsafe { Borrowed::from_ptr(py, *arguments.add(at)) };
    for (at, name) in names.iter().enumerate().take(positional) {
        given[*name as usize] = Some(argument(at));
    }
    if !keywords.is_null() {
        // SAFETY: it is a tuple of names.
        let keywords = unsafe { Borrowed::from_ptr(py, keywords).cast_unchecked::<PyTuple>() };
        for at in 0..keywords.len() {
            let keyword = keywords.get_borrowed_item(at)?;
            let is_same = |name: &&Name| name.interned(py).as_ptr() == keyword.as_ptr();
            let is_equal = |name: &&Name| {
                keyword
                    .cast::<PyString>()
                    .is_ok_and(|keyword| keyword.to_str().is_ok_and(|keyword| keyword == name.text()))
            };
            let Some(&name) = names.iter().find(is_same).or_else(|| names.iter().find(is_equal)) else {
                return Err(PyTypeError::new_err(format!(
                    "{method}() got an unexpected keyword argument '{}'",
                    keyword.str()?
                )));
            };
            if given[name as usize].replace(argument(positional + at)).is_some() {
                let name = name.text();
                return Err(PyTypeError::new_err(format!("{method}() got multiple values for argument '{name}'")));
            }
        }
    }
    match names[..required].iter().find(|name| given[**name as usize].is_none()) {
        None => Ok(given),
        Some(name) => {
            let name = name.text();
            Err(PyTypeError::new_err(format!("{method}() missing required argument: '{name}'")))
        }
    }
}
