//! The arguments of calls: one metric, one event, one service check, and what all lines of one client have in common.
//!
//! Everything is borrowed, text is bytes, and nothing has been checked yet.

use crate::wire::{MetricKind, OriginFields, Tags};

/// A value as its caller has it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// A whole number, which keeps all of its digits.
    I64(i64),
    /// A whole number that is not negative.
    U64(u64),
    /// A double, in the number style of the dialect.
    F64(f64),
    /// Text as it is to stand on the wire: a set's member, a number of a language that has others.
    Text(&'a [u8]),
    /// Samples as an aggregator keeps them, the bits of value and weight, at least one: packed with `:` (v1.1). The weights are not written,
    /// the rate is that of the call.
    Samples(&'a [[u64; 2]]),
}

/// One call for a metric.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MetricCall<'a> {
    /// The name, without prefix and suffix.
    pub name: &'a [u8],
    /// The type.
    pub kind: MetricKind,
    /// The value.
    pub value: Value<'a>,
    /// The tags of this call.
    pub tags: Tags<'a>,
    /// The rate at which calls like this one are sent.
    pub sample_rate: f64,
    /// Seconds since 1970; `None` and what is not above 0 are the time of receipt.
    pub timestamp: Option<Value<'a>>,
    /// `card:` of this call; `None` for the client's.
    pub cardinality: Option<&'a [u8]>,
}

impl<'a> MetricCall<'a> {
    /// A call without tags and options.
    pub const fn new(name: &'a [u8], kind: MetricKind, value: Value<'a>) -> Self {
        MetricCall { name, kind, value, tags: Tags::NONE, sample_rate: 1.0, timestamp: None, cardinality: None }
    }
}

/// One call for an event. An empty text of an option counts as absent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EventCall<'a> {
    /// The title.
    pub title: &'a [u8],
    /// The text.
    pub text: &'a [u8],
    /// Seconds since 1970; `None` and 0 are the time of receipt.
    pub timestamp: Option<Value<'a>>,
    /// `h:`
    pub hostname: Option<&'a [u8]>,
    /// `k:`
    pub aggregation_key: Option<&'a [u8]>,
    /// `p:`, one of the names of [`Priority`](crate::wire::Priority) or what the caller takes for one.
    pub priority: Option<&'a [u8]>,
    /// `s:`
    pub source_type: Option<&'a [u8]>,
    /// `t:`, one of the names of [`AlertType`](crate::wire::AlertType) or what the caller takes for one.
    pub alert_type: Option<&'a [u8]>,
    /// The tags of this call.
    pub tags: Tags<'a>,
    /// `card:` of this call; `None` for the client's.
    pub cardinality: Option<&'a [u8]>,
}

impl<'a> EventCall<'a> {
    /// A call without tags and options.
    pub const fn new(title: &'a [u8], text: &'a [u8]) -> Self {
        EventCall {
            title,
            text,
            timestamp: None,
            hostname: None,
            aggregation_key: None,
            priority: None,
            source_type: None,
            alert_type: None,
            tags: Tags::NONE,
            cardinality: None,
        }
    }
}

/// One call for a service check. An empty text of an option counts as absent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CheckCall<'a> {
    /// The name.
    pub name: &'a [u8],
    /// The status, 0 to 3 or what the caller takes for one.
    pub status: Value<'a>,
    /// Seconds since 1970; `None` and 0 are the time of receipt.
    pub timestamp: Option<Value<'a>>,
    /// `h:`
    pub hostname: Option<&'a [u8]>,
    /// `m:`
    pub message: Option<&'a [u8]>,
    /// The tags of this call.
    pub tags: Tags<'a>,
    /// `card:` of this call; `None` for the client's.
    pub cardinality: Option<&'a [u8]>,
}

impl<'a> CheckCall<'a> {
    /// A call without tags and options.
    pub const fn new(name: &'a [u8], status: Value<'a>) -> Self {
        CheckCall { name, status, timestamp: None, hostname: None, message: None, tags: Tags::NONE, cardinality: None }
    }
}

/// What every line of one client has in common.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Identity<'a> {
    /// What stands before each name, with its dot.
    pub prefix: &'a [u8],
    /// What stands behind each name, with its dot.
    pub suffix: &'a [u8],
    /// The tags of each message.
    pub tags: Tags<'a>,
    /// `c:`, `e:` and the default of `card:`.
    pub origin: OriginFields<'a>,
}

impl<'a> Identity<'a> {
    /// No prefix, no suffix, no tags, no origin.
    pub const NONE: Identity<'static> =
        Identity { prefix: b"", suffix: b"", tags: Tags::NONE, origin: OriginFields::NONE };

    /// The origin fields of a call with this cardinality.
    pub(super) fn origin(&self, cardinality: Option<&'a [u8]>) -> OriginFields<'a> {
        OriginFields { cardinality: cardinality.or(self.origin.cardinality), ..self.origin }
    }
}
