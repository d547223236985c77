//! The points of one series: which metrics they belong to, and how they are written.

use basenji::core::aggregate::Aggregate;
use basenji::core::sketch::Summary;
use basenji::core::state::otlp;
use basenji::core::wire::{ServiceCheck, Tags};
use basenji::server::{Point, Series};

use super::attributes::{self, Split};
use crate::encode::dense::{Dense, Side};
use crate::encode::exponential::{Buckets, SCHEMA, ZERO_THRESHOLD};
use crate::encode::labels::{self, Labels};
use crate::encode::pen::{FIELD, Pen, Sheet};
use crate::encode::protobuf::Message;
use crate::totals::{Slot, Total};

/// The most buckets, empty ones included, that a histogram has on one side of zero; beyond them they become wider.
const MOST_BUCKETS: u64 = 8192;

/// The data of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Data {
    Gauge,
    Sum { is_monotonic: bool },
    Exponential,
}

impl Data {
    /// The field of a metric that it is.
    pub(super) fn field(self) -> u32 {
        match self {
            Data::Gauge => 5,
            Data::Sum { .. } => 7,
            Data::Exponential => 10,
        }
    }
}

/// Whether sums and histograms are of one bucket, or of all since the series began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Temporality {
    Delta = 1,
    Cumulative = 2,
}

/// From when to when, in nanoseconds since 1970.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    pub(super) start: u64,
    pub(super) end: u64,
}

const NANOS: u64 = 1_000_000_000;

impl Span {
    /// The bucket of a series; a point with a timestamp of its own, which no bucket begins with, is one second long, so
    /// that no two of them overlap.
    pub(super) fn of(series: &Series<'_>) -> Span {
        let interval = u64::from(series.interval.max(1));
        let len = if series.timestamp.is_multiple_of(interval) { interval } else { 1 };
        Span::secs(series.timestamp, series.timestamp.saturating_add(len))
    }

    pub(super) fn secs(start: u64, end: u64) -> Span {
        Span { start: start.saturating_mul(NANOS), end: end.saturating_mul(NANOS) }
    }
}

/// What is shown of a series at one time.
#[derive(Debug, Clone, Copy)]
enum Value<'a> {
    Sum(f64),
    Gauge(f64),
    /// The buckets stand ready, as bytes where nearly all do.
    Exponential {
        summary: Summary,
        is_dense: bool,
    },
    Parts {
        count: u64,
        sum: f64,
        aggregates: &'a [(Aggregate, f64)],
    },
}

/// The points of metrics of one resource and one name.
#[derive(Debug, Default)]
pub(super) struct Group {
    pub(super) parts: Vec<Part>,
}

/// The points of one metric.
#[derive(Debug)]
pub(super) struct Part {
    /// What the name has behind it.
    pub(super) suffix: String,
    pub(super) data: Data,
    /// Points, as fields of the data.
    pub(super) points: Sheet,
}

impl Group {
    /// Where the points of such a metric go.
    fn points(&mut self, suffix: &str, data: Data) -> &mut Sheet {
        let known = self.parts.iter().position(|part| part.suffix == suffix && part.data == data);
        let at = known.unwrap_or_else(|| {
            self.parts.push(Part { suffix: suffix.to_owned(), data, points: Sheet::default() });
            self.parts.len() - 1
        });
        &mut self.parts[at].points
    }

    /// Bytes of all points.
    pub(super) fn len(&self) -> usize {
        self.parts.iter().map(|part| part.points.len()).sum()
    }
}

/// Writes points.
#[derive(Debug, Default)]
pub(super) struct Writer {
    pub(super) labels: Labels,
    dense: Dense,
    buckets: Buckets,
    scratch: Vec<u8>,
}

impl Writer {
    /// Writes what a series has counted in its bucket; says how many points that is.
    pub(super) fn delta(&mut self, series: &Series<'_>, split: Split, group: &mut Group) -> u64 {
        let value = match series.point {
            Point::Count(sum) => Value::Sum(sum),
            Point::Gauge(value) => Value::Gauge(value),
            Point::Set(members) => Value::Gauge(members as f64),
            Point::Histogram(histogram) => Value::Parts {
                count: histogram.summary.count,
                sum: histogram.summary.sum,
                aggregates: histogram.aggregates,
            },
            Point::Distribution(sketch) => {
                self.exponential(sketch.bins().map(|bin| (bin.key, bin.n.into())), sketch.summary())
            }
        };
        self.write(value, Span::of(series), series.tags, split, group)
    }

    /// Writes the total of a series.
    pub(super) fn cumulative<T>(&mut self, slot: &Slot<T>, end: u64, split: Split, group: &mut Group) -> u64 {
        let value = match &slot.total {
            Total::None => return 0,
            Total::Counter(sum) => Value::Sum(*sum),
            Total::Gauge(value) => Value::Gauge(*value),
            Total::Summary(summary) => {
                Value::Parts { count: summary.count, sum: summary.sum, aggregates: &summary.aggregates }
            }
            Total::Distribution(distribution) => self.exponential(distribution.bins(), distribution.summary),
        };
        self.write(value, Span::secs(slot.since, end), slot.tags(), split, group)
    }

