//! Python's buffer protocol, by the slots of an object's type: the stable ABI has functions for it only from 3.11 on, while the slots and
//! the struct are the same in 3.10.

use std::ffi::{c_char, c_int, c_void};
use std::mem::transmute;
use std::ptr::null_mut;
use std::slice::from_raw_parts;

use pyo3::ffi;
use pyo3::prelude::*;

/// `Py_buffer`.
#[repr(C)]
struct View {
    buf: *mut c_void,
    obj: *mut ffi::PyObject,
    len: ffi::Py_ssize_t,
    itemsize: ffi::Py_ssize_t,
    readonly: c_int,
    ndim: c_int,
    format: *mut c_char,
    shape: *mut ffi::Py_ssize_t,
    strides: *mut ffi::Py_ssize_t,
    suboffsets: *mut ffi::Py_ssize_t,
    internal: *mut c_void,
}

/// A request for bytes in one piece.
pub(crate) const BYTES: c_int = 0;

type GetBuffer = unsafe extern "C" fn(*mut ffi::PyObject, *mut View, c_int) -> c_int;
type ReleaseBuffer = unsafe extern "C" fn(*mut ffi::PyObject, *mut View);

/// The memory of another object, which its owner keeps in place until this is dropped.
pub(crate) struct Buffer<'py> {
    /// An owner may let fields of the view point to others of it.
    view: Box<View>,
    py: Python<'py>,
}

impl<'py> Buffer<'py> {
    /// The memory of `object`; `None` if it shows none.
    ///
    /// # Errors
    ///
    /// What the owner raises, `BufferError` where the memory is not as requested.
    pub(crate) fn of(object: &Bound<'py, PyAny>, request: c_int) -> PyResult<Option<Self>> {
        let py = object.py();
        // SAFETY: a slot of this number has this type, or is null.
        let get: Option<GetBuffer> =
            unsafe { transmute(ffi::PyType_GetSlot(object.get_type().as_type_ptr(), ffi::Py_bf_getbuffer)) };
        let Some(get) = get else { return Ok(None) };
        let mut view = Box::new(View {
            buf: null_mut(),
            obj: null_mut(),
            len: 0,
            itemsize: 0,
            readonly: 0,
            ndim: 0,
            format: null_mut(),
            shape: null_mut(),
            strides: null_mut(),
            suboffsets: null_mut(),
            internal: null_mut(),
        });
        // SAFETY: the object is of the slot's type, the view is writable and stays where it is.
        if unsafe { get(object.as_ptr(), &mut *view, request) } != 0 {
            return Err(PyErr::fetch(py));
        }
        Ok(Some(Buffer { view, py }))
    }

    /// A copy of the bytes of a buffer that was requested as such: whoever else has the memory may change it later.
    pub(crate) fn to_vec(&self) -> Vec<u8> {
        if self.view.len == 0 {
            return Vec::new();
        }
        // SAFETY: the buffer has so many bytes in one piece, and the owner keeps them in place.
        unsafe { from_raw_parts(self.view.buf.cast::<u8>(), self.view.len.cast_unsigned()) }.to_vec()
    }
}

impl Drop for Buffer<'_> {
    fn drop(&mut self) {
        let owner = self.view.obj;
        if owner.is_null() {
            return;
        }
        // SAFETY: the owner lives, a slot of this number has this type or is null, the view is what its owner has made, and the
        // reference is the view's.
        unsafe {
            let release: Option<ReleaseBuffer> =
                transmute(ffi::PyType_GetSlot(ffi::Py_TYPE(owner), ffi::Py_bf_releasebuffer));
            if let Some(release) = release {
                release(owner, &mut *self.view);
            }
            drop(Bound::from_owned_ptr(self.py, owner));
        }
    }
}
