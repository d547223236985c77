//! From a datagram to its messages.

use basenji_core::wire::{
    Event, Message, Messages, Metric, MetricKind, OriginFields, ServiceCheck, Tags, Text, Values,
};

use crate::bytes::{bj_bytes, bytes, maybe, output};
use crate::fields::{alert_type, check_status, metric_kind, priority};
use crate::guard::guard;
use crate::status::*;
use crate::values::{bj_tags, bj_values};

/// A datagram, to be walked through by `bj_datagram_next`. Begin with its bytes and all else 0: `bj_datagram datagram = {bytes, len, 0, 0, {NULL, 0}};`
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct bj_datagram {
    /// The first byte.
    pub bytes: *const u8,
    /// How many there are.
    pub len: usize,
    /// Where the next line begins, in bytes from the first.
    pub at: usize,
    /// Of the line that was refused last: bytes from its start to what is wrong.
    pub offset: usize,
    /// The line that was looked at last, without its line end.
    pub line: bj_bytes,
}

/// What a message is.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum bj_message_kind {
    /// A metric.
    BJ_MESSAGE_METRIC = 0,
    /// An event.
    BJ_MESSAGE_EVENT = 1,
    /// A service check.
    BJ_MESSAGE_SERVICE_CHECK = 2,
}

/// The type of a metric.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum bj_kind {
    /// `c`: a sum.
    BJ_COUNT = 0,
    /// `g`: the last value.
    BJ_GAUGE = 1,
    /// `ms`: a histogram of milliseconds.
    BJ_TIMING = 2,
    /// `h`: a histogram.
    BJ_HISTOGRAM = 3,
    /// `d`: a distribution.
    BJ_DISTRIBUTION = 4,
    /// `s`: a set.
    BJ_SET = 5,
}

const _: () = assert!(bj_kind::BJ_SET as usize + 1 == MetricKind::ALL.len(), "each kind of the core has its number");

/// A message, all of whose bytes are those of the datagram. A member that the kind of message does not have, or that the line lacks, is 0,
/// NULL, or what its comment says.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct bj_message {
    /// What it is: a `bj_message_kind`.
    pub kind: i32,
    /// The type of a metric: a `bj_kind`.
    pub metric_kind: i32,
    /// The name of a metric or service check, the title of an event as it stands on the wire (`\n` for a newline).
    pub name: bj_bytes,
    /// The values of a metric.
    pub values: bj_values,
    /// The sample rate of a metric as written, which may be any number; 1 when absent.
    pub sample_rate: f64,
    /// Seconds since 1970; 0 when absent.
    pub timestamp: i64,
    /// The tags.
    pub tags: bj_tags,
    /// The text of an event as it stands on the wire, the message of a service check.
    pub text: bj_bytes,
    /// The host of an event or service check.
    pub hostname: bj_bytes,
    /// The aggregation key of an event.
    pub aggregation_key: bj_bytes,
    /// The source type of an event.
    pub source_type: bj_bytes,
    /// The priority of an event: 0 normal, 1 low.
    pub priority: i32,
    /// The alert type of an event: 0 info, 1 error, 2 warning, 3 success.
    pub alert_type: i32,
    /// The status of a service check: 0 ok, 1 warning, 2 critical, 3 unknown.
    pub status: i32,
    /// How many fields of an event or service check were dropped because of their value.
    pub bad_fields: u32,
    /// `c:`
    pub local_data: bj_bytes,
    /// `e:`
    pub external_data: bj_bytes,
    /// `card:`
    pub cardinality: bj_bytes,
}

/// The next message of a datagram into `*message_out`. A line that is none gives the status that says why (1 to 63) with `datagram->line` and
/// `datagram->offset`, and the call after it goes on with the next line. Returns `BJ_END` when there are no more. The message borrows the
/// datagram's bytes. Cost: linear in the bytes of the line, no allocation. Any thread, one at a time for one `datagram`.
///
/// # Safety
///
/// `datagram` is NULL or points to one whose bytes are readable; `message_out` is NULL or points to a message.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_datagram_next(datagram: *mut bj_datagram, message_out: *mut bj_message) -> bj_status {
    // SAFETY: the pointers are as this function's contract says.
    guard(|| unsafe { next(datagram, 0, message_out) })
}

