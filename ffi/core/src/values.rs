//! The values and the tags of a message, one by one.

use basenji_core::wire::number;

use crate::bytes::{bj_bytes, bytes, output};
use crate::guard::guard;
use crate::status::*;

/// The values of a metric, to be walked through by `bj_values_next`. Copy it to walk twice.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct bj_values {
    /// What is left, as it stands in the line: numbers with `:` between them, or the member of a set.
    pub text: bj_bytes,
}

/// The tags of a message, to be walked through by `bj_tags_next`. Copy it to walk twice.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct bj_tags {
    /// What is left, as it stands in the line: tags with `,` between them; NULL behind the last one and where there are none.
    pub text: bj_bytes,
}

/// The next value of a metric into `*value_out`. A set has none: its member is `values->text`. Returns `BJ_END` when there are no more.
/// Cost: linear in the bytes of the value. Any thread.
///
/// Errors: `BJ_NULL_ITERATOR`, `BJ_NULL_OUT`, `BJ_MISALIGNED`.
///
/// # Safety
///
/// `values` is NULL or comes from a message whose datagram is unchanged; `value_out` is NULL or points to a double.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_values_next(values: *mut bj_values, value_out: *mut f64) -> bj_status {
    // SAFETY: the pointers are as this function's contract says.
    guard(|| unsafe {
        let values = output(values, BJ_NULL_ITERATOR)?;
        let out = output(value_out, BJ_NULL_OUT)?;
        let mut rest = bytes(values.text.ptr, values.text.len, BJ_NULL_ITERATOR)?;
        while !rest.is_empty() {
            let (item, after) = split(rest, b':');
            rest = after.unwrap_or_default();
            values.text = bj_bytes::of(rest);
            if let Some(value) = number::parse(item) {
                *out = value;
                return Ok(());
            }
        }
        Err(BJ_END)
    })
}

/// The next tag of a message into `*tag_out`, bytes of the datagram. Returns `BJ_END` when there are no more. Cost: linear in the bytes of the
/// tag. Any thread.
///
/// Errors: `BJ_NULL_ITERATOR`, `BJ_NULL_OUT`, `BJ_MISALIGNED`.
///
/// # Safety
///
/// `tags` is NULL or comes from a message whose datagram is unchanged; `tag_out` is NULL or points to a `bj_bytes`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_tags_next(tags: *mut bj_tags, tag_out: *mut bj_bytes) -> bj_status {
    // SAFETY: the pointers are as this function's contract says.
    guard(|| unsafe {
        let tags = output(tags, BJ_NULL_ITERATOR)?;
        let out = output(tag_out, BJ_NULL_OUT)?;
        if tags.text.ptr.is_null() {
            return Err(BJ_END);
        }
        let (tag, rest) = split(bytes(tags.text.ptr, tags.text.len, BJ_NULL_ITERATOR)?, b',');
        tags.text = bj_bytes::maybe(rest);
        *out = bj_bytes::of(tag);
        Ok(())
    })
}

/// What stands before the first `separator`, and what stands behind it if there is one.
fn split(text: &[u8], separator: u8) -> (&[u8], Option<&[u8]>) {
    let mut parts = text.splitn(2, |&byte| byte == separator);
    (parts.next().unwrap_or_default(), parts.next())
}
