//! Series for v2 of the intake: `MetricPayload` in Protocol Buffers.

use std::fmt::Write;

use basenji::core::aggregate::Aggregate;
use basenji::core::wire::{MetricKind, Tags};
use basenji::server::{Point, Series};

use crate::encode::pen::{FIELD, Sheet, most_of};
use crate::encode::protobuf::Message;

/// `Metadata` that says where a series comes from: its only field, an `Origin` of the product 10, which is the Agent, and
/// the category 10, its DogStatsD.
pub(super) const ORIGIN: [u8; 6] = [0x0a, 4, 4 << 3, 10, 5 << 3, 10];

/// What a tag begins with that is a resource.
const DEVICE: &[u8] = b"device:";

/// What Datadog does with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Count = 1,
    Rate = 2,
    Gauge = 3,
}

/// What series get beside what they have.
#[derive(Debug, Clone, Default)]
pub(super) struct Common {
    /// The host of series that name none.
    pub(super) hostname: String,
    /// Tags for every series.
    pub(super) tags: Vec<String>,
    /// Whether counts are sent as they are.
    pub(super) has_raw_counts: bool,
}

impl Common {
    /// The host of a series.
    pub(super) fn host<'a>(&'a self, own: &'a [u8]) -> &'a [u8] {
        if own.is_empty() { self.hostname.as_bytes() } else { own }
    }

    /// The value of a count, by the Agent's rule.
    fn count(&self, sum: f64, interval: u32) -> (Type, f64) {
        match self.has_raw_counts {
            true => (Type::Count, sum),
            false => (Type::Rate, sum / f64::from(interval.max(1))),
        }
    }
}

/// One value of a series as the receiver is to know it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Value<'a> {
    /// What follows the name.
    pub(super) aggregate: Option<Aggregate>,
    pub(super) kind: Type,
    pub(super) value: f64,
    pub(super) series: &'a Series<'a>,
}

impl Value<'_> {
    /// The unit, as the newest Agents say it: that of a timing, but for how many there were.
    fn unit(&self) -> &'static [u8] {
        let is_time = self.series.kind == MetricKind::Timing && self.aggregate != Some(Aggregate::Count);
        if is_time { b"millisecond" } else { b"" }
    }
}

/// Calls `each` with every value that the receiver gets of a series; those that are not finite are left out, as in the
/// Agent. Distributions have none here.
pub(super) fn values<'a>(series: &'a Series<'a>, common: &Common, mut each: impl FnMut(Value<'a>)) {
    let mut one = |aggregate, (kind, value): (Type, f64)| {
        if value.is_finite() {
            each(Value { aggregate, kind, value, series });
        }
    };
    match series.point {
        Point::Count(sum) => one(None, common.count(sum, series.interval)),
        Point::Gauge(last) => one(None, (Type::Gauge, last)),
        Point::Set(members) => one(None, (Type::Gauge, members as f64)),
        Point::Histogram(histogram) => {
            for &(aggregate, value) in histogram.aggregates {
                let value = match aggregate {
                    Aggregate::Count => common.count(value, series.interval),
                    _ => (Type::Gauge, value),
                };
                one(Some(aggregate), value);
            }
        }
        Point::Distribution(_) => {}
    }
}

/// Appends `MetricSeries` messages, as fields of a `MetricPayload`.
#[derive(Debug, Default)]
pub(super) struct Encoder {
    /// The resource of series without a host, as it is written.
    host: Vec<u8>,
    /// The tags of all series, as they are written.
    tags: Vec<u8>,
    /// Resources and name of a series, as they are written.
    start: Vec<u8>,
    ending: Ending,
}

/// What a series ends with, which many have in common: point, type, unit, interval and origin.
#[derive(Debug, Default)]
struct Ending {
    of: Option<(u64, u32, Type, &'static [u8])>,
    bytes: Vec<u8>,
}

/// The place of the value in an ending.
const VALUE: std::ops::Range<usize> = 3..11;

/// Bytes of an ending at most, beside the type of the source.
const ENDING: usize = 64;

impl Encoder {
    /// For series with this in common.
    pub(super) fn new(common: &Common) -> Encoder {
        let mut encoder = Encoder::default();
        resource(&mut Message::new(&mut encoder.host), b"host", common.hostname.as_bytes());
        let mut tags = Message::new(&mut encoder.tags);
        common.tags.iter().for_each(|tag| tags.bytes(3, tag.as_bytes()));
        encoder
    }

