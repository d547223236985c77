//! Strings and lists of strings of a C caller.

use std::ffi::c_char;

use basenji::core::wire::Tags;
pub(crate) use basenji_ffi_core::string;
use basenji_ffi_core::{BJ_BAD_UTF8, BJ_NULL_TAGS, bj_status};

/// The bytes of a string; `None` if it is NULL.
///
/// # Safety
///
/// As [`string`].
pub(crate) unsafe fn optional<'a>(text: *const c_char) -> Option<&'a [u8]> {
    // SAFETY: as this function's contract says.
    unsafe { string(text, 0) }.ok()
}

/// A string of the options.
///
/// # Errors
///
/// `BJ_BAD_UTF8`: it is not UTF-8.
///
/// # Safety
///
/// As [`string`].
pub(crate) unsafe fn option<'a>(text: *const c_char) -> Result<Option<&'a str>, bj_status> {
    // SAFETY: as this function's contract says.
    unsafe { optional(text) }.map(|bytes| std::str::from_utf8(bytes).map_err(|_| BJ_BAD_UTF8)).transpose()
}

/// The strings of a list.
///
/// # Errors
///
/// `BJ_NULL_TAGS`: the list is NULL and not empty, or one of its strings is NULL.
///
/// # Safety
///
/// `list` is NULL or points to `len` strings as [`string`] wants them.
pub(crate) unsafe fn strings<'a>(list: *const *const c_char, len: usize) -> Result<Vec<&'a [u8]>, bj_status> {
    // SAFETY: as this function's contract says.
    unsafe { pointers(list, len)?.iter().map(|&tag| string(tag, BJ_NULL_TAGS)).collect() }
}

/// Bytes of tags that are looked at without an allocation.
const JOINED: usize = 200;

/// Calls `work` with the tags of a list: joined by commas if that says the same, because a context is found fastest by one text.
///
/// # Errors
///
/// As [`strings`], and those of `work`.
///
/// # Safety
///
/// As [`strings`].
#[inline]
pub(crate) unsafe fn with_tags<T>(
    list: *const *const c_char,
    len: usize,
    work: impl FnOnce(Tags<'_>) -> Result<T, bj_status>,
) -> Result<T, bj_status> {
    // SAFETY: as this function's contract says.
    let pointers = unsafe { pointers(list, len)? };
    let mut joined = [0; JOINED];
    let mut end = 0;
    for &tag in pointers {
        // SAFETY: as this function's contract says.
        let tag = unsafe { string(tag, BJ_NULL_TAGS)? };
        let start = if end == 0 { 0 } else { end + 1 };
        let room = joined.get_mut(start..).and_then(|free| free.get_mut(..tag.len()));
        let (Some(room), false) = (room, tag.is_empty() || tag.contains(&b',')) else {
            // SAFETY: as this function's contract says.
            return work(Tags::List(&unsafe { strings(list, len)? }));
        };
        room.copy_from_slice(tag);
        if start > 0 {
            joined[end] = b',';
        }
        end = start + tag.len();
    }
    work(Tags::Text(&joined[..end]))
}

unsafe fn pointers<'a>(list: *const *const c_char, len: usize) -> Result<&'a [*const c_char], bj_status> {
    if len == 0 {
        return Ok(&[]);
    }
    if list.is_null() {
        return Err(BJ_NULL_TAGS);
    }
    // SAFETY: it is not NULL, and the rest is the contract of the callers.
    Ok(unsafe { std::slice::from_raw_parts(list, len) })
}
