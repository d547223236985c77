//! Metrics resolved once: a name and tags that are looked up beforehand.

use std::ffi::c_char;

use basenji::client::{Counter, Gauge, SampleHandle};
use basenji_ffi_core::*;

use crate::client::bj_client;
use crate::guard::guard;
use crate::text::{Text, texts};

/// A count, gauge, histogram, distribution or timing with its name and tags.
pub enum bj_metric {
    #[doc(hidden)]
    Count(Counter),
    #[doc(hidden)]
    Gauge(Gauge),
    #[doc(hidden)]
    Samples(SampleHandle),
}

/// Makes a metric into `*metric_out` whose name and tags are looked up now, once. `kind` is a `bj_kind`, but not `BJ_SET`. To be freed by
/// `bj_metric_free`, before or after its client. Bytes that are not UTF-8 become U+FFFD. Any thread.
///
/// Errors: `BJ_MISALIGNED`, `BJ_NULL_CLIENT`, `BJ_CLOSED`, `BJ_BAD_KIND`, `BJ_NULL_NAME`, `BJ_NULL_TAGS`, `BJ_NULL_OUT`.
///
/// # Safety
///
/// `client` is NULL or not freed; `name` is NULL or a string; `tags` is NULL or `ntags` strings; `metric_out` is NULL or points to a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_metric_new(
    client: *const bj_client,
    kind: i32,
    name: *const c_char,
    tags: *const *const c_char,
    ntags: usize,
    metric_out: *mut *mut bj_metric,
) -> bj_status {
    // SAFETY: the pointers are as this function's contract says.
    guard(|| unsafe { make(client, kind, name, tags, ntags, metric_out) })
}

/// Makes a metric as `bj_metric_new` does, but takes bytes with their length.
///
/// # Safety
///
/// `client` is NULL or not freed; `name` has its bytes; `tags` is NULL or `ntags` texts that have theirs; `metric_out` is NULL or points to a
/// pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_metric_new_n(
    client: *const bj_client,
    kind: i32,
    name: bj_bytes,
    tags: *const bj_bytes,
    ntags: usize,
    metric_out: *mut *mut bj_metric,
) -> bj_status {
    // SAFETY: the pointers are as this function's contract says.
    guard(|| unsafe { make(client, kind, name, tags, ntags, metric_out) })
}

/// Makes a metric.
///
/// # Safety
///
/// As the two exports above say.
unsafe fn make<T: Text>(
    client: *const bj_client,
    kind: i32,
    name: T,
    tags: *const T,
    ntags: usize,
    metric_out: *mut *mut bj_metric,
) -> Result<(), bj_status> {
    // SAFETY: as this function's contract says.
    let (client, out, name, tags) = unsafe {
        let client = bj_client::open(client)?;
        (client, output(metric_out, BJ_NULL_OUT)?, name.bytes_of(BJ_NULL_NAME)?, texts(tags, ntags)?)
    };
    let name = String::from_utf8_lossy(name);
    let tags: Vec<_> = tags.into_iter().map(String::from_utf8_lossy).collect();
    let tags: Vec<&str> = tags.iter().map(|tag| &**tag).collect();
    let metric = match kind {
        kind if kind == bj_kind::BJ_COUNT as i32 => bj_metric::Count(client.counter(&name, &tags)),
        kind if kind == bj_kind::BJ_GAUGE as i32 => bj_metric::Gauge(client.gauge_handle(&name, &tags)),
        kind if kind == bj_kind::BJ_TIMING as i32 => bj_metric::Samples(client.timing_handle(&name, &tags)),
        kind if kind == bj_kind::BJ_HISTOGRAM as i32 => bj_metric::Samples(client.histogram_handle(&name, &tags)),
        kind if kind == bj_kind::BJ_DISTRIBUTION as i32 => bj_metric::Samples(client.distribution_handle(&name, &tags)),
        _ => return Err(BJ_BAD_KIND),
    };
    *out = Box::into_raw(Box::new(metric));
    Ok(())
}

/// Adds a whole number to a count. Touches no string and no lock that threads share. Any thread.
///
/// Errors: `BJ_MISALIGNED`, `BJ_NULL_METRIC`, `BJ_WRONG_KIND` unless it is a count.
///
/// # Safety
///
/// `metric` is NULL or not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_metric_add(metric: *const bj_metric, value: i64) -> bj_status {
    guard(|| {
        // SAFETY: the pointer is as this function's contract says.
        match unsafe { input(metric, BJ_NULL_METRIC)? } {
            bj_metric::Count(counter) => counter.add(value),
            _ => return Err(BJ_WRONG_KIND),
        }
        Ok(())
    })
}

/// Sets a gauge, or records a sample of a histogram, distribution or timing, in milliseconds. A value that is not finite is not sent. Touches
/// no string and no lock that threads share. Any thread.
///
/// Errors: `BJ_MISALIGNED`, `BJ_NULL_METRIC`, `BJ_WRONG_KIND` if it is a count.
///
/// # Safety
///
/// `metric` is NULL or not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_metric_record(metric: *const bj_metric, value: f64) -> bj_status {
    guard(|| {
        // SAFETY: the pointer is as this function's contract says.
        match unsafe { input(metric, BJ_NULL_METRIC)? } {
            bj_metric::Count(_) => return Err(BJ_WRONG_KIND),
            bj_metric::Gauge(gauge) => gauge.set(value),
            bj_metric::Samples(samples) => samples.record(value),
        }
        Ok(())
    })
}

/// Frees a metric; what it has gathered is sent with the next flush. NULL is harmless. No other thread may use it any more.
///
/// # Safety
///
/// `metric` is NULL, or was made by `bj_metric_new` and is not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_metric_free(metric: *mut bj_metric) {
    guard(|| {
        if !metric.is_null() {
            // SAFETY: it comes from the box of `bj_metric_new`.
            drop(unsafe { Box::from_raw(metric) });
        }
        Ok(())
    });
}
