//! Calls of an emitter.

use core::ffi::c_char;

use basenji_core::Time;
use basenji_core::client::{CheckCall, EventCall, MetricCall, Value};
use basenji_core::wire::{AlertType, MetricKind, Priority, Tags};

use crate::bytes::{bj_bytes, given, slice, string};
use crate::emitter::bj_emitter;
use crate::fields::{Fields, bj_fields, check_status, number_kind};
use crate::guard::guard;
use crate::status::*;

/// Bytes of the tags of a call that takes them as a list, with the commas between them.
const JOINED: usize = 256;

/// Calls `work` with the tags of a list, joined by commas.
///
/// # Errors
///
/// `BJ_NULL_TAGS`, `BJ_MISALIGNED`; `BJ_FULL_TAGS`: they are longer than [`JOINED`]; those of `work`.
///
/// # Safety
///
/// `list` is NULL or points to `len` pointers, each NULL or a string.
unsafe fn with_tags(
    list: *const *const c_char,
    len: usize,
    work: impl FnOnce(Tags<'_>) -> Result<(), bj_status>,
) -> Result<(), bj_status> {
    let mut joined = [0; JOINED];
    let mut free = joined.iter_mut();
    // SAFETY: as this function's contract says.
    for &tag in unsafe { slice(list, len, BJ_NULL_TAGS)? } {
        // SAFETY: as this function's contract says.
        let tag = unsafe { string(tag, BJ_NULL_TAGS)? };
        let separator = if free.len() < JOINED && !tag.is_empty() { Some(&b',') } else { None };
        for &byte in separator.into_iter() {
            *free.next().ok_or(BJ_FULL_TAGS)? = byte;
        }
        for &byte in tag {
            // One tag stays one, as it does with a list.
            *free.next().ok_or(BJ_FULL_TAGS)? = if byte == b',' { b'_' } else { byte };
        }
    }
    let used = JOINED.saturating_sub(free.len());
    work(Tags::Text(joined.get(..used).unwrap_or_default()))
}

/// Makes a call for a metric with a list of tags.
///
/// # Safety
///
/// The pointers are as the exports below say.
unsafe fn simple(
    emitter: *const bj_emitter,
    kind: MetricKind,
    name: *const c_char,
    value: Value<'_>,
    (tags, ntags): (*const *const c_char, usize),
    now_ms: u64,
) -> Result<(), bj_status> {
    // SAFETY: as this function's contract says.
    unsafe {
        let name = string(name, BJ_NULL_NAME)?;
        with_tags(tags, ntags, |tags| {
            metric(emitter, &MetricCall { tags, ..MetricCall::new(name, kind, value) }, None, now_ms)
        })
    }
}

/// Makes a call for a metric; `rate` is `None` for that of the emitter.
///
/// # Safety
///
/// The pointers are as the exports below say.
unsafe fn metric(
    emitter: *const bj_emitter,
    call: &MetricCall<'_>,
    rate: Option<f64>,
    now_ms: u64,
) -> Result<(), bj_status> {
    let now = Time::from_millis(now_ms);
    // SAFETY: as this function's contract says.
    unsafe {
        bj_emitter::with(emitter, |transmitter| {
            let call = MetricCall { sample_rate: rate.unwrap_or(transmitter.client.sample_rate()), ..*call };
            transmitter.call(now, |client| client.metric(&call, now))
        })
    }
}

/// Adds `value` to the count `name` with these tags, each a string.
///
/// Cost: linear in the bytes of name and tags, and in what is sent because of it. The tags have 256 bytes at most, with a comma between them;
/// `bj_emitter_value` takes more. Any thread, one at a time for one `emitter`.
///
/// Errors: `BJ_NULL_EMITTER`, `BJ_NULL_NAME`, `BJ_NULL_TAGS`, `BJ_FULL_TAGS`, `BJ_FULL_BUFFER`, `BJ_BUSY`, `BJ_MISALIGNED`.
///
/// # Safety
///
/// `emitter` is NULL or was made by `bj_emitter_init` or `bj_emitter_init_aggregating`; `name` is NULL or a string; `tags` is NULL or
/// `ntags` strings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_emitter_count(
    emitter: *mut bj_emitter,
    name: *const c_char,
    value: i64,
    tags: *const *const c_char,
    ntags: usize,
    now_ms: u64,
) -> bj_status {
    // SAFETY: the pointers are as this function's contract says.
    guard(|| unsafe { simple(emitter, MetricKind::Count, name, Value::I64(value), (tags, ntags), now_ms) })
}

