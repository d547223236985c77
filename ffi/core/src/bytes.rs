//! Pointers of a C caller as slices and references.

use crate::status::bj_status;

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

/// What `ptr` points to, to read.
///
/// # Errors
///
/// `null`: the pointer is NULL.
///
/// # Safety
///
/// `ptr` is NULL or points to a value that nobody changes during `'a`.
pub unsafe fn input<'a, T>(ptr: *const T, null: bj_status) -> Result<&'a T, bj_status> {
    // SAFETY: as this function's contract says.
    unsafe { ptr.as_ref() }.ok_or(null)
}

/// What `ptr` points to, to write.
///
/// # Errors
///
/// `null`: the pointer is NULL.
///
/// # Safety
///
/// `ptr` is NULL or points to a value that nobody else uses during `'a`.
pub unsafe fn output<'a, T>(ptr: *mut T, null: bj_status) -> Result<&'a mut T, bj_status> {
    // SAFETY: as this function's contract says.
    unsafe { ptr.as_mut() }.ok_or(null)
}