    /// Makes the buckets of these bins.
    fn exponential(
        &mut self,
        bins: impl DoubleEndedIterator<Item = (i16, u64)> + Clone,
        summary: Summary,
    ) -> Value<'static> {
        let is_dense = self.dense.fill(bins.clone(), MOST_BUCKETS as usize);
        if !is_dense {
            self.buckets.fill(bins);
        }
        Value::Exponential { summary, is_dense }
    }

    /// Writes the status of a service check, with its message.
    pub(super) fn status(&mut self, status: f64, span: Span, check: &ServiceCheck<'_>, group: &mut Group) {
        let Writer { labels, scratch, .. } = self;
        scratch.clear();
        Message::new(scratch).message(1, |point| {
            point.fixed64(3, span.end);
            point.double(4, status);
            let is_message = |tag: &[u8]| labels::split(tag).map_or(tag, |(key, _)| key) == b"message";
            let tags: Vec<&[u8]> =
                check.tags.iter().filter(|tag| check.message.is_none() || !is_message(tag)).collect();
            attributes::write_point(point, 7, Tags::List(&tags), labels);
            if let Some(message) = check.message {
                attributes::attribute(point, 7, b"message", message);
            }
        });
        group.points("", Data::Gauge).write(scratch.len(), |pen| pen.raw(scratch));
    }

    fn write(&mut self, value: Value<'_>, span: Span, tags: Tags<'_>, split: Split, group: &mut Group) -> u64 {
        let Writer { labels, dense, buckets, .. } = self;
        let tagged = |field| Tagged { field, tags, split };
        let mut number = |suffix: &str, data: Data, value: f64| {
            let start = (data != Data::Gauge).then_some(span.start);
            let before = |pen: &mut Pen<'_>| {
                if let Some(start) = start {
                    pen.fixed64(2, start);
                }
                pen.fixed64(3, span.end);
                pen.double(4, value);
            };
            tagged(7).append(3 * FIELD, before, |_| {}, labels, group.points(suffix, data));
            1
        };
        match value {
            Value::Sum(sum) => number("", Data::Sum { is_monotonic: sum >= 0.0 }, sum),
            Value::Gauge(value) => number("", Data::Gauge, value),
            Value::Parts { count, sum, aggregates } => {
                let part = |&(aggregate, value): &(Aggregate, f64)| match aggregate {
                    Aggregate::Count => number(".count", Data::Sum { is_monotonic: true }, count as f64),
                    Aggregate::Sum => number(".sum", Data::Sum { is_monotonic: false }, sum),
                    _ => number(&format!(".{aggregate}"), Data::Gauge, value),
                };
                aggregates.iter().map(part).sum()
            }
            Value::Exponential { summary, is_dense: true } => {
                let most = dense.positive.counts.len() + dense.negative.counts.len() + 18 * FIELD;
                let after = |pen: &mut Pen<'_>| write_dense(pen, span, &summary, dense);
                tagged(1).append(most, |_| {}, after, labels, group.points("", Data::Exponential));
                1
            }
            Value::Exponential { summary, is_dense: false } => {
                let wider = buckets.coarsen(MOST_BUCKETS);
                let most =
                    2 * buckets.span() as usize + 10 * (buckets.positive.len() + buckets.negative.len()) + 18 * FIELD;
                let after = |pen: &mut Pen<'_>| exponential(pen, span, &summary, buckets, wider);
                tagged(1).append(most, |_| {}, after, labels, group.points("", Data::Exponential));
                1
            }
        }
    }
}

/// The tags of a point, and the field of their attributes.
struct Tagged<'a> {
    field: u8,
    tags: Tags<'a>,
    split: Split,
}

impl Tagged<'_> {
    /// Appends a point with these attributes between what is before and after them, which takes at most `most` bytes.
    #[inline]
    fn append(
        &self,
        most: usize,
        before: impl Fn(&mut Pen<'_>),
        after: impl Fn(&mut Pen<'_>),
        labels: &mut Labels,
        points: &mut Sheet,
    ) {
        let &Tagged { field, tags, split } = self;
        let (start, most) = (points.len(), most + FIELD);
        if let Some(tagged) = attributes::most_of_tags(tags, split) {
            let mut is_sorted = true;
            points.write(most + tagged, |pen| {
                pen.message(1, |pen| {
                    before(pen);
                    is_sorted = attributes::write_tags(pen, field, tags, split);
                    after(pen);
                });
            });
            if is_sorted {
                return;
            }
            points.truncate(start);
        }
        attributes::fill(labels, tags);
        points.write(most + attributes::most_of_labels(labels), |pen| {
            pen.message(1, |pen| {
                before(pen);
                attributes::write_labels(pen, field, labels);
                after(pen);
            });
        });
    }
}

fn exponential(pen: &mut Pen<'_>, span: Span, summary: &Summary, buckets: &Buckets, wider: u32) {
    pen.fixed64(2, span.start);
    pen.fixed64(3, span.end);
    let scale = i64::from(SCHEMA) - i64::from(wider);
    let [positive, negative] = [&buckets.positive, &buckets.negative].map(|side| side.iter().copied());
    otlp::fields(pen, summary, scale, buckets.zero, positive, negative);
}

/// The same of buckets that are bytes.
fn write_dense(pen: &mut Pen<'_>, span: Span, summary: &Summary, dense: &Dense) {
    pen.fixed64(2, span.start);
    pen.fixed64(3, span.end);
    pen.fixed64(4, summary.count);
    pen.double(5, summary.sum);
    pen.sint(6, SCHEMA.into());
    if dense.zero > 0 {
        pen.fixed64(7, dense.zero);
    }
    for (field, Side { first, counts }) in [(8, &dense.positive), (9, &dense.negative)] {
        if !counts.is_empty() {
            pen.message(field, |pen| {
                // An index less than Prometheus' own.
                pen.sint(1, i64::from(*first) - 1);
                pen.bytes(2, counts);
            });
        }
    }
    pen.double(12, summary.min);
    pen.double(13, summary.max);
    pen.double(14, ZERO_THRESHOLD);
}
