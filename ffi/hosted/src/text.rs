//! Texts and lists of texts of a C caller: strings that end with a NUL, and bytes with their length.

use std::ffi::c_char;

use basenji::core::wire::{Joined, Tags};
use basenji_ffi_core::{BJ_BAD_UTF8, BJ_NULL_TAGS, bj_bytes, bj_status, given, string};

/// A text of a C caller.
pub(crate) trait Text: Copy {
    /// Its bytes.
    ///
    /// # Errors
    ///
    /// `null`: it is NULL.
    ///
    /// # Safety
    ///
    /// It is NULL or points to a text that nobody changes during `'a`.
    unsafe fn bytes_of<'a>(self, null: bj_status) -> Result<&'a [u8], bj_status>;
}

/// A string.
impl Text for *const c_char {
    #[inline]
    unsafe fn bytes_of<'a>(self, null: bj_status) -> Result<&'a [u8], bj_status> {
        // SAFETY: as this function's contract says.
        unsafe { string(self, null) }
    }
}

/// Bytes with their length.
impl Text for bj_bytes {
    #[inline]
    unsafe fn bytes_of<'a>(self, null: bj_status) -> Result<&'a [u8], bj_status> {
        // SAFETY: as this function's contract says.
        unsafe { given(self, null) }
    }
}

/// The bytes of a string; `None` if it is NULL.
///
/// # Safety
///
/// As [`Text::bytes_of`].
pub(crate) unsafe fn optional<'a>(text: *const c_char) -> Option<&'a [u8]> {
    // SAFETY: as this function's contract says.
    unsafe { text.bytes_of(0) }.ok()
}

/// A string of the options.
///
/// # Errors
///
/// `BJ_BAD_UTF8`: it is not UTF-8.
///
/// # Safety
///
/// As [`Text::bytes_of`].
pub(crate) unsafe fn option<'a>(text: *const c_char) -> Result<Option<&'a str>, bj_status> {
    // SAFETY: as this function's contract says.
    unsafe { optional(text) }.map(|bytes| std::str::from_utf8(bytes).map_err(|_| BJ_BAD_UTF8)).transpose()
}

/// The texts of a list.
///
/// # Errors
///
/// `BJ_NULL_TAGS`: the list is NULL and not empty, or one of its texts is NULL.
///
/// # Safety
///
/// `list` is NULL or points to `len` texts as [`Text::bytes_of`] wants them.
pub(crate) unsafe fn texts<'a, T: Text>(list: *const T, len: usize) -> Result<Vec<&'a [u8]>, bj_status> {
    // SAFETY: as this function's contract says.
    unsafe { items(list, len)?.iter().map(|&tag| tag.bytes_of(BJ_NULL_TAGS)).collect() }
}

/// Tags that are looked at without an allocation.
const FEW: usize = 8;

/// Calls `work` with a name and the tags of a list if all are ASCII and the tags are few; else returns false, as `work` may.
///
/// # Errors
///
/// As [`texts`].
///
/// # Safety
///
/// As [`texts`].
#[inline]
pub(crate) unsafe fn with_strs<S: Text>(
    name: &[u8],
    list: *const S,
    len: usize,
    work: impl FnOnce(&str, &[&str]) -> bool,
) -> Result<bool, bj_status> {
    // SAFETY: as this function's contract says.
    let items = unsafe { items(list, len)? };
    let mut strs = [""; FEW];
    let (Some(name), Some(strs)) = (ascii(name), strs.get_mut(..items.len())) else { return Ok(false) };
    for (text, &item) in strs.iter_mut().zip(items) {
        // SAFETY: as this function's contract says.
        let Some(tag) = ascii(unsafe { item.bytes_of(BJ_NULL_TAGS)? }) else { return Ok(false) };
        *text = tag;
    }
    Ok(work(name, strs))
}

/// A text if it is ASCII, which costs a fraction of what it takes to see whether it is UTF-8.
#[inline]
fn ascii(text: &[u8]) -> Option<&str> {
    // SAFETY: ASCII is UTF-8.
    text.is_ascii().then(|| unsafe { std::str::from_utf8_unchecked(text) })
}

/// Bytes of tags that are looked at without an allocation.
const JOINED: usize = 200;

/// Calls `work` with the tags of a list: joined by commas if that says the same, because a context is found fastest by one text.
///
/// # Errors
///
/// As [`texts`], and those of `work`.
///
/// # Safety
///
/// As [`texts`].
#[inline]
pub(crate) unsafe fn with_tags<S: Text, T>(
    list: *const S,
    len: usize,
    work: impl FnOnce(Tags<'_>) -> Result<T, bj_status>,
) -> Result<T, bj_status> {
    // SAFETY: as this function's contract says.
    let items = unsafe { items(list, len)? };
    let mut joined = Joined::<JOINED>::new();
    for &tag in items {
        // SAFETY: as this function's contract says.
        if !joined.push(unsafe { tag.bytes_of(BJ_NULL_TAGS)? }) {
            // SAFETY: as this function's contract says.
            return work(Tags::List(&unsafe { texts(list, len)? }));
        }
    }
    work(joined.tags())
}

/// The items of a list; one of more than any memory has is refused as if it were NULL.
unsafe fn items<'a, T>(list: *const T, len: usize) -> Result<&'a [T], bj_status> {
    if len == 0 {
        return Ok(&[]);
    }
    if list.is_null() || len > isize::MAX as usize / size_of::<T>() {
        return Err(BJ_NULL_TAGS);
    }
    // SAFETY: it is not NULL, and the rest is the contract of the callers.
    Ok(unsafe { std::slice::from_raw_parts(list, len) })
}
