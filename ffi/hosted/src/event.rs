//! Events and service checks.

use std::ffi::c_char;

use basenji::client::{CheckCall, EventCall, Value};
use basenji_ffi_core::*;

use crate::call::cardinality;
use crate::client::bj_client;
use crate::guard::guard;
use crate::text::{Text, optional, with_tags};

/// The options of an event or a service check; begin with `BJ_EVENT_OPTIONS_INIT`. 0 and NULL are the defaults.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct bj_event_options {
    /// `sizeof(bj_event_options)`.
    pub size: usize,
    /// Seconds since 1970; 0 is the time of receipt.
    pub timestamp: i64,
    /// The host.
    pub hostname: *const c_char,
    /// Events only: events of one key are shown as one.
    pub aggregation_key: *const c_char,
    /// Events only: `normal` or `low`.
    pub priority: *const c_char,
    /// Events only: the kind of program that sends it.
    pub source_type: *const c_char,
    /// Events only: `info`, `error`, `warning` or `success`.
    pub alert_type: *const c_char,
    /// Service checks only: what there is to say.
    pub message: *const c_char,
    /// `none`, `low`, `orchestrator` or `high`; NULL is the default of the client.
    pub cardinality: *const c_char,
}

// SAFETY: it is `repr(C)`, begins with its size, and is made of numbers and pointers.
unsafe impl Options for bj_event_options {
    const FIRST: usize = size_of::<bj_event_options>();
}

/// Sends an event. `options` may be NULL. Newlines in title and text arrive as they are. Cost: linear in its bytes. Any thread.
///
/// Errors: `BJ_MISALIGNED`, `BJ_NULL_CLIENT`, `BJ_CLOSED`, `BJ_NULL_TITLE`, `BJ_NULL_TEXT`, `BJ_NULL_TAGS`, `BJ_BAD_SIZE`, `BJ_BAD_PRIORITY`,
/// `BJ_BAD_ALERT_TYPE`, `BJ_BAD_CARDINALITY`.
///
/// # Safety
///
/// `client` is NULL or not freed; `title` or `text` is NULL or a string; `tags` is NULL or `ntags` strings; `options` is NULL or as its members
/// say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_event(
    client: *const bj_client,
    title: *const c_char,
    text: *const c_char,
    tags: *const *const c_char,
    ntags: usize,
    options: *const bj_event_options,
) -> bj_status {
    // SAFETY: the pointers are as this function's contract says.
    guard(|| unsafe { send_event(client, title, text, tags, ntags, options) })
}

/// Sends an event as `bj_event` does, but takes bytes with their length.
///
/// # Safety
///
/// `client` is NULL or not freed; `title` and `text` have their bytes; `tags` is NULL or `ntags` texts that have theirs; `options` is NULL or as
/// its members say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_event_n(
    client: *const bj_client,
    title: bj_bytes,
    text: bj_bytes,
    tags: *const bj_bytes,
    ntags: usize,
    options: *const bj_event_options,
) -> bj_status {
    // SAFETY: the pointers are as this function's contract says.
    guard(|| unsafe { send_event(client, title, text, tags, ntags, options) })
}

/// Sends an event.
///
/// # Safety
///
/// As the two exports above say.
unsafe fn send_event<T: Text>(
    client: *const bj_client,
    title: T,
    text: T,
    tags: *const T,
    ntags: usize,
    options: *const bj_event_options,
) -> Result<(), bj_status> {
    // SAFETY: as this function's contract says.
    unsafe {
        let client = bj_client::open(client)?;
        let (title, text) = (title.bytes_of(BJ_NULL_TITLE)?, text.bytes_of(BJ_NULL_TEXT)?);
        let options = options::read(options)?;
        let call = EventCall {
            timestamp: (options.timestamp != 0).then_some(Value::I64(options.timestamp)),
            hostname: optional(options.hostname),
            aggregation_key: optional(options.aggregation_key),
            priority: word(options.priority, &["normal", "low"], BJ_BAD_PRIORITY)?,
            source_type: optional(options.source_type),
            alert_type: word(options.alert_type, &["info", "error", "warning", "success"], BJ_BAD_ALERT_TYPE)?,
            cardinality: cardinality(options.cardinality)?,
            ..EventCall::new(title, text)
        };
        with_tags(tags, ntags, |tags| {
            client.event(&EventCall { tags, ..call });
            Ok(())
        })
    }
}

/// One of `words`, or nothing.
///
/// # Errors
///
/// `bad`: it is none of them.
///
/// # Safety
///
/// `text` is NULL or a string.
unsafe fn word<'a>(text: *const c_char, words: &[&str], bad: bj_status) -> Result<Option<&'a [u8]>, bj_status> {
    // SAFETY: as this function's contract says.
    let text = unsafe { optional(text) };
    match text {
        Some(text) if !words.iter().any(|word| word.as_bytes() == text) => Err(bad),
        text => Ok(text),
    }
}

/// Sends a service check with a status of 0 (ok), 1 (warning), 2 (critical) or 3 (unknown). `options` may be NULL. Cost: linear in its bytes.
/// Any thread.
///
/// Errors: `BJ_MISALIGNED`, `BJ_NULL_CLIENT`, `BJ_CLOSED`, `BJ_NULL_NAME`, `BJ_BAD_SERVICE_STATUS`, `BJ_NULL_TAGS`, `BJ_BAD_SIZE`, `BJ_BAD_CARDINALITY`.
///
/// # Safety
///
/// `client` is NULL or not freed; `name` is NULL or a string; `tags` is NULL or `ntags` strings; `options` is NULL or as its members say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_service_check(
    client: *const bj_client,
    name: *const c_char,
    status: i32,
    tags: *const *const c_char,
    ntags: usize,
    options: *const bj_event_options,
) -> bj_status {
    // SAFETY: the pointers are as this function's contract says.
    guard(|| unsafe { send_check(client, name, status, tags, ntags, options) })
}

/// Sends a service check as `bj_service_check` does, but takes bytes with their length.
///
/// # Safety
///
/// `client` is NULL or not freed; `name` has its bytes; `tags` is NULL or `ntags` texts that have theirs; `options` is NULL or as its members say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_service_check_n(
    client: *const bj_client,
    name: bj_bytes,
    status: i32,
    tags: *const bj_bytes,
    ntags: usize,
    options: *const bj_event_options,
) -> bj_status {
    // SAFETY: the pointers are as this function's contract says.
    guard(|| unsafe { send_check(client, name, status, tags, ntags, options) })
}

/// Sends a service check.
///
/// # Safety
///
/// As the two exports above say.
unsafe fn send_check<T: Text>(
    client: *const bj_client,
    name: T,
    status: i32,
    tags: *const T,
    ntags: usize,
    options: *const bj_event_options,
) -> Result<(), bj_status> {
    // SAFETY: as this function's contract says.
    unsafe {
        let client = bj_client::open(client)?;
        let name = name.bytes_of(BJ_NULL_NAME)?;
        if !(0..=3).contains(&status) {
            return Err(BJ_BAD_SERVICE_STATUS);
        }
        let options = options::read(options)?;
        let call = CheckCall {
            timestamp: (options.timestamp != 0).then_some(Value::I64(options.timestamp)),
            hostname: optional(options.hostname),
            message: optional(options.message),
            cardinality: cardinality(options.cardinality)?,
            ..CheckCall::new(name, Value::I64(status.into()))
        };
        with_tags(tags, ntags, |tags| {
            client.service_check(&CheckCall { tags, ..call });
            Ok(())
        })
    }
}
