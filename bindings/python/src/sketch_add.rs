//! `Sketch.add`, which is called often: a raw function of CPython's fast calling convention.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::slice;

use pyo3::exceptions::{PyRuntimeError, PyTypeError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyTuple, PyType};

use crate::given;
use crate::sketch::PySketch;

const DOC: &std::ffi::CStr = c"add($self, values, weight=1.0)\n--\n\nCounts a number or each of several, `weight` times.\n\
\n\
`values` is a number, something that shows numbers in its memory, as `array.array` and numpy's arrays of any shape do, or any\n\
iterable of numbers. Memory is read in place, without a copy and without the interpreter's lock, unless its byte order is not the\n\
machine's or its numbers are none of C's. `weight` is 1 divided by the sample rate, 1 or more. NaN and infinities are ignored, as in\n\
the Agent.\n\
\n\
>>> import array\n\
>>> from basenji import Sketch\n\
>>> sketch = Sketch()\n\
>>> sketch.add(array.array(\"d\", [0.5, 1.5]))\n\
>>> sketch.add(7, weight=10)\n\
>>> sketch.count, sketch.sum\n\
(12, 72.0)\n\
\n\
Raises TypeError for what is no number, and OverflowError for one beyond all doubles; nothing is counted then. ValueError for a\n\
weight out of its range.";

/// Puts the method onto the class.
pub(crate) fn add(class: &Bound<'_, PyType>) -> PyResult<()> {
    // It lives as long as the class, which is for ever.
    let definition = Box::leak(Box::new(ffi::PyMethodDef {
        ml_name: c"add".as_ptr(),
        ml_meth: ffi::PyMethodDefPointer { PyCFunctionFastWithKeywords: enter },
        ml_flags: ffi::METH_FASTCALL | ffi::METH_KEYWORDS,
        ml_doc: DOC.as_ptr(),
    }));
    // SAFETY: class and definition are whole, and a descriptor of the class checks what it is called on.
    let made = unsafe { ffi::PyDescr_NewMethod(class.as_type_ptr(), definition) };
    // SAFETY: it is a new reference or none.
    class.setattr("add", unsafe { Bound::from_owned_ptr_or_err(class.py(), made) }?)
}

/// The boundary: no panic and no error passes it but as an exception.
unsafe extern "C" fn enter(
    slf: *mut ffi::PyObject,
    arguments: *const *mut ffi::PyObject,
    positional: ffi::Py_ssize_t,
    keywords: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: CPython calls with a thread state.
    let py = unsafe { Python::assume_attached() };
    // SAFETY: the descriptor has checked that it is a sketch.
    let slf = unsafe { Borrowed::from_ptr(py, slf).cast_unchecked::<PySketch>() };
    if positional == 1 && keywords.is_null() {
        // SAFETY: there is one argument, a live object; of a float the value is read.
        let number = unsafe { (ffi::PyFloat_CheckExact(*arguments) != 0).then(|| ffi::PyFloat_AsDouble(*arguments)) };
        if number.is_some_and(|number| slf.get().add_now(number)) {
            return py.None().into_ptr();
        }
    }
    let work = || {
        // SAFETY: as CPython passes them: those by place, and one for each keyword.
        let named = unsafe { Bound::from_borrowed_ptr_or_opt(py, keywords) };
        let named = named.map(|names| names.cast_into::<PyTuple>()).transpose()?;
        let len = positional as usize + named.as_ref().map_or(0, |names| names.len());
        // SAFETY: as above.
        let all = if len == 0 { &[] } else { unsafe { slice::from_raw_parts(arguments, len) } };
        // SAFETY: they are live objects for the time of the call.
        let argument = |at: usize| unsafe { Bound::from_borrowed_ptr(py, all[at]) };
        let mut given: [Option<Bound<'_, PyAny>>; 2] = [None, None];
        if positional > 2 {
            let most = format!("Sketch.add() takes from 1 to 2 positional arguments but {positional} were given");
            return Err(PyTypeError::new_err(most));
        }
        (0..positional as usize).for_each(|at| given[at] = Some(argument(at)));
        for (at, name) in named.iter().flatten().enumerate() {
            let name = name.to_string();
            let place = match &*name {
                "values" => 0,
                "weight" => 1,
                _ => {
                    let unexpected = format!("Sketch.add() got an unexpected keyword argument '{name}'");
                    return Err(PyTypeError::new_err(unexpected));
                }
            };
            if given[place].replace(argument(positional as usize + at)).is_some() {
                let twice = format!("Sketch.add() got multiple values for argument '{name}'");
                return Err(PyTypeError::new_err(twice));
            }
        }
        let [Some(values), weight] = given else {
            return Err(PyTypeError::new_err("Sketch.add() missing 1 required positional argument: 'values'"));
        };
        slf.get().add(&values, weight.as_ref().map_or(Ok(1.0), given::weight)?)
    };
    let error = match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(())) => return py.None().into_ptr(),
        Ok(Err(error)) => error,
        Err(_) => PyRuntimeError::new_err("basenji: a bug; please report it"),
    };
    error.restore(py);
    std::ptr::null_mut()
}