/// A flag of `bj_datagram_next_ex`: a last line without a newline is refused as `BJ_UNTERMINATED`.
pub const BJ_EOL_REQUIRED: u32 = 1;
/// A flag of `bj_datagram_next_ex`: the receive buffer has cut the datagram, so that a last line without a newline is refused as `BJ_TRUNCATED`.
pub const BJ_CUT: u32 = 2;

/// `bj_datagram_next` for a datagram of which more is known: `flags` are `BJ_EOL_REQUIRED` and `BJ_CUT`, or 0; other bits do not count.
///
/// # Safety
///
/// `datagram` is NULL or points to one whose bytes are readable; `message_out` is NULL or points to a message.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_datagram_next_ex(
    datagram: *mut bj_datagram,
    flags: u32,
    message_out: *mut bj_message,
) -> bj_status {
    // SAFETY: the pointers are as this function's contract says.
    guard(|| unsafe { next(datagram, flags, message_out) })
}

/// The next message of a datagram.
///
/// # Safety
///
/// The pointers are as the exports above say.
unsafe fn next(datagram: *mut bj_datagram, flags: u32, message_out: *mut bj_message) -> Result<(), bj_status> {
    // SAFETY: as this function's contract says.
    let (datagram, out, all) = unsafe {
        let datagram = output(datagram, BJ_NULL_DATAGRAM)?;
        let all = bytes(datagram.bytes, datagram.len, BJ_NULL_DATAGRAM)?;
        (datagram, output(message_out, BJ_NULL_OUT)?, all)
    };
    let rest = all.get(datagram.at..).unwrap_or_default();
    let messages = Messages::new(rest).require_eol(flags & BJ_EOL_REQUIRED != 0);
    let mut messages = messages.truncated(flags & BJ_CUT != 0);
    let item = messages.next();
    datagram.at = datagram.len.saturating_sub(messages.rest().len());
    let item = item.ok_or(BJ_END)?;
    datagram.line = bj_bytes::of(messages.line());
    match item {
        Ok(message) => {
            *out = view(&message, messages.line());
            Ok(())
        }
        Err(error) => {
            datagram.offset = error.offset;
            Err(refused(error.kind))
        }
    }
}

/// A message with nothing in it.
const EMPTY: bj_message = bj_message {
    kind: 0,
    metric_kind: 0,
    name: bj_bytes::NONE,
    values: bj_values { text: bj_bytes::NONE },
    sample_rate: 1.0,
    timestamp: 0,
    tags: bj_tags { text: bj_bytes::NONE },
    text: bj_bytes::NONE,
    hostname: bj_bytes::NONE,
    aggregation_key: bj_bytes::NONE,
    source_type: bj_bytes::NONE,
    priority: 0,
    alert_type: 0,
    status: 0,
    bad_fields: 0,
    local_data: bj_bytes::NONE,
    external_data: bj_bytes::NONE,
    cardinality: bj_bytes::NONE,
};

/// A message as C sees it; `line` is where it was parsed from.
pub fn view(message: &Message<'_>, line: &[u8]) -> bj_message {
    match message {
        Message::Metric(metric) => bj_message {
            kind: bj_message_kind::BJ_MESSAGE_METRIC as i32,
            metric_kind: metric.kind as i32,
            name: bj_bytes::of(metric.name),
            values: bj_values { text: bj_bytes::of(values(metric.name, metric.values, line)) },
            sample_rate: metric.sample_rate,
            timestamp: metric.timestamp.and_then(|time| i64::try_from(time).ok()).unwrap_or_default(),
            ..common(metric.tags, metric.origin)
        },
        Message::Event(event) => bj_message {
            kind: bj_message_kind::BJ_MESSAGE_EVENT as i32,
            name: text(event.title),
            text: text(event.text),
            timestamp: event.timestamp.unwrap_or_default(),
            hostname: bj_bytes::maybe(event.hostname),
            aggregation_key: bj_bytes::maybe(event.aggregation_key),
            source_type: bj_bytes::maybe(event.source_type),
            priority: event.priority as i32,
            alert_type: event.alert_type as i32,
            bad_fields: event.bad_fields,
            ..common(event.tags, event.origin)
        },
        Message::ServiceCheck(check) => bj_message {
            kind: bj_message_kind::BJ_MESSAGE_SERVICE_CHECK as i32,
            name: bj_bytes::of(check.name),
            text: bj_bytes::maybe(check.message),
            status: check.status as i32,
            timestamp: check.timestamp.unwrap_or_default(),
            hostname: bj_bytes::maybe(check.hostname),
            bad_fields: check.bad_fields,
            ..common(check.tags, check.origin)
        },
    }
}