    /// Appends one value as one series.
    pub(super) fn push(&mut self, value: &Value<'_>, source_type: &str, sheet: &mut Sheet) {
        let series = value.series;
        let is_plain = matches!(series.tags, Tags::Text(text) if text.is_ascii());
        let is_plain = is_plain && series.host.is_empty() && value.aggregate.is_none() && series.name.is_ascii();
        if !is_plain || !self.try_push(value, source_type, sheet) {
            self.push_any(value, source_type, sheet);
        }
    }

    /// Appends a series whose text is ASCII; false, with nothing appended, if one of its tags is a resource.
    #[inline]
    fn try_push(&mut self, value: &Value<'_>, source_type: &str, sheet: &mut Sheet) -> bool {
        let Encoder { host, tags, ending, .. } = self;
        let series = value.series;
        let start = sheet.len();
        let ending = ending.of(value, source_type);
        let most = host.len() + series.name.len() + most_of(series.tags) + tags.len() + ending.len() + 4 * FIELD;
        let mut has_device = false;
        sheet.write(most, |pen| {
            pen.message(1, |pen| {
                pen.raw(host);
                pen.bytes(2, series.name);
                series.tags.iter().for_each(|tag| {
                    has_device |= tag.first() == Some(&DEVICE[0]) && tag.starts_with(DEVICE);
                    pen.bytes(3, tag);
                });
                pen.raw(tags);
                pen.raw(ending);
            });
        });
        if has_device {
            sheet.truncate(start);
        }
        !has_device
    }

    /// Appends any series.
    fn push_any(&mut self, value: &Value<'_>, source_type: &str, sheet: &mut Sheet) {
        let Encoder { host, tags, start, ending } = self;
        let series = value.series;
        start.clear();
        let mut message = Message::new(start);
        match series.host {
            b"" => message.raw(host),
            host => resource(&mut message, b"host", host),
        }
        let device = series.tags.iter().find_map(|tag| tag.strip_prefix(DEVICE));
        if let Some(device) = device {
            resource(&mut message, b"device", device);
        }
        match value.aggregate {
            None => message.text(2, series.name),
            Some(aggregate) => {
                let mut name = String::from_utf8_lossy(series.name).into_owned();
                // A `String` takes all.
                let _ = write!(name, ".{aggregate}");
                message.bytes(2, name.as_bytes());
            }
        }
        for tag in series.tags.iter().filter(|tag| !tag.starts_with(DEVICE)) {
            message.text(3, tag);
        }
        let ending = ending.of(value, source_type);
        sheet.write(start.len() + tags.len() + ending.len() + FIELD, |pen| {
            pen.message(1, |pen| [&start[..], tags, ending].into_iter().for_each(|part| pen.raw(part)));
        });
    }
}

impl Ending {
    /// The ending of a series with this value.
    #[inline]
    fn of(&mut self, value: &Value<'_>, source_type: &str) -> &[u8] {
        let series = value.series;
        let of = Some((series.timestamp, series.interval, value.kind, value.unit()));
        if self.of != of || value.value == 0.0 || !source_type.is_empty() {
            self.of = of.filter(|_| value.value != 0.0 && source_type.is_empty());
            self.bytes.clear();
            self.bytes.reserve(ENDING + source_type.len());
            end(&mut Message::new(&mut self.bytes), value, source_type);
        } else {
            self.bytes[VALUE].copy_from_slice(&value.value.to_le_bytes());
        }
        &self.bytes
    }
}

/// Writes what a series ends with.
fn end(message: &mut Message<'_>, value: &Value<'_>, source_type: &str) {
    let series = value.series;
    message.message(4, |point| {
        if value.value != 0.0 {
            point.double(1, value.value);
        }
        point.int(2, i64::try_from(series.timestamp).unwrap_or(i64::MAX));
    });
    message.uint(5, value.kind as u64);
    if !value.unit().is_empty() {
        message.bytes(6, value.unit());
    }
    if !source_type.is_empty() {
        message.bytes(7, source_type.as_bytes());
    }
    message.int(8, series.interval.into());
    origin(message, 9);
}

fn resource(message: &mut Message<'_>, kind: &[u8], name: &[u8]) {
    message.message(1, |resource| {
        resource.bytes(1, kind);
        resource.text(2, name);
    });
}

/// `Metadata`, which says where a series comes from.
fn origin(message: &mut Message<'_>, field: u32) {
    message.bytes(field, &ORIGIN);
}