/// Sets the gauge `name`. A value that is not finite is dropped and counted.
///
/// Cost: linear in the bytes of name and tags, and in what is sent because of it. The tags have 256 bytes at most, with a comma between them;
/// `bj_emitter_value` takes more. Any thread, one at a time for one `emitter`.
///
/// Errors: `BJ_NULL_EMITTER`, `BJ_NULL_NAME`, `BJ_NULL_TAGS`, `BJ_FULL_TAGS`, `BJ_FULL_BUFFER`, `BJ_BUSY`, `BJ_MISALIGNED`.
///
/// # Safety
///
/// `emitter` is NULL or was made by `bj_emitter_init` or `bj_emitter_init_aggregating`; `name` is NULL or a string; `tags` is NULL or
/// `ntags` strings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_emitter_gauge(
    emitter: *mut bj_emitter,
    name: *const c_char,
    value: f64,
    tags: *const *const c_char,
    ntags: usize,
    now_ms: u64,
) -> bj_status {
    // SAFETY: the pointers are as this function's contract says.
    guard(|| unsafe { simple(emitter, MetricKind::Gauge, name, Value::F64(value), (tags, ntags), now_ms) })
}

/// Records a sample of the histogram `name`. A value that is not finite is dropped and counted.
///
/// Cost: linear in the bytes of name and tags, and in what is sent because of it. The tags have 256 bytes at most, with a comma between them;
/// `bj_emitter_value` takes more. Any thread, one at a time for one `emitter`.
///
/// Errors: `BJ_NULL_EMITTER`, `BJ_NULL_NAME`, `BJ_NULL_TAGS`, `BJ_FULL_TAGS`, `BJ_FULL_BUFFER`, `BJ_BUSY`, `BJ_MISALIGNED`.
///
/// # Safety
///
/// `emitter` is NULL or was made by `bj_emitter_init` or `bj_emitter_init_aggregating`; `name` is NULL or a string; `tags` is NULL or
/// `ntags` strings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_emitter_histogram(
    emitter: *mut bj_emitter,
    name: *const c_char,
    value: f64,
    tags: *const *const c_char,
    ntags: usize,
    now_ms: u64,
) -> bj_status {
    // SAFETY: the pointers are as this function's contract says.
    guard(|| unsafe { simple(emitter, MetricKind::Histogram, name, Value::F64(value), (tags, ntags), now_ms) })
}

/// Records a sample of the distribution `name`. A value that is not finite is dropped and counted.
///
/// Cost: linear in the bytes of name and tags, and in what is sent because of it. The tags have 256 bytes at most, with a comma between them;
/// `bj_emitter_value` takes more. Any thread, one at a time for one `emitter`.
///
/// Errors: `BJ_NULL_EMITTER`, `BJ_NULL_NAME`, `BJ_NULL_TAGS`, `BJ_FULL_TAGS`, `BJ_FULL_BUFFER`, `BJ_BUSY`, `BJ_MISALIGNED`.
///
/// # Safety
///
/// `emitter` is NULL or was made by `bj_emitter_init` or `bj_emitter_init_aggregating`; `name` is NULL or a string; `tags` is NULL or
/// `ntags` strings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_emitter_distribution(
    emitter: *mut bj_emitter,
    name: *const c_char,
    value: f64,
    tags: *const *const c_char,
    ntags: usize,
    now_ms: u64,
) -> bj_status {
    // SAFETY: the pointers are as this function's contract says.
    guard(|| unsafe { simple(emitter, MetricKind::Distribution, name, Value::F64(value), (tags, ntags), now_ms) })
}

