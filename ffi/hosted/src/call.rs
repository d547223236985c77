//! Calls for metrics by name.

use std::ffi::c_char;

use basenji::client::{Client, MetricCall, Value};
use basenji::core::wire::{Cardinality, MetricKind};
use basenji_ffi_core::*;

use crate::client::bj_client;
use crate::guard::guard;
use crate::text::{Text, optional, with_strs, with_tags};

/// The options of one call; begin with `BJ_CALL_OPTIONS_INIT`. 0 and NULL are the defaults.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct bj_call_options {
    /// `sizeof(bj_call_options)`.
    pub size: usize,
    /// The share of calls like this one that are sent, above 0 and up to 1; 0 is the default of the client.
    pub sample_rate: f64,
    /// Seconds since 1970; 0 is the time of receipt. A call with a timestamp is never aggregated.
    pub timestamp: i64,
    /// `none`, `low`, `orchestrator` or `high`; NULL is the default of the client.
    pub cardinality: *const c_char,
}

// SAFETY: it is `repr(C)`, begins with its size, and is made of numbers and a pointer.
unsafe impl Options for bj_call_options {
    const FIRST: usize = size_of::<bj_call_options>();
}

/// What a call is made of, whatever its kind.
pub(crate) struct Call<T> {
    pub(crate) client: *const bj_client,
    pub(crate) kind: MetricKind,
    pub(crate) name: T,
    pub(crate) tags: *const T,
    pub(crate) ntags: usize,
    pub(crate) options: *const bj_call_options,
}

impl<T: Text> Call<T> {
    /// Makes the call.
    ///
    /// # Safety
    ///
    /// The pointers are as the exports below say.
    #[inline]
    pub(crate) unsafe fn make(self, value: Value<'_>) -> Result<(), bj_status> {
        // SAFETY: as this function's contract says.
        let (client, name) = unsafe { (bj_client::open(self.client)?, self.name.bytes_of(BJ_NULL_NAME)?) };
        if self.options.is_null() {
            // Texts in ASCII go the way on which a client remembers where the context of a call was.
            let known = |name: &str, tags: &[&str]| by_name(client, self.kind, name, value, tags);
            // SAFETY: as this function's contract says.
            if unsafe { with_strs(name, self.tags, self.ntags, known)? } {
                return Ok(());
            }
        }
        let call = MetricCall { sample_rate: client.sample_rate(), ..MetricCall::new(name, self.kind, value) };
        // SAFETY: as this function's contract says.
        unsafe {
            let call = if self.options.is_null() { call } else { with(call, &options::read(self.options)?)? };
            with_tags(self.tags, self.ntags, |tags| {
                client.metric(&MetricCall { tags, ..call });
                Ok(())
            })
        }
    }
}

/// Makes the call by name; false, and nothing is done, if its value is not for that.
#[inline]
fn by_name(client: &Client, kind: MetricKind, name: &str, value: Value<'_>, tags: &[&str]) -> bool {
    match (kind, value) {
        (MetricKind::Count, Value::I64(value)) => client.count(name, value, tags),
        (MetricKind::Gauge, Value::F64(value)) => client.gauge(name, value, tags),
        (MetricKind::Histogram, Value::F64(value)) => client.histogram(name, value, tags),
        (MetricKind::Distribution, Value::F64(value)) => client.distribution(name, value, tags),
        (MetricKind::Timing, Value::F64(value)) => client.timing(name, value, tags),
        _ => return false,
    }
    true
}

/// The call with its options.
unsafe fn with<'a>(call: MetricCall<'a>, options: &bj_call_options) -> Result<MetricCall<'a>, bj_status> {
    let sample_rate = match options.sample_rate {
        0.0 => call.sample_rate,
        rate if rate > 0.0 && rate <= 1.0 => rate,
        _ => return Err(BJ_BAD_SAMPLE_RATE),
    };
    let timestamp = (options.timestamp != 0).then_some(Value::I64(options.timestamp));
    // SAFETY: the string is as the caller of the export promises.
    let cardinality = unsafe { cardinality(options.cardinality)? };
    Ok(MetricCall { sample_rate, timestamp, cardinality, ..call })
}

