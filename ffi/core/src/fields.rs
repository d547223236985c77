//! What a message may carry beside its name and value.

use basenji_core::client::{MetricCall, Value};
use basenji_core::wire::{AlertType, Event, Metric, MetricKind, OriginFields, Priority, ServiceCheck, Status, Tags};
use basenji_core::wire::{Text, Values};

use crate::bytes::{bj_bytes, maybe};
use crate::options::{self, Options};
use crate::status::*;

/// What a message may carry beside its name and value; begin with `BJ_FIELDS_INIT`. 0 and NULL are the defaults. A kind of message passes over
/// what it does not have.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct bj_fields {
    /// `sizeof(bj_fields)`.
    pub size: usize,
    /// Metrics: the share of samples that are sent, above 0 and up to 1; 0 is 1, or what an emitter was told.
    pub sample_rate: f64,
    /// Seconds since 1970; 0 is the time of receipt. Of a metric it is not negative.
    pub timestamp: i64,
    /// Tags, joined by commas.
    pub tags: bj_bytes,
    /// The host of an event or service check, and in an aggregator that of a metric.
    pub hostname: bj_bytes,
    /// Events: those of one key are shown as one.
    pub aggregation_key: bj_bytes,
    /// Events: the kind of program that sends it.
    pub source_type: bj_bytes,
    /// Events: 0 normal, 1 low.
    pub priority: i32,
    /// Events: 0 info, 1 error, 2 warning, 3 success.
    pub alert_type: i32,
    /// Service checks: what there is to say.
    pub message: bj_bytes,
    /// `c:`; an emitter has its own.
    pub local_data: bj_bytes,
    /// `e:`; an emitter has its own.
    pub external_data: bj_bytes,
    /// `card:`
    pub cardinality: bj_bytes,
}

// SAFETY: it is `repr(C)`, begins with its size, and is made of numbers and pointers.
unsafe impl Options for bj_fields {
    const FIRST: usize = size_of::<bj_fields>();
}

/// The fields, read.
pub(crate) struct Fields<'a> {
    /// `None` for the default.
    pub(crate) sample_rate: Option<f64>,
    pub(crate) timestamp: Option<i64>,
    pub(crate) tags: Tags<'a>,
    pub(crate) hostname: Option<&'a [u8]>,
    pub(crate) aggregation_key: Option<&'a [u8]>,
    pub(crate) source_type: Option<&'a [u8]>,
    pub(crate) priority: Priority,
    pub(crate) alert_type: AlertType,
    pub(crate) message: Option<&'a [u8]>,
    pub(crate) origin: OriginFields<'a>,
}

