//! Python's buffer protocol, by the slots of an object's type: the stable ABI has functions for it only from 3.11 on, while the slots and
//! the struct are the same in 3.10.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::marker::PhantomData;
use std::mem::transmute;
use std::ptr::null_mut;
use std::slice::from_raw_parts;

use pyo3::ffi;
use pyo3::prelude::*;

use crate::gate;

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

/// A request for items of a format, with steps between them in any number of dimensions (`PyBUF_RECORDS_RO`).
pub(crate) const ITEMS: c_int = 0x1c;

/// The most dimensions that a buffer may have (`PyBUF_MAX_NDIM`).
const MOST_DIMENSIONS: usize = 64;

/// Numbers that are looked at together.
const CHUNK: usize = 1024;

type GetBuffer = unsafe extern "C-unwind" fn(*mut ffi::PyObject, *mut View, c_int) -> c_int;
type ReleaseBuffer = unsafe extern "C-unwind" fn(*mut ffi::PyObject, *mut View);

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
        if gate::stay(|| unsafe { get(object.as_ptr(), &mut *view, request) }) != 0 {
            return Err(PyErr::fetch(py));
        }
        Ok(Some(Buffer { view, py }))
    }

    /// A copy of the bytes of a buffer that was requested as such: whoever else has the memory may change it later.
    pub(crate) fn to_vec(&self) -> Vec<u8> {
        let len = usize::try_from(self.view.len).unwrap_or(0);
        if len == 0 || self.view.buf.is_null() {
            return Vec::new();
        }
        // SAFETY: the buffer has so many bytes in one piece, and the owner keeps them in place.
        unsafe { from_raw_parts(self.view.buf.cast::<u8>(), len) }.to_vec()
    }
}

impl Buffer<'_> {
    /// The numbers of a buffer that was requested as items; `None` if its items are none, or not as this processor has them.
    pub(crate) fn numbers(&self) -> Option<Numbers<'_>> {
        let format = match self.view.format.is_null() {
            true => c"B",
            // SAFETY: a format is text that ends in a NUL, or null for bytes.
            false => unsafe { CStr::from_ptr(self.view.format) },
        };
        let native = if cfg!(target_endian = "little") { b'<' } else { b'>' };
        let (class, size) = match *format.to_bytes() {
            [class] => (class, self.view.itemsize),
            [order, class] if order == b'@' || order == b'=' || order == native => (class, self.view.itemsize),
            _ => return None,
        };
        let item = match (class, size) {
            (b'd', 8) => Item::F64,
            (b'f', 4) => Item::F32,
            (b'b', 1) => Item::I8,
            (b'h', 2) => Item::I16,
            (b'i' | b'l', 4) => Item::I32,
            (b'l' | b'q' | b'n', 8) => Item::I64,
            (b'B' | b'?', 1) => Item::U8,
            (b'H', 2) => Item::U16,
            (b'I' | b'L', 4) => Item::U32,
            (b'L' | b'Q' | b'N', 8) => Item::U64,
            _ => return None,
        };
        let (lengths, steps) = self.layout()?;
        Some(Numbers { start: self.view.buf.cast(), lengths, steps, item, _buffer: PhantomData })
    }

    /// The lengths and steps of the dimensions, the outermost first; `None` if what the owner says of them does not agree.
    ///
    /// An owner may leave out what follows from the rest, though it was asked for: ctypes gives no steps.
    fn layout(&self) -> Option<(Vec<isize>, Vec<isize>)> {
        let View { len, itemsize, shape, strides, suboffsets, .. } = *self.view;
        let dimensions = usize::try_from(self.view.ndim).ok().filter(|dimensions| *dimensions <= MOST_DIMENSIONS)?;
        let list = |list: *mut ffi::Py_ssize_t| {
            // SAFETY: a list that is there has an entry for each dimension.
            (!list.is_null() && dimensions > 0).then(|| unsafe { from_raw_parts(list, dimensions) }.to_vec())
        };
        let lengths = match (list(shape), dimensions) {
            (Some(lengths), _) => lengths,
            (None, 0) => Vec::new(),
            (None, 1) => vec![len / itemsize],
            (None, _) => return None,
        };
        if list(suboffsets).is_some_and(|offsets| offsets.iter().any(|offset| *offset >= 0)) {
            return None;
        }
        let mut bytes = itemsize;
        let mut steps = vec![0; dimensions];
        for (step, length) in steps.iter_mut().zip(&lengths).rev() {
            *step = bytes;
            bytes = usize::try_from(*length).ok().and_then(|length| bytes.checked_mul(length.cast_signed()))?;
        }
        let is_whole = bytes == len && (len == 0 || !self.view.buf.is_null());
        is_whole.then(|| (lengths, list(strides).unwrap_or(steps)))
    }
}

