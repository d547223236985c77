//! Calls for metrics by name, with names and tags that do not end with a NUL.

use basenji::client::Value;
use basenji::core::wire::MetricKind;
use basenji_ffi_core::*;

use crate::call::{Call, bj_call_options};
use crate::client::bj_client;
use crate::guard::guard;
use crate::text::Text;

/// Adds `value` to a count, as `bj_count_ex` does, but takes bytes with their length.
///
/// # Safety
///
/// `client` is NULL or not freed; `name` has its bytes; `tags` is NULL or `ntags` texts that have theirs; `options` is NULL or as its members say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_count_n(
    client: *const bj_client,
    name: bj_bytes,
    value: i64,
    tags: *const bj_bytes,
    ntags: usize,
    options: *const bj_call_options,
) -> bj_status {
    let call = Call { client, kind: MetricKind::Count, name, tags, ntags, options };
    // SAFETY: the pointers are as this function's contract says.
    guard(|| unsafe { call.make(Value::I64(value)) })
}

/// Sets a gauge, as `bj_gauge_ex` does, but takes bytes with their length.
///
/// # Safety
///
/// `client` is NULL or not freed; `name` has its bytes; `tags` is NULL or `ntags` texts that have theirs; `options` is NULL or as its members say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_gauge_n(
    client: *const bj_client,
    name: bj_bytes,
    value: f64,
    tags: *const bj_bytes,
    ntags: usize,
    options: *const bj_call_options,
) -> bj_status {
    let call = Call { client, kind: MetricKind::Gauge, name, tags, ntags, options };
    // SAFETY: the pointers are as this function's contract says.
    guard(|| unsafe { call.make(Value::F64(value)) })
}

/// Records a sample of a histogram, as `bj_histogram_ex` does, but takes bytes with their length.
///
/// # Safety
///
/// `client` is NULL or not freed; `name` has its bytes; `tags` is NULL or `ntags` texts that have theirs; `options` is NULL or as its members say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_histogram_n(
    client: *const bj_client,
    name: bj_bytes,
    value: f64,
    tags: *const bj_bytes,
    ntags: usize,
    options: *const bj_call_options,
) -> bj_status {
    let call = Call { client, kind: MetricKind::Histogram, name, tags, ntags, options };
    // SAFETY: the pointers are as this function's contract says.
    guard(|| unsafe { call.make(Value::F64(value)) })
}

/// Records a sample of a distribution, as `bj_distribution_ex` does, but takes bytes with their length.
///
/// # Safety
///
/// `client` is NULL or not freed; `name` has its bytes; `tags` is NULL or `ntags` texts that have theirs; `options` is NULL or as its members say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_distribution_n(
    client: *const bj_client,
    name: bj_bytes,
    value: f64,
    tags: *const bj_bytes,
    ntags: usize,
    options: *const bj_call_options,
) -> bj_status {
    let call = Call { client, kind: MetricKind::Distribution, name, tags, ntags, options };
    // SAFETY: the pointers are as this function's contract says.
    guard(|| unsafe { call.make(Value::F64(value)) })
}

/// Records a duration of `value` milliseconds, as `bj_timing_ex` does, but takes bytes with their length.
///
/// # Safety
///
/// `client` is NULL or not freed; `name` has its bytes; `tags` is NULL or `ntags` texts that have theirs; `options` is NULL or as its members say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_timing_n(
    client: *const bj_client,
    name: bj_bytes,
    value: f64,
    tags: *const bj_bytes,
    ntags: usize,
    options: *const bj_call_options,
) -> bj_status {
    let call = Call { client, kind: MetricKind::Timing, name, tags, ntags, options };
    // SAFETY: the pointers are as this function's contract says.
    guard(|| unsafe { call.make(Value::F64(value)) })
}

/// Adds a member to a set, as `bj_set_ex` does, but takes bytes with their length.
///
/// # Safety
///
/// `client` is NULL or not freed; `name` and `value` have their bytes; `tags` is NULL or `ntags` texts that have theirs; `options` is NULL or as
/// its members say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_set_n(
    client: *const bj_client,
    name: bj_bytes,
    value: bj_bytes,
    tags: *const bj_bytes,
    ntags: usize,
    options: *const bj_call_options,
) -> bj_status {
    let call = Call { client, kind: MetricKind::Set, name, tags, ntags, options };
    // SAFETY: the pointers are as this function's contract says.
    guard(|| unsafe { call.make(Value::Text(value.bytes_of(BJ_NULL_VALUE)?)) })
}