impl<'a> Fields<'a> {
    /// The fields that `fields` points to, or the defaults if it is NULL.
    ///
    /// # Errors
    ///
    /// `BJ_BAD_SIZE`; `BJ_NULL_FIELD`; `BJ_BAD_SETTING`: the rate, priority or alert type is none.
    ///
    /// # Safety
    ///
    /// `fields` is NULL or as its members say, during `'a`.
    pub(crate) unsafe fn read(fields: *const bj_fields) -> Result<Fields<'a>, bj_status> {
        // SAFETY: as this function's contract says.
        let fields = unsafe { options::read(fields)? };
        // SAFETY: as this function's contract says.
        let text = |text: bj_bytes| unsafe { maybe(text, BJ_NULL_FIELD) };
        Ok(Fields {
            sample_rate: match fields.sample_rate {
                0.0 => None,
                rate if rate > 0.0 && rate <= 1.0 => Some(rate),
                _ => return Err(BJ_BAD_SETTING),
            },
            timestamp: Some(fields.timestamp).filter(|&seconds| seconds != 0),
            tags: Tags::Text(text(fields.tags)?.unwrap_or_default()),
            hostname: text(fields.hostname)?,
            aggregation_key: text(fields.aggregation_key)?,
            source_type: text(fields.source_type)?,
            priority: priority(fields.priority).ok_or(BJ_BAD_SETTING)?,
            alert_type: alert_type(fields.alert_type).ok_or(BJ_BAD_SETTING)?,
            message: text(fields.message)?,
            origin: OriginFields {
                local_data: text(fields.local_data)?,
                external_data: text(fields.external_data)?,
                cardinality: text(fields.cardinality)?,
            },
        })
    }

    /// A metric with these fields.
    ///
    /// # Errors
    ///
    /// `BJ_BAD_SETTING`: its timestamp is negative.
    pub(crate) fn metric(&self, kind: MetricKind, name: &'a [u8], values: Values<'a>) -> Result<Metric<'a>, bj_status> {
        let timestamp = self.timestamp.map(|seconds| u64::try_from(seconds).map_err(|_| BJ_BAD_SETTING)).transpose()?;
        let &Fields { tags, origin, .. } = self;
        Ok(Metric { name, kind, values, sample_rate: self.sample_rate.unwrap_or(1.0), tags, timestamp, origin })
    }

    /// A call of a client with these fields, but for the rate.
    pub(crate) fn complete(&self, call: MetricCall<'a>) -> MetricCall<'a> {
        let (tags, cardinality) = (self.tags, self.origin.cardinality);
        MetricCall { tags, cardinality, timestamp: self.timestamp.map(Value::I64), ..call }
    }

    /// An event with these fields.
    pub(crate) fn event(&self, title: &'a [u8], text: &'a [u8]) -> Event<'a> {
        let &Fields { timestamp, hostname, aggregation_key, priority, source_type, alert_type, tags, origin, .. } =
            self;
        let (title, text) = (Text::Plain(title), Text::Plain(text));
        Event {
            title,
            text,
            timestamp,
            hostname,
            aggregation_key,
            priority,
            source_type,
            alert_type,
            tags,
            origin,
            bad_fields: 0,
        }
    }

    /// A service check with these fields.
    pub(crate) fn service_check(&self, name: &'a [u8], status: Status) -> ServiceCheck<'a> {
        let &Fields { timestamp, hostname, message, tags, origin, .. } = self;
        ServiceCheck { name, status, timestamp, hostname, message, tags, origin, bad_fields: 0 }
    }
}

/// The kind with a number of `bj_kind`.
///
/// # Errors
///
/// `BJ_BAD_KIND`.
pub(crate) fn metric_kind(kind: i32) -> Result<MetricKind, bj_status> {
    nth(MetricKind::ALL, kind).ok_or(BJ_BAD_KIND)
}

/// [`metric_kind`], but not that of sets, whose values are no numbers.
///
/// # Errors
///
/// `BJ_BAD_KIND`.
pub(crate) fn number_kind(kind: i32) -> Result<MetricKind, bj_status> {
    metric_kind(kind).and_then(|kind| if kind == MetricKind::Set { Err(BJ_BAD_KIND) } else { Ok(kind) })
}

/// The status of a service check with this number.
///
/// # Errors
///
/// `BJ_BAD_SERVICE_STATUS`.
pub(crate) fn check_status(status: i32) -> Result<Status, bj_status> {
    nth([Status::Ok, Status::Warning, Status::Critical, Status::Unknown], status).ok_or(BJ_BAD_SERVICE_STATUS)
}

/// The priority with this number.
pub(crate) fn priority(priority: i32) -> Option<Priority> {
    nth([Priority::Normal, Priority::Low], priority)
}

/// The alert type with this number.
pub(crate) fn alert_type(alert_type: i32) -> Option<AlertType> {
    nth([AlertType::Info, AlertType::Error, AlertType::Warning, AlertType::Success], alert_type)
}

fn nth<T: Copy, const N: usize>(all: [T; N], number: i32) -> Option<T> {
    usize::try_from(number).ok().and_then(|number| all.get(number).copied())
}