/// The word of a cardinality.
///
/// # Errors
///
/// `BJ_BAD_CARDINALITY`: it is none.
///
/// # Safety
///
/// `text` is NULL or a string.
pub(crate) unsafe fn cardinality(text: *const c_char) -> Result<Option<&'static [u8]>, bj_status> {
    // SAFETY: as this function's contract says.
    let Some(text) = (unsafe { optional(text) }) else { return Ok(None) };
    Ok(Some(Cardinality::parse(text).ok_or(BJ_BAD_CARDINALITY)?.name().as_bytes()))
}

/// Adds `value` to the count `name` with these tags, each a string.
///
/// Cost: linear in the bytes of name and tags, without an allocation once the context is known; it never waits for the network, whose faults
/// are no error but counted. Any thread.
///
/// Errors: `BJ_MISALIGNED`, `BJ_NULL_CLIENT`, `BJ_CLOSED`, `BJ_NULL_NAME`, `BJ_NULL_TAGS`.
///
/// # Safety
///
/// `client` is NULL or not freed; `name` is NULL or a string; `tags` is NULL or `ntags` strings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_count(
    client: *const bj_client,
    name: *const c_char,
    value: i64,
    tags: *const *const c_char,
    ntags: usize,
) -> bj_status {
    let call = Call { client, kind: MetricKind::Count, name, tags, ntags, options: std::ptr::null() };
    // SAFETY: the pointers are as this function's contract says.
    guard(|| unsafe { call.make(Value::I64(value)) })
}

/// Adds `value` to the count `name` with these tags, each a string. `options` may be NULL.
///
/// Cost: linear in the bytes of name and tags, without an allocation once the context is known; it never waits for the network, whose faults
/// are no error but counted. Any thread.
///
/// Errors: `BJ_MISALIGNED`, `BJ_NULL_CLIENT`, `BJ_CLOSED`, `BJ_NULL_NAME`, `BJ_NULL_TAGS`, `BJ_BAD_SIZE`, `BJ_BAD_SAMPLE_RATE`, `BJ_BAD_CARDINALITY`.
///
/// # Safety
///
/// `client` is NULL or not freed; `name` is NULL or a string; `tags` is NULL or `ntags` strings; `options` is NULL or as its members say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_count_ex(
    client: *const bj_client,
    name: *const c_char,
    value: i64,
    tags: *const *const c_char,
    ntags: usize,
    options: *const bj_call_options,
) -> bj_status {
    let call = Call { client, kind: MetricKind::Count, name, tags, ntags, options };
    // SAFETY: the pointers are as this function's contract says.
    guard(|| unsafe { call.make(Value::I64(value)) })
}

/// Sets the gauge `name`. A value that is not finite is dropped and counted.
///
/// Cost: linear in the bytes of name and tags, without an allocation once the context is known; it never waits for the network, whose faults
/// are no error but counted. Any thread.
///
/// Errors: `BJ_MISALIGNED`, `BJ_NULL_CLIENT`, `BJ_CLOSED`, `BJ_NULL_NAME`, `BJ_NULL_TAGS`.
///
/// # Safety
///
/// `client` is NULL or not freed; `name` is NULL or a string; `tags` is NULL or `ntags` strings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_gauge(
    client: *const bj_client,
    name: *const c_char,
    value: f64,
    tags: *const *const c_char,
    ntags: usize,
) -> bj_status {
    let call = Call { client, kind: MetricKind::Gauge, name, tags, ntags, options: std::ptr::null() };
    // SAFETY: the pointers are as this function's contract says.
    guard(|| unsafe { call.make(Value::F64(value)) })
}

/// Sets the gauge `name`. A value that is not finite is dropped and counted. `options` may be NULL.
///
/// Cost: linear in the bytes of name and tags, without an allocation once the context is known; it never waits for the network, whose faults
/// are no error but counted. Any thread.
///
/// Errors: `BJ_MISALIGNED`, `BJ_NULL_CLIENT`, `BJ_CLOSED`, `BJ_NULL_NAME`, `BJ_NULL_TAGS`, `BJ_BAD_SIZE`, `BJ_BAD_SAMPLE_RATE`, `BJ_BAD_CARDINALITY`.
///
/// # Safety
///
/// `client` is NULL or not freed; `name` is NULL or a string; `tags` is NULL or `ntags` strings; `options` is NULL or as its members say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_gauge_ex(
    client: *const bj_client,
    name: *const c_char,
    value: f64,
    tags: *const *const c_char,
    ntags: usize,
    options: *const bj_call_options,
) -> bj_status {
    let call = Call { client, kind: MetricKind::Gauge, name, tags, ntags, options };
    // SAFETY: the pointers are as this function's contract says.
    guard(|| unsafe { call.make(Value::F64(value)) })
}

