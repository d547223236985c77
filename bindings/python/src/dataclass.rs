//! The package's frozen dataclasses, made without their `__init__`, which would set each field through Python.

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple, PyType};

use crate::gate;

/// A dataclass and the names of its fields, in order.
pub(crate) struct Dataclass {
    class: Py<PyType>,
    fields: Vec<Py<PyString>>,
}

impl Dataclass {
    /// The dataclass of this name; the module is imported.
    pub(crate) fn import(py: Python<'_>, module: &str, name: &str) -> PyResult<Self> {
        let class = gate::import(py, module, name)?.cast_into::<PyType>()?;
        let names = class.getattr("__match_args__")?.cast_into::<PyTuple>()?;
        let fields = names.iter().map(|name| Ok(name.cast_into::<PyString>()?.unbind())).collect::<PyResult<_>>()?;
        Ok(Dataclass { class: class.unbind(), fields })
    }

    /// An instance with these values, one for each field in order.
    pub(crate) fn make<'py, const N: usize>(
        &self,
        py: Python<'py>,
        values: [Bound<'py, PyAny>; N],
    ) -> PyResult<Bound<'py, PyAny>> {
        debug_assert_eq!(self.fields.len(), N);
        // SAFETY: the class is one of Python's own layout, whose `__new__` does no more than this.
        let made = unsafe { ffi::PyType_GenericAlloc(self.class.bind(py).as_type_ptr(), 0) };
        // SAFETY: it is a new reference or none.
        let object = unsafe { Bound::from_owned_ptr_or_err(py, made) }?;
        for (field, value) in self.fields.iter().zip(values) {
            // SAFETY: all are objects; the class's own `__setattr__`, which refuses, is passed by.
            if unsafe { ffi::PyObject_GenericSetAttr(object.as_ptr(), field.as_ptr(), value.as_ptr()) } != 0 {
                return Err(PyErr::fetch(py));
            }
        }
        Ok(object)
    }
}
