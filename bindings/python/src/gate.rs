//! The calls that may run Python code.
//!
//! Up to 3.13 CPython ends a thread that asks for the interpreter's lock while the interpreter ends: by `pthread_exit`, which with glibc unwinds the
//! thread's stack. A Rust frame in the way aborts the process. So whatever may run Python code is called from here, and a thread that
//! is being ended stays here for ever, as CPython itself has it from 3.14 on; the end of the process takes it along. No frame is unwound and nothing is
//! dropped. pyo3 does the same where it gives the lock back ([`Python::detach`]).
//!
//! Who calls holds no lock of ours, for it may not come back.

use std::hint::black_box;
use std::mem::{forget, transmute};
use std::thread;

use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple, PyType};

/// Makes a call that may unwind, and lets no unwinding pass.
#[inline]
pub(crate) fn stay<T>(call: impl FnOnce() -> T) -> T {
    /// Its drop, which only an unwinding thread comes to, does not return.
    struct Stay;

    impl Drop for Stay {
        fn drop(&mut self) {
            loop {
                thread::park();
            }
        }
    }

    let stay = Stay;
    let result = call();
    forget(stay);
    result
}

/// Calls a function of CPython that may run Python code; the function's type says that it may unwind.
///
/// `black_box` keeps the compiler from seeing that the function is one that pyo3 has declared as never unwinding.
macro_rules! guarded {
    ($function:path as fn($($type:ty),*) -> $result:ty, $($argument:expr),*) => {{
        let function: unsafe extern "C" fn($($type),*) -> $result = black_box($function);
        // SAFETY: ABIs that differ in whether they may unwind are compatible.
        let function: unsafe extern "C-unwind" fn($($type),*) -> $result = unsafe { transmute(function) };
        // SAFETY: the arguments are live objects, and the thread is attached.
        stay(|| unsafe { function($($argument),*) })
    }};
}

type Object = *mut ffi::PyObject;

/// A new reference, or the exception that is set.
fn owned(py: Python<'_>, object: Object) -> PyResult<Bound<'_, PyAny>> {
    // SAFETY: it is a new reference or none.
    unsafe { Bound::from_owned_ptr_or_err(py, object) }
}

/// The error as an exception object, for it to be looked at: pyo3 would give the interpreter's lock back and take it again for that, which an end of
/// the interpreter does not survive.
pub(crate) fn settled(py: Python<'_>, error: PyErr) -> PyErr {
    error.restore(py);
    PyErr::fetch(py)
}

/// `callable(*arguments)`.
pub(crate) fn call<'py>(callable: &Bound<'py, PyAny>, arguments: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, PyAny>> {
    let (callable, arguments, none) = (callable.as_ptr(), arguments.as_ptr(), std::ptr::null_mut());
    let result = guarded!(ffi::PyObject_Call as fn(Object, Object, Object) -> Object, callable, arguments, none);
    // SAFETY: the thread is attached: it has called.
    owned(unsafe { Python::assume_attached() }, result)
}

/// `object.name`.
pub(crate) fn get<'py>(object: &Bound<'py, PyAny>, name: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
    let result = guarded!(ffi::PyObject_GetAttr as fn(Object, Object) -> Object, object.as_ptr(), name.as_ptr());
    owned(object.py(), result)
}

/// `object.name(*arguments)`.
pub(crate) fn method<'py, A>(
    object: &Bound<'py, PyAny>,
    name: &Bound<'py, PyString>,
    arguments: A,
) -> PyResult<Bound<'py, PyAny>>
where
    A: IntoPyObject<'py, Target = PyTuple, Output = Bound<'py, PyTuple>, Error: Into<PyErr>>,
{
    let arguments = arguments.into_pyobject(object.py()).map_err(Into::into)?;
    call(&get(object, name)?, &arguments)
}

/// `str(object)`.
pub(crate) fn str<'py>(object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyString>> {
    let result = guarded!(ffi::PyObject_Str as fn(Object) -> Object, object.as_ptr());
    Ok(owned(object.py(), result)?.cast_into()?)
}

/// `repr(object)`.
pub(crate) fn repr<'py>(object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyString>> {
    let result = guarded!(ffi::PyObject_Repr as fn(Object) -> Object, object.as_ptr());
    Ok(owned(object.py(), result)?.cast_into()?)
}

/// `bool(object)`.
pub(crate) fn is_true(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    match guarded!(ffi::PyObject_IsTrue as fn(Object) -> std::ffi::c_int, object.as_ptr()) {
        -1 => Err(PyErr::fetch(object.py())),
        result => Ok(result != 0),
    }
}

/// `-object`.
pub(crate) fn negative<'py>(object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    owned(object.py(), guarded!(ffi::PyNumber_Negative as fn(Object) -> Object, object.as_ptr()))
}

/// The object as a double, by its `__float__` or `__index__`.
pub(crate) fn float(object: &Bound<'_, PyAny>) -> PyResult<f64> {
    let number = guarded!(ffi::PyFloat_AsDouble as fn(Object) -> f64, object.as_ptr());
    match PyErr::take(object.py()).filter(|_| number == -1.0) {
        Some(error) => Err(error),
        None => Ok(number),
    }
}

/// `iter(object)`.
pub(crate) fn iter<'py>(object: &Bound<'py, PyAny>) -> PyResult<Iterator<'py>> {
    owned(object.py(), guarded!(ffi::PyObject_GetIter as fn(Object) -> Object, object.as_ptr())).map(Iterator)
}

/// What an object gives one by one.
pub(crate) struct Iterator<'py>(Bound<'py, PyAny>);

impl<'py> std::iter::Iterator for Iterator<'py> {
    type Item = PyResult<Bound<'py, PyAny>>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = guarded!(ffi::PyIter_Next as fn(Object) -> Object, self.0.as_ptr());
        // SAFETY: it is a new reference or none.
        match unsafe { Bound::from_owned_ptr_or_opt(self.0.py(), next) } {
            Some(next) => Some(Ok(next)),
            None => PyErr::take(self.0.py()).map(Err),
        }
    }
}

/// A class or function of a module, which is imported if it was not.
pub(crate) fn import<'py>(py: Python<'py>, module: &str, name: &str) -> PyResult<Bound<'py, PyAny>> {
    let module = PyString::new(py, module);
    let found = guarded!(ffi::PyImport_Import as fn(Object) -> Object, module.as_ptr());
    get(&owned(py, found)?, &PyString::new(py, name))
}

/// The class of that name.
pub(crate) fn class(py: Python<'_>, module: &str, name: &str) -> PyResult<Py<PyType>> {
    let found = import(py, module, name)?.cast_into::<PyType>();
    found.map(Bound::unbind).map_err(|error| PyTypeError::new_err(error.to_string()))
}
