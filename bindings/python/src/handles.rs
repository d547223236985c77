//! Handles: name and tags are looked up once, and their calls touch no string.

use basenji::client::{Counter, Gauge, SampleHandle};
use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyType;

use crate::emitter::Emitter;
use crate::error::error;
use crate::values;

/// A counter.
#[pyclass(frozen, name = "Counter", module = "basenji")]
pub(crate) struct CounterHandle(Counter, Label);

/// A gauge.
#[pyclass(frozen, name = "Gauge", module = "basenji")]
pub(crate) struct GaugeHandle(Gauge, Label);

/// What takes samples: a distribution, a histogram or a timing.
#[pyclass(frozen, subclass, module = "basenji._basenji")]
pub(crate) struct Samples(SampleHandle, Label);

/// Name and tags, as they are shown.
struct Label(Box<str>);

impl Label {
    fn new(name: &str, tags: &[&str]) -> Label {
        let hash = if tags.is_empty() { "" } else { " #" };
        Label(format!("{name}{hash}{}", tags.join(",")).into())
    }
}

macro_rules! shown {
    ($($class:ident: $name:literal;)+) => {
        $(
            #[pymethods]
            impl $class {
                fn __repr__(&self) -> String {
                    format!(concat!("<", $name, " {}>"), self.1.0)
                }
            }
        )+
    };
}

shown! {
    CounterHandle: "Counter";
    GaugeHandle: "Gauge";
    Samples: "Samples";
}

#[pymethods]
impl Emitter {
    #[pyo3(signature = (name, tags))]
    fn _counter(&self, name: &Bound<'_, PyAny>, tags: &Bound<'_, PyAny>) -> PyResult<CounterHandle> {
        self.handle(name, tags, |client, name, tags| CounterHandle(client.counter(name, tags), Label::new(name, tags)))
    }

    #[pyo3(signature = (name, tags))]
    fn _gauge(&self, name: &Bound<'_, PyAny>, tags: &Bound<'_, PyAny>) -> PyResult<GaugeHandle> {
        self.handle(name, tags, |client, name, tags| {
            GaugeHandle(client.gauge_handle(name, tags), Label::new(name, tags))
        })
    }

    #[pyo3(signature = (kind, name, tags))]
    fn _samples(&self, kind: &str, name: &Bound<'_, PyAny>, tags: &Bound<'_, PyAny>) -> PyResult<Samples> {
        self.handle(name, tags, |client, name, tags| {
            let samples = match kind {
                "h" => client.histogram_handle(name, tags),
                "ms" => client.timing_handle(name, tags),
                _ => client.distribution_handle(name, tags),
            };
            Samples(samples, Label::new(name, tags))
        })
    }
}

impl Emitter {
    fn handle<T>(
        &self,
        name: &Bound<'_, PyAny>,
        tags: &Bound<'_, PyAny>,
        make: impl FnOnce(&basenji::client::Client, &str, &[&str]) -> T,
    ) -> PyResult<T> {
        let refused = || {
            error(name.py(), "a client that sends a datagram a call has no handles: profile=\"fast\" has", None, None)
        };
        let client = self.client.load_full().ok_or_else(refused)?;
        let tags = values::tags(tags, self.is_own())?;
        let name = values::text(name, "name")?;
        values::with_texts(&tags, |tags| make(&client, name, tags))
    }
}

/// Puts the calls onto the classes.
pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    let counter = py.get_type::<CounterHandle>();
    method(&counter, c"inc", ffi::METH_NOARGS, increment, c"inc($self)\n--\n\nAdds 1.")?;
    method(&counter, c"dec", ffi::METH_NOARGS, decrement, c"dec($self)\n--\n\nTakes 1.")?;
    method(
        &counter,
        c"add",
        ffi::METH_O,
        add_to,
        c"add($self, value, /)\n--\n\nAdds a whole number of up to 64 bits.",
    )?;
    method(
        &py.get_type::<GaugeHandle>(),
        c"set",
        ffi::METH_O,
        set,
        c"set($self, value, /)\n--\n\nSets it to a number.",
    )?;
    let doc = c"record($self, value, /)\n--\n\nTakes a number as a sample.";
    method(&py.get_type::<Samples>(), c"record", ffi::METH_O, record, doc)?;
    module.add("Counter", counter)?;
    module.add("Gauge", py.get_type::<GaugeHandle>())?;
    module.add_class::<Samples>()
}