/// Records a duration of `value` milliseconds under `name`. A value that is not finite is dropped and counted.
///
/// Cost: linear in the bytes of name and tags, and in what is sent because of it. The tags have 256 bytes at most, with a comma between them;
/// `bj_emitter_value` takes more. Any thread, one at a time for one `emitter`.
///
/// Errors: `BJ_NULL_EMITTER`, `BJ_NULL_NAME`, `BJ_NULL_TAGS`, `BJ_FULL_TAGS`, `BJ_FULL_BUFFER`, `BJ_BUSY`, `BJ_MISALIGNED`.
///
/// # Safety
///
/// `emitter` is NULL or was made by `bj_emitter_init` or `bj_emitter_init_aggregating`; `name` is NULL or a string; `tags` is NULL or
/// `ntags` strings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_emitter_timing(
    emitter: *mut bj_emitter,
    name: *const c_char,
    value: f64,
    tags: *const *const c_char,
    ntags: usize,
    now_ms: u64,
) -> bj_status {
    // SAFETY: the pointers are as this function's contract says.
    guard(|| unsafe { simple(emitter, MetricKind::Timing, name, Value::F64(value), (tags, ntags), now_ms) })
}

/// Adds the member `value` to the set `name`.
///
/// Cost: linear in the bytes of name and tags, and in what is sent because of it. The tags have 256 bytes at most, with a comma between them;
/// `bj_emitter_member` takes more. Any thread, one at a time for one `emitter`.
///
/// Errors: `BJ_NULL_EMITTER`, `BJ_NULL_NAME`, `BJ_NULL_VALUE`, `BJ_NULL_TAGS`, `BJ_FULL_TAGS`, `BJ_FULL_BUFFER`, `BJ_BUSY`, `BJ_MISALIGNED`.
///
/// # Safety
///
/// `emitter` is NULL or was made by `bj_emitter_init` or `bj_emitter_init_aggregating`; `name` or `value` is NULL or a string; `tags` is NULL or
/// `ntags` strings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_emitter_set(
    emitter: *mut bj_emitter,
    name: *const c_char,
    value: *const c_char,
    tags: *const *const c_char,
    ntags: usize,
    now_ms: u64,
) -> bj_status {
    // SAFETY: the pointers are as this function's contract says.
    guard(|| unsafe {
        simple(emitter, MetricKind::Set, name, Value::Text(string(value, BJ_NULL_VALUE)?), (tags, ntags), now_ms)
    })
}

/// Takes a value of a metric whose texts have their length; `kind` is a `bj_kind`, but not `BJ_SET`. A value that is not finite is dropped and
/// counted; a call with a timestamp is never aggregated. `fields` may be NULL.
///
/// Cost: linear in the bytes of name and tags, and in what is sent because of it. Any thread, one at a time for one `emitter`.
///
/// Errors: `BJ_NULL_EMITTER`, `BJ_BAD_KIND`, `BJ_NULL_NAME`, `BJ_BAD_SIZE`, `BJ_NULL_FIELD`, `BJ_BAD_SETTING`, `BJ_FULL_BUFFER`, `BJ_BUSY`,
/// `BJ_MISALIGNED`.
///
/// # Safety
///
/// `emitter` is NULL or was made by `bj_emitter_init` or `bj_emitter_init_aggregating`; `name` is as its members say; `fields` is NULL or as its
/// members say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_emitter_value(
    emitter: *mut bj_emitter,
    kind: i32,
    name: bj_bytes,
    value: f64,
    fields: *const bj_fields,
    now_ms: u64,
) -> bj_status {
    // SAFETY: the pointers are as this function's contract says.
    guard(|| unsafe {
        let (kind, fields) = (number_kind(kind)?, Fields::read(fields)?);
        let call = MetricCall::new(given(name, BJ_NULL_NAME)?, kind, Value::F64(value));
        metric(emitter, &fields.complete(call), fields.sample_rate, now_ms)
    })
}

/// Takes a member of a set whose texts have their length. `fields` may be NULL.
///
/// Cost: linear in the bytes of name and tags, and in what is sent because of it. Any thread, one at a time for one `emitter`.
///
/// Errors: `BJ_NULL_EMITTER`, `BJ_NULL_NAME`, `BJ_NULL_VALUE`, `BJ_BAD_SIZE`, `BJ_NULL_FIELD`, `BJ_BAD_SETTING`, `BJ_FULL_BUFFER`, `BJ_BUSY`,
/// `BJ_MISALIGNED`.
///
/// # Safety
///
/// `emitter` is NULL or was made by `bj_emitter_init` or `bj_emitter_init_aggregating`; `name` and `member` are as their members say; `fields` is
/// NULL or as its members say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_emitter_member(
    emitter: *mut bj_emitter,
    name: bj_bytes,
    member: bj_bytes,
    fields: *const bj_fields,
    now_ms: u64,
) -> bj_status {
    // SAFETY: the pointers are as this function's contract says.
    guard(|| unsafe {
        let (name, member) = (given(name, BJ_NULL_NAME)?, given(member, BJ_NULL_VALUE)?);
        let fields = Fields::read(fields)?;
        let call = MetricCall::new(name, MetricKind::Set, Value::Text(member));
        metric(emitter, &fields.complete(call), fields.sample_rate, now_ms)
    })
}