/// Records a sample of the histogram `name`. A value that is not finite is dropped and counted.
///
/// Cost: linear in the bytes of name and tags, without an allocation once the context is known; it never waits for the network, whose faults
/// are no error but counted. Any thread.
///
/// Errors: `BJ_MISALIGNED`, `BJ_NULL_CLIENT`, `BJ_CLOSED`, `BJ_NULL_NAME`, `BJ_NULL_TAGS`.
///
/// # Safety
///
/// `client` is NULL or not freed; `name` is NULL or a string; `tags` is NULL or `ntags` strings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_histogram(
    client: *const bj_client,
    name: *const c_char,
    value: f64,
    tags: *const *const c_char,
    ntags: usize,
) -> bj_status {
    let call = Call { client, kind: MetricKind::Histogram, name, tags, ntags, options: std::ptr::null() };
    // SAFETY: the pointers are as this function's contract says.
    guard(|| unsafe { call.make(Value::F64(value)) })
}

/// Records a sample of the histogram `name`. A value that is not finite is dropped and counted. `options` may be NULL.
///
/// Cost: linear in the bytes of name and tags, without an allocation once the context is known; it never waits for the network, whose faults
/// are no error but counted. Any thread.
///
/// Errors: `BJ_MISALIGNED`, `BJ_NULL_CLIENT`, `BJ_CLOSED`, `BJ_NULL_NAME`, `BJ_NULL_TAGS`, `BJ_BAD_SIZE`, `BJ_BAD_SAMPLE_RATE`, `BJ_BAD_CARDINALITY`.
///
/// # Safety
///
/// `client` is NULL or not freed; `name` is NULL or a string; `tags` is NULL or `ntags` strings; `options` is NULL or as its members say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_histogram_ex(
    client: *const bj_client,
    name: *const c_char,
    value: f64,
    tags: *const *const c_char,
    ntags: usize,
    options: *const bj_call_options,
) -> bj_status {
    let call = Call { client, kind: MetricKind::Histogram, name, tags, ntags, options };
    // SAFETY: the pointers are as this function's contract says.
    guard(|| unsafe { call.make(Value::F64(value)) })
}

/// Records a sample of the distribution `name`. A value that is not finite is dropped and counted.
///
/// Cost: linear in the bytes of name and tags, without an allocation once the context is known; it never waits for the network, whose faults
/// are no error but counted. Any thread.
///
/// Errors: `BJ_MISALIGNED`, `BJ_NULL_CLIENT`, `BJ_CLOSED`, `BJ_NULL_NAME`, `BJ_NULL_TAGS`.
///
/// # Safety
///
/// `client` is NULL or not freed; `name` is NULL or a string; `tags` is NULL or `ntags` strings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_distribution(
    client: *const bj_client,
    name: *const c_char,
    value: f64,
    tags: *const *const c_char,
    ntags: usize,
) -> bj_status {
    let call = Call { client, kind: MetricKind::Distribution, name, tags, ntags, options: std::ptr::null() };
    // SAFETY: the pointers are as this function's contract says.
    guard(|| unsafe { call.make(Value::F64(value)) })
}

/// Records a sample of the distribution `name`. A value that is not finite is dropped and counted. `options` may be NULL.
///
/// Cost: linear in the bytes of name and tags, without an allocation once the context is known; it never waits for the network, whose faults
/// are no error but counted. Any thread.
///
/// Errors: `BJ_MISALIGNED`, `BJ_NULL_CLIENT`, `BJ_CLOSED`, `BJ_NULL_NAME`, `BJ_NULL_TAGS`, `BJ_BAD_SIZE`, `BJ_BAD_SAMPLE_RATE`, `BJ_BAD_CARDINALITY`.
///
/// # Safety
///
/// `client` is NULL or not freed; `name` is NULL or a string; `tags` is NULL or `ntags` strings; `options` is NULL or as its members say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_distribution_ex(
    client: *const bj_client,
    name: *const c_char,
    value: f64,
    tags: *const *const c_char,
    ntags: usize,
    options: *const bj_call_options,
) -> bj_status {
    let call = Call { client, kind: MetricKind::Distribution, name, tags, ntags, options };
    // SAFETY: the pointers are as this function's contract says.
    guard(|| unsafe { call.make(Value::F64(value)) })
}