/// What a message of C says.
///
/// # Errors
///
/// `BJ_NULL_MESSAGE`; of a message that no parser has made also `BJ_BAD_KIND`, `BJ_EMPTY_VALUE`, `BJ_BAD_VALUE`, `BJ_BAD_SERVICE_STATUS`,
/// `BJ_BAD_SETTING`.
///
/// # Safety
///
/// The texts of `message` are as their members say, during `'a`.
pub(crate) unsafe fn read<'a>(message: &bj_message) -> Result<Message<'a>, bj_status> {
    // SAFETY: as this function's contract says.
    let maybe = |text: bj_bytes| unsafe { maybe(text, BJ_NULL_MESSAGE) };
    let text = |text: bj_bytes| maybe(text).map(Option::unwrap_or_default);
    let tags = Tags::Text(text(message.tags.text)?);
    let origin = OriginFields {
        local_data: maybe(message.local_data)?,
        external_data: maybe(message.external_data)?,
        cardinality: maybe(message.cardinality)?,
    };
    let timestamp = Some(message.timestamp).filter(|&seconds| seconds != 0);
    let name = text(message.name)?;
    const METRIC: i32 = bj_message_kind::BJ_MESSAGE_METRIC as i32;
    const EVENT: i32 = bj_message_kind::BJ_MESSAGE_EVENT as i32;
    const SERVICE_CHECK: i32 = bj_message_kind::BJ_MESSAGE_SERVICE_CHECK as i32;
    Ok(match message.kind {
        METRIC => {
            let kind = metric_kind(message.metric_kind)?;
            Message::Metric(Metric {
                name,
                kind,
                values: Values::of_text(kind, text(message.values.text)?).map_err(refused)?,
                sample_rate: message.sample_rate,
                tags,
                timestamp: timestamp.map(|seconds| u64::try_from(seconds).map_err(|_| BJ_BAD_SETTING)).transpose()?,
                origin,
            })
        }
        EVENT => Message::Event(Event {
            timestamp,
            hostname: maybe(message.hostname)?,
            aggregation_key: maybe(message.aggregation_key)?,
            priority: priority(message.priority).ok_or(BJ_BAD_SETTING)?,
            source_type: maybe(message.source_type)?,
            alert_type: alert_type(message.alert_type).ok_or(BJ_BAD_SETTING)?,
            tags,
            origin,
            ..Event::new(Text::Wire(name), Text::Wire(text(message.text)?))
        }),
        SERVICE_CHECK => Message::ServiceCheck(ServiceCheck {
            timestamp,
            hostname: maybe(message.hostname)?,
            message: maybe(message.text)?,
            tags,
            origin,
            ..ServiceCheck::new(name, check_status(message.status)?)
        }),
        _ => return Err(BJ_BAD_KIND),
    })
}

fn common(tags: Tags<'_>, origin: OriginFields<'_>) -> bj_message {
    let tags = match tags {
        Tags::Text(b"") | Tags::List(_) => bj_bytes::NONE,
        Tags::Text(text) => bj_bytes::of(text),
    };
    bj_message {
        tags: bj_tags { text: tags },
        local_data: bj_bytes::maybe(origin.local_data),
        external_data: bj_bytes::maybe(origin.external_data),
        cardinality: bj_bytes::maybe(origin.cardinality),
        ..EMPTY
    }
}

fn text(text: Text<'_>) -> bj_bytes {
    let (Text::Wire(bytes) | Text::Plain(bytes)) = text;
    bj_bytes::of(bytes)
}

/// The text of a metric's values, which stands between the name's colon and the next `|`.
fn values<'a>(name: &[u8], values: Values<'a>, line: &'a [u8]) -> &'a [u8] {
    if let Values::Member(member) = values {
        return member;
    }
    let behind = line.get(name.len().saturating_add(1)..).unwrap_or_default();
    behind.split(|&byte| byte == b'|').next().unwrap_or_default()
}