/// Sends an event with the next datagram. `fields` may be NULL. Newlines in title and text arrive as they are. An empty title is dropped and counted.
///
/// Cost: linear in its bytes, and in what is sent because of it. Any thread, one at a time for one `emitter`.
///
/// Errors: `BJ_NULL_EMITTER`, `BJ_NULL_TITLE`, `BJ_NULL_TEXT`, `BJ_BAD_SIZE`, `BJ_NULL_FIELD`, `BJ_BAD_SETTING`, `BJ_FULL_BUFFER`, `BJ_BUSY`,
/// `BJ_MISALIGNED`.
///
/// # Safety
///
/// `emitter` is NULL or was made by `bj_emitter_init` or `bj_emitter_init_aggregating`; `title` and `text` are as their members say; `fields` is
/// NULL or as its members say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_emitter_event(
    emitter: *mut bj_emitter,
    title: bj_bytes,
    text: bj_bytes,
    fields: *const bj_fields,
    now_ms: u64,
) -> bj_status {
    // SAFETY: the pointers are as this function's contract says.
    guard(|| unsafe {
        let (title, text) = (given(title, BJ_NULL_TITLE)?, given(text, BJ_NULL_TEXT)?);
        let Fields { hostname, aggregation_key, source_type, priority, alert_type, tags, timestamp, origin, .. } =
            Fields::read(fields)?;
        // What is not written means the same as these.
        let priority = Some(priority).filter(|&priority| priority != Priority::Normal);
        let alert_type = Some(alert_type).filter(|&alert_type| alert_type != AlertType::Info);
        let call = EventCall {
            timestamp: timestamp.map(Value::I64),
            hostname,
            aggregation_key,
            priority: priority.map(|priority| priority.name().as_bytes()),
            source_type,
            alert_type: alert_type.map(|alert_type| alert_type.name().as_bytes()),
            tags,
            cardinality: origin.cardinality,
            ..EventCall::new(title, text)
        };
        let now = Time::from_millis(now_ms);
        bj_emitter::with(emitter, |transmitter| transmitter.call(now, |client| client.event(&call, now)))
    })
}

/// Sends a service check with a status of 0 (ok), 1 (warning), 2 (critical) or 3 (unknown) with the next datagram. `fields` may be NULL. An empty
/// name is dropped and counted.
///
/// Cost: linear in its bytes, and in what is sent because of it. Any thread, one at a time for one `emitter`.
///
/// Errors: `BJ_NULL_EMITTER`, `BJ_NULL_NAME`, `BJ_BAD_SERVICE_STATUS`, `BJ_BAD_SIZE`, `BJ_NULL_FIELD`, `BJ_BAD_SETTING`, `BJ_FULL_BUFFER`,
/// `BJ_BUSY`, `BJ_MISALIGNED`.
///
/// # Safety
///
/// `emitter` is NULL or was made by `bj_emitter_init` or `bj_emitter_init_aggregating`; `name` is as its members say; `fields` is NULL or as its
/// members say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_emitter_service_check(
    emitter: *mut bj_emitter,
    name: bj_bytes,
    status: i32,
    fields: *const bj_fields,
    now_ms: u64,
) -> bj_status {
    // SAFETY: the pointers are as this function's contract says.
    guard(|| unsafe {
        let (name, status) = (given(name, BJ_NULL_NAME)?, check_status(status)?);
        let Fields { hostname, message, tags, timestamp, origin, .. } = Fields::read(fields)?;
        let call = CheckCall {
            timestamp: timestamp.map(Value::I64),
            hostname,
            message,
            tags,
            cardinality: origin.cardinality,
            ..CheckCall::new(name, Value::I64(status as i64))
        };
        let now = Time::from_millis(now_ms);
        bj_emitter::with(emitter, |transmitter| transmitter.call(now, |client| client.service_check(&call, now)))
    })
}
