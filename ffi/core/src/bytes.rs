//! Pointers of a C caller as slices and references.

use core::ffi::{CStr, c_char};

use basenji_core::state::StateError;

use crate::status::*;

/// Bytes of somebody else: `len` of them from `ptr` on. Text is not terminated by a NUL. `ptr` is NULL where there is nothing, as
/// opposed to no bytes.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct bj_bytes {
    /// The first byte.
    pub ptr: *const u8,
    /// How many there are.
    pub len: usize,
}

impl bj_bytes {
    /// Nothing.
    pub const NONE: bj_bytes = bj_bytes { ptr: core::ptr::null(), len: 0 };

    /// The bytes of a slice, which live as long as it does.
    pub fn of(bytes: &[u8]) -> bj_bytes {
        bj_bytes { ptr: bytes.as_ptr(), len: bytes.len() }
    }

    /// The bytes of a slice, or nothing.
    pub fn maybe(bytes: Option<&[u8]>) -> bj_bytes {
        bytes.map_or(bj_bytes::NONE, bj_bytes::of)
    }
}

/// `len` bytes from `ptr` on; a NULL of no bytes is an empty slice.
///
/// # Errors
///
/// `null`: the pointer is NULL and the length is not 0, or is more than any memory has.
///
/// # Safety
///
/// `ptr` is NULL or points to `len` bytes that nobody changes during `'a`.
pub unsafe fn bytes<'a>(ptr: *const u8, len: usize, null: bj_status) -> Result<&'a [u8], bj_status> {
    if len == 0 {
        return Ok(&[]);
    }
    if ptr.is_null() || isize::try_from(len).is_err() {
        return Err(null);
    }
    // SAFETY: it is not NULL, and the rest is this function's contract.
    Ok(unsafe { core::slice::from_raw_parts(ptr, len) })
}

/// The bytes of a text that has to be there.
///
/// # Errors
///
/// `null`: it is NULL.
///
/// # Safety
///
/// As [`bytes`].
#[inline]
pub unsafe fn given<'a>(text: bj_bytes, null: bj_status) -> Result<&'a [u8], bj_status> {
    if text.ptr.is_null() {
        return Err(null);
    }
    // SAFETY: as this function's contract says.
    unsafe { bytes(text.ptr, text.len, null) }
}

/// The bytes of a text that need not be there; none of them counts as nothing.
///
/// # Errors
///
/// `null`: it is NULL and has a length.
///
/// # Safety
///
/// As [`bytes`].
pub(crate) unsafe fn maybe<'a>(text: bj_bytes, null: bj_status) -> Result<Option<&'a [u8]>, bj_status> {
    // SAFETY: as this function's contract says.
    unsafe { bytes(text.ptr, text.len, null) }.map(|text| Some(text).filter(|text| !text.is_empty()))
}

/// The bytes of a string.
///
/// # Errors
///
/// `null`: it is NULL.
///
/// # Safety
///
/// `text` is NULL or a string that nobody changes during `'a`.
#[inline]
pub unsafe fn string<'a>(text: *const c_char, null: bj_status) -> Result<&'a [u8], bj_status> {
    if text.is_null() {
        return Err(null);
    }
    // SAFETY: it is not NULL, and the rest is this function's contract.
    Ok(unsafe { CStr::from_ptr(text) }.to_bytes())
}

/// `len` values from `ptr` on; a NULL of no values is an empty slice.
///
/// # Errors
///
/// `null`: the pointer is NULL and the length is not 0, or is more than any memory has. `BJ_MISALIGNED`.
///
/// # Safety
///
/// `ptr` is NULL or points to `len` values that nobody changes during `'a`.
pub(crate) unsafe fn slice<'a, T>(ptr: *const T, len: usize, null: bj_status) -> Result<&'a [T], bj_status> {
    if len == 0 {
        return Ok(&[]);
    }
    check(ptr, len, null)?;
    // SAFETY: it is checked, and the rest is this function's contract.
    Ok(unsafe { core::slice::from_raw_parts(ptr, len) })
}

/// [`slice`], to write.
///
/// # Errors
///
/// As [`slice`].
///
/// # Safety
///
/// `ptr` is NULL or points to `len` values that nobody else uses during `'a`.
pub(crate) unsafe fn slice_mut<'a, T>(ptr: *mut T, len: usize, null: bj_status) -> Result<&'a mut [T], bj_status> {
    if len == 0 {
        return Ok(&mut []);
    }
    check(ptr, len, null)?;
    // SAFETY: it is checked, and the rest is this function's contract.
    Ok(unsafe { core::slice::from_raw_parts_mut(ptr, len) })
}

/// What `ptr` points to, to read.
///
/// # Errors
///
/// `null`: the pointer is NULL. `BJ_MISALIGNED`.
///
/// # Safety
///
/// `ptr` is NULL or misaligned, or points to a value that nobody changes during `'a`.
#[inline]
pub unsafe fn input<'a, T>(ptr: *const T, null: bj_status) -> Result<&'a T, bj_status> {
    check(ptr, 1, null)?;
    // SAFETY: it is checked, and the rest is this function's contract.
    Ok(unsafe { &*ptr })
}

/// What `ptr` points to, to write.
///
/// # Errors
///
/// `null`: the pointer is NULL. `BJ_MISALIGNED`.
///
/// # Safety
///
/// `ptr` is NULL or misaligned, or points to a value that nobody else uses during `'a`.
#[inline]
pub unsafe fn output<'a, T>(ptr: *mut T, null: bj_status) -> Result<&'a mut T, bj_status> {
    check(ptr, 1, null)?;
    // SAFETY: it is checked, and the rest is this function's contract.
    Ok(unsafe { &mut *ptr })
}

/// Whether `len` values can stand where `ptr` points to.
#[inline]
fn check<T>(ptr: *const T, len: usize, null: bj_status) -> Result<(), bj_status> {
    let bytes = len.checked_mul(size_of::<T>());
    if ptr.is_null() || bytes.is_none_or(|bytes| isize::try_from(bytes).is_err()) {
        return Err(null);
    }
    if ptr.is_aligned() { Ok(()) } else { Err(BJ_MISALIGNED) }
}

/// The bytes of a string, without its NUL; `{NULL, 0}` of NULL. They are the caller's. Cost: linear in them. Any thread.
///
/// # Safety
///
/// `text` is NULL or a string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_text(text: *const c_char) -> bj_bytes {
    // SAFETY: as this function's contract says.
    unsafe { string(text, BJ_MISALIGNED) }.map_or(bj_bytes::NONE, bj_bytes::of)
}

/// The status of a state that is refused, whose place goes to where `offset_out` points to, unless that is NULL.
///
/// # Safety
///
/// `offset_out` is NULL or misaligned, or points to a number that nobody else uses meanwhile.
pub(crate) unsafe fn corrupt(error: StateError, offset_out: *mut usize) -> bj_status {
    // SAFETY: as this function's contract says.
    if let Ok(out) = unsafe { output(offset_out, BJ_STATE_FORM) } {
        *out = error.offset;
    }
    corrupted(error.fault)
}