/// Numbers where their owner has them.
pub(crate) struct Numbers<'a> {
    start: *const u8,
    /// Of each dimension, the outermost first.
    lengths: Vec<isize>,
    /// Bytes from one to the next.
    steps: Vec<isize>,
    item: Item,
    /// It keeps the memory in place.
    _buffer: PhantomData<&'a ()>,
}

/// How a number is stored.
#[derive(Clone, Copy)]
enum Item {
    F64,
    F32,
    I8,
    I16,
    I32,
    I64,
    U8,
    U16,
    U32,
    U64,
}

// SAFETY: their memory stays where it is, whichever thread reads it.
unsafe impl Send for Numbers<'_> {}

impl Numbers<'_> {
    /// How many they are.
    pub(crate) fn len(&self) -> usize {
        self.lengths.iter().map(|length| length.unsigned_abs()).product()
    }

    /// Calls `visit` with copies of all numbers, some at a time. Numbers that other code changes meanwhile are those before or after, or torn.
    pub(crate) fn for_each_chunk(self, mut visit: impl FnMut(&[f64])) {
        if self.lengths.contains(&0) {
            return;
        }
        macro_rules! read {
            ($type:ty) => {{
                let mut chunk = [0.0; CHUNK];
                let mut filled = 0;
                walk(
                    self.start,
                    &self.lengths,
                    &self.steps,
                    &mut |mut at: *const u8, step: isize, mut length: usize| {
                        while length > 0 {
                            let free = &mut chunk[filled..];
                            let now = length.min(free.len());
                            let mut read = |step: isize| {
                                for slot in free.iter_mut().take(now) {
                                    // SAFETY: the address is that of an item of this type, which need not be aligned.
                                    *slot = unsafe { at.cast::<$type>().read_unaligned() } as f64;
                                    at = at.wrapping_offset(step);
                                }
                            };
                            // Several at once, where they stand side by side.
                            const SIZE: isize = size_of::<$type>().cast_signed();
                            if step == SIZE {
                                read(SIZE)
                            } else {
                                read(step)
                            }
                            (filled, length) = (filled + now, length - now);
                            if filled == CHUNK {
                                visit(&chunk);
                                filled = 0;
                            }
                        }
                    },
                );
                visit(&chunk[..filled]);
            }};
        }
        match self.item {
            Item::F64 => read!(f64),
            Item::F32 => read!(f32),
            Item::I8 => read!(i8),
            Item::I16 => read!(i16),
            Item::I32 => read!(i32),
            Item::I64 => read!(i64),
            Item::U8 => read!(u8),
            Item::U16 => read!(u16),
            Item::U32 => read!(u32),
            Item::U64 => read!(u64),
        }
    }
}

/// Calls `visit` for each row of the innermost dimension with its first address, the bytes from one item to the next, and the number of items.
fn walk(start: *const u8, lengths: &[isize], steps: &[isize], visit: &mut impl FnMut(*const u8, isize, usize)) {
    match (lengths, steps) {
        ([length], [step]) => visit(start, *step, length.unsigned_abs()),
        ([length, lengths @ ..], [step, steps @ ..]) => {
            (0..*length).for_each(|number| walk(start.wrapping_offset(number * step), lengths, steps, visit));
        }
        _ => visit(start, 0, 1),
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
                gate::stay(|| release(owner, &mut *self.view));
            }
            drop(Bound::from_owned_ptr(self.py, owner));
        }
    }
}