fn method(
    class: &Bound<'_, PyType>,
    name: &'static std::ffi::CStr,
    flags: i32,
    function: ffi::PyCFunction,
    doc: &'static std::ffi::CStr,
) -> PyResult<()> {
    // It lives as long as the class, which is for ever.
    let definition = Box::leak(Box::new(ffi::PyMethodDef {
        ml_name: name.as_ptr(),
        ml_meth: ffi::PyMethodDefPointer { PyCFunction: function },
        ml_flags: flags,
        ml_doc: doc.as_ptr(),
    }));
    // SAFETY: class and definition are whole, and a descriptor of the class checks what it is called on.
    let made = unsafe { ffi::PyDescr_NewMethod(class.as_type_ptr(), definition) };
    // SAFETY: it is a new reference or none.
    let descriptor = unsafe { Bound::from_owned_ptr_or_err(class.py(), made) }?;
    class.setattr(descriptor.getattr("__name__")?.cast::<pyo3::types::PyString>()?, &descriptor)
}

/// `None`, as a method returns it.
fn none(py: Python<'_>) -> *mut ffi::PyObject {
    py.None().into_ptr()
}

/// Calls `work` on a handle; neither it nor the conversion of a number panics.
///
/// # Safety
///
/// `slf` is an instance of `T`, and the thread is attached.
unsafe fn on<T: pyo3::PyClass<Frozen = pyo3::pyclass::boolean_struct::True> + Sync>(
    slf: *mut ffi::PyObject,
    work: impl FnOnce(&T),
) -> *mut ffi::PyObject {
    // SAFETY: the caller says so.
    let py = unsafe { Python::assume_attached() };
    // SAFETY: the caller says so.
    let slf = unsafe { Borrowed::from_ptr(py, slf).cast_unchecked::<T>() };
    work(slf.get());
    none(py)
}

unsafe extern "C" fn increment(slf: *mut ffi::PyObject, _: *mut ffi::PyObject) -> *mut ffi::PyObject {
    // SAFETY: the descriptor has checked it.
    unsafe { on::<CounterHandle>(slf, |counter| counter.0.increment()) }
}

unsafe extern "C" fn decrement(slf: *mut ffi::PyObject, _: *mut ffi::PyObject) -> *mut ffi::PyObject {
    // SAFETY: the descriptor has checked it.
    unsafe { on::<CounterHandle>(slf, |counter| counter.0.decrement()) }
}

unsafe extern "C" fn add_to(slf: *mut ffi::PyObject, value: *mut ffi::PyObject) -> *mut ffi::PyObject {
    let mut overflow = 0;
    // SAFETY: it takes any object.
    let number = unsafe { ffi::PyLong_AsLongLongAndOverflow(value, &mut overflow) };
    // SAFETY: CPython calls with a thread state.
    let py = unsafe { Python::assume_attached() };
    if overflow != 0 {
        PyOverflowError::new_err("value must be a whole number of up to 64 bits").restore(py);
        return std::ptr::null_mut();
    }
    if number == -1 && PyErr::occurred(py) {
        PyErr::take(py);
        PyTypeError::new_err("value must be a whole number").restore(py);
        return std::ptr::null_mut();
    }
    // SAFETY: the descriptor has checked it.
    unsafe { on::<CounterHandle>(slf, |counter| counter.0.add(number)) }
}

/// The number of a call; `None` with an exception set.
fn number(value: *mut ffi::PyObject) -> Option<f64> {
    // SAFETY: it takes any object, and CPython calls with a thread state.
    let (number, py) = unsafe { (ffi::PyFloat_AsDouble(value), Python::assume_attached()) };
    if number == -1.0 && PyErr::occurred(py) {
        PyErr::take(py);
        PyTypeError::new_err("value must be a number").restore(py);
        return None;
    }
    Some(number)
}

unsafe extern "C" fn set(slf: *mut ffi::PyObject, value: *mut ffi::PyObject) -> *mut ffi::PyObject {
    let Some(number) = number(value) else { return std::ptr::null_mut() };
    // SAFETY: the descriptor has checked it.
    unsafe { on::<GaugeHandle>(slf, |gauge| gauge.0.set(number)) }
}

unsafe extern "C" fn record(slf: *mut ffi::PyObject, value: *mut ffi::PyObject) -> *mut ffi::PyObject {
    let Some(number) = number(value) else { return std::ptr::null_mut() };
    // SAFETY: the descriptor has checked it.
    unsafe { on::<Samples>(slf, |samples| samples.0.record(number)) }
}