/// Records a duration of `value` milliseconds under `name`. A value that is not finite is dropped and counted.
///
/// Cost: linear in the bytes of name and tags, without an allocation once the context is known; it never waits for the network, whose faults
/// are no error but counted. Any thread.
///
/// Errors: `BJ_MISALIGNED`, `BJ_NULL_CLIENT`, `BJ_CLOSED`, `BJ_NULL_NAME`, `BJ_NULL_TAGS`.
///
/// # Safety
///
/// `client` is NULL or not freed; `name` is NULL or a string; `tags` is NULL or `ntags` strings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_timing(
    client: *const bj_client,
    name: *const c_char,
    value: f64,
    tags: *const *const c_char,
    ntags: usize,
) -> bj_status {
    let call = Call { client, kind: MetricKind::Timing, name, tags, ntags, options: std::ptr::null() };
    // SAFETY: the pointers are as this function's contract says.
    guard(|| unsafe { call.make(Value::F64(value)) })
}

/// Records a duration of `value` milliseconds under `name`. A value that is not finite is dropped and counted. `options` may be NULL.
///
/// Cost: linear in the bytes of name and tags, without an allocation once the context is known; it never waits for the network, whose faults
/// are no error but counted. Any thread.
///
/// Errors: `BJ_MISALIGNED`, `BJ_NULL_CLIENT`, `BJ_CLOSED`, `BJ_NULL_NAME`, `BJ_NULL_TAGS`, `BJ_BAD_SIZE`, `BJ_BAD_SAMPLE_RATE`, `BJ_BAD_CARDINALITY`.
///
/// # Safety
///
/// `client` is NULL or not freed; `name` is NULL or a string; `tags` is NULL or `ntags` strings; `options` is NULL or as its members say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_timing_ex(
    client: *const bj_client,
    name: *const c_char,
    value: f64,
    tags: *const *const c_char,
    ntags: usize,
    options: *const bj_call_options,
) -> bj_status {
    let call = Call { client, kind: MetricKind::Timing, name, tags, ntags, options };
    // SAFETY: the pointers are as this function's contract says.
    guard(|| unsafe { call.make(Value::F64(value)) })
}

/// Adds the member `value` to the set `name`.
///
/// Cost: linear in the bytes of name and tags, without an allocation once the context is known; it never waits for the network, whose faults
/// are no error but counted. Any thread.
///
/// Errors: `BJ_MISALIGNED`, `BJ_NULL_CLIENT`, `BJ_CLOSED`, `BJ_NULL_NAME`, `BJ_NULL_TAGS`, `BJ_NULL_VALUE`.
///
/// # Safety
///
/// `client` is NULL or not freed; `name` or `value` is NULL or a string; `tags` is NULL or `ntags` strings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_set(
    client: *const bj_client,
    name: *const c_char,
    value: *const c_char,
    tags: *const *const c_char,
    ntags: usize,
) -> bj_status {
    let call = Call { client, kind: MetricKind::Set, name, tags, ntags, options: std::ptr::null() };
    // SAFETY: the pointers are as this function's contract says.
    guard(|| unsafe { call.make(Value::Text(value.bytes_of(BJ_NULL_VALUE)?)) })
}

/// Adds the member `value` to the set `name`. `options` may be NULL.
///
/// Cost: linear in the bytes of name and tags, without an allocation once the context is known; it never waits for the network, whose faults
/// are no error but counted. Any thread.
///
/// Errors: `BJ_MISALIGNED`, `BJ_NULL_CLIENT`, `BJ_CLOSED`, `BJ_NULL_NAME`, `BJ_NULL_TAGS`, `BJ_NULL_VALUE`, `BJ_BAD_SIZE`, `BJ_BAD_SAMPLE_RATE`, `BJ_BAD_CARDINALITY`.
///
/// # Safety
///
/// `client` is NULL or not freed; `name` or `value` is NULL or a string; `tags` is NULL or `ntags` strings; `options` is NULL or as its members say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_set_ex(
    client: *const bj_client,
    name: *const c_char,
    value: *const c_char,
    tags: *const *const c_char,
    ntags: usize,
    options: *const bj_call_options,
) -> bj_status {
    let call = Call { client, kind: MetricKind::Set, name, tags, ntags, options };
    // SAFETY: the pointers are as this function's contract says.
    guard(|| unsafe { call.make(Value::Text(value.bytes_of(BJ_NULL_VALUE)?)) })
}
