//! Options of a caller that may be older or younger than this library.
//!
//! The first member of every struct of options is its size as the caller knows it. What the caller does not know is as if it were 0, which is
//! always the default; what this library does not know is passed over.

use crate::status::{BJ_BAD_SIZE, BJ_BAD_SWITCH, bj_status};

/// Options of C: plain data whose first member is its size, and for which 0 is every default.
///
/// # Safety
///
/// The type is `repr(C)`, begins with a `usize` of its size, and all-zero bytes are a value of it.
pub unsafe trait Options: Sized + Copy {
    /// The size of the first version.
    const FIRST: usize;
}

/// The options that `options` points to, or the defaults if it is NULL.
///
/// # Errors
///
/// `BJ_BAD_SIZE`: the size is less than that of any version.
///
/// # Safety
///
/// `options` is NULL or points to as many bytes as its first member says.
pub unsafe fn read<T: Options>(options: *const T) -> Result<T, bj_status> {
    // SAFETY: the trait promises that zeros are a value.
    let mut known = unsafe { core::mem::zeroed::<T>() };
    if !options.is_null() {
        // SAFETY: the first member is the size.
        let size = unsafe { options.cast::<usize>().read_unaligned() };
        if size < T::FIRST {
            return Err(BJ_BAD_SIZE);
        }
        let size = size.min(size_of::<T>());
        // SAFETY: both have that many bytes, and are not the same.
        unsafe { core::ptr::copy_nonoverlapping(options.cast::<u8>(), (&raw mut known).cast::<u8>(), size) };
    }
    Ok(known)
}

/// What a switch says; `None` for the default.
///
/// # Errors
///
/// `BJ_BAD_SWITCH`: it is neither 0, 1 nor 2.
pub fn switch(switch: i32) -> Result<Option<bool>, bj_status> {
    match switch {
        0 => Ok(None),
        1 => Ok(Some(true)),
        2 => Ok(Some(false)),
        _ => Err(BJ_BAD_SWITCH),
    }
}
