//! `ExportMetricsServiceRequest`: series grouped by their resource, then by their name.
//!
//! A request is a sequence of resources, so what is handed out are resources of bounded size: a request is as many of
//! them, one after the other, as its limits allow.

use std::hash::BuildHasher;

use basenji::core::wire::{MetricKind, Status};
use basenji::server::{Bucket, Series};
use hashbrown::{DefaultHashBuilder, HashTable};

use super::attributes::{self, Split};
use super::point::{Data, Group, Span, Temporality, Writer};
use crate::encode::protobuf::Message;
use crate::sink::Reason;
use crate::totals::{Added, Place, Shape, Totals};

/// Bytes of points after which a resource is handed out.
const PIECE: usize = 32 << 10;

/// What is sent at a time, and what was not.
pub(super) trait Out {
    /// Takes a part of a request, and of how many series it is.
    fn part(&mut self, part: &[u8], series: u64);

    /// A series is not in any part.
    fn refused(&mut self, reason: Reason);
}

/// Groups and writes.
#[derive(Debug, Default)]
pub(super) struct Encoder {
    /// Attributes of every resource.
    more: Vec<(String, String)>,
    /// Running totals, where sums are cumulative.
    totals: Option<Totals<()>>,
    /// Seconds after which a total that was silent is forgotten.
    expiry: u64,
    writer: Writer,
    group: Group,
    /// The metrics of a resource, as fields of its scope.
    metrics: Vec<u8>,
    part: Vec<u8>,
}

/// Numbers of texts: the place of the first series that has it. Neither text nor series is kept, so that a million of them
/// take 16 MiB.
#[derive(Debug, Default)]
struct Numbers {
    /// A part of the hash, and the number.
    known: HashTable<(u32, u32)>,
    hasher: DefaultHashBuilder,
}

impl Numbers {
    /// The number of the text of the series at `at`; `has` says whether the series at another place has it, too.
    fn of(&mut self, text: &[u8], at: u32, has: impl Fn(u32) -> bool) -> u32 {
        // The table has its own use for the upper bits.
        let code = self.hasher.hash_one(text) as u32;
        let spread = |code: u32| u64::from(code).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let is_same = |&(other, place): &(u32, u32)| other == code && has(place);
        if let Some(&(_, number)) = self.known.find(spread(code), is_same) {
            return number;
        }
        self.known.insert_unique(spread(code), (code, at), |&(code, _)| spread(code));
        at
    }
}

/// A series in the order in which series are written: by resource, name and kind, and then as they come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    resource: u32,
    name: u32,
    /// The kind, the place in the bucket, and the bits of its [`Split`], from above.
    rest: u64,
}

impl Entry {
    fn new(resource: u32, name: u32, kind: MetricKind, at: u32, split: Split) -> Entry {
        let rest = (kind as u64) << (32 + Split::BITS) | u64::from(at) << Split::BITS | u64::from(split.bits());
        Entry { resource, name, rest }
    }

    /// What the series of one metric have in common.
    fn metric(&self) -> (u32, u64) {
        (self.name, self.rest >> (32 + Split::BITS))
    }

    fn at(&self) -> usize {
        (self.rest >> Split::BITS) as u32 as usize
    }

    fn split(&self) -> Split {
        Split::from_bits(self.rest as u32)
    }
}

/// All series of a bucket.
fn ordered(bucket: &Bucket) -> Vec<Entry> {
    let (mut names, mut resources) = (Numbers::default(), Numbers::default());
    // The last ones: most come several times in a row.
    let (mut key, mut resource) = (Vec::new(), None::<u32>);
    let mut name: Option<(&[u8], u32)> = None;
    let mut order: Vec<Entry> = Vec::with_capacity(bucket.series().len());
    for (at, series) in (0_u32..).zip(bucket.series()) {
        let (is_last, split) = attributes::has_key(series.host, series.tags, &key);
        let resource = match resource {
            Some(last) if is_last => last,
            _ => {
                key.clear();
                attributes::append_key(series.host, series.tags, &mut key);
                let has = |place: u32| {
                    let other = bucket.get(place as usize);
                    other.is_some_and(|other| attributes::has_key(other.host, other.tags, &key).0)
                };
                *resource.insert(resources.of(&key, at, has))
            }
        };
        let name = match name {
            Some((last, number)) if last == series.name => number,
            _ => {
                let has = |place: u32| bucket.get(place as usize).is_some_and(|other| other.name == series.name);
                let number = names.of(series.name, at, has);
                name = Some((series.name, number));
                number
            }
        };
        order.push(Entry::new(resource, name, series.kind, at, split));
    }
    drop((names, resources));
    order.sort_unstable();
    order
}

impl Encoder {
    /// With these attributes of every resource, and cumulative with these totals.
    pub(super) fn new(more: Vec<(String, String)>, totals: Option<Totals<()>>) -> Encoder {
        Encoder { more, totals, ..Encoder::default() }
    }

    /// With totals that are forgotten after so many seconds of silence.
    pub(super) fn with_expiry(self, expiry: u64) -> Encoder {
        Encoder { expiry, ..self }
    }

    /// Hands out all series of a bucket.
    pub(super) fn series(&mut self, bucket: &Bucket, now: u64, out: &mut dyn Out) {
        let mut key = Vec::new();
        let order = ordered(bucket);
        for resource in order.chunk_by(|a, b| a.resource == b.resource) {
            let Some(first) = bucket.get(resource[0].at()) else { continue };
            key.clear();
            attributes::append_key(first.host, first.tags, &mut key);
            let mut points = 0;
            for metric in resource.chunk_by(|a, b| a.metric() == b.metric()) {
                let mut name = None;
                for (series, split) in metric.iter().filter_map(|one| Some((bucket.get(one.at())?, one.split()))) {
                    points += self.one(&series, split, now, out);
                    name = Some((series.name, series.kind));
                    if self.group.len() + self.metrics.len() >= PIECE {
                        self.close_group(series.name, series.kind);
                        self.close_resource(&key, std::mem::take(&mut points), out);
                    }
                }
                if let Some((name, kind)) = name {
                    self.close_group(name, kind);
                }
            }
            self.close_resource(&key, points, out);
        }
        let expiry = self.expiry;
        if let Some(totals) = &mut self.totals {
            totals.retain(|_, slot| slot.seen.saturating_add(expiry) < now);
        }
    }

    /// Hands out all service checks of a bucket, as gauges from 0 to 3.
    pub(super) fn checks(&mut self, bucket: &Bucket, out: &mut dyn Out) {
        for check in bucket.service_checks() {
            let mut key = Vec::new();
            attributes::append_key(check.hostname.unwrap_or_default(), check.tags, &mut key);
            let status = match check.status {
                Status::Ok => 0.0,
                Status::Warning => 1.0,
                Status::Critical => 2.0,
                Status::Unknown => 3.0,
            };
            let at = u64::try_from(check.timestamp.unwrap_or_default()).unwrap_or_default();
            self.writer.status(status, Span::secs(at, at), &check, &mut self.group);
            self.close_group(check.name, MetricKind::Gauge);
            self.close_resource(&key, 1, out);
        }
    }

    /// The present temporality.
    fn temporality(&self) -> Temporality {
        if self.totals.is_some() { Temporality::Cumulative } else { Temporality::Delta }
    }

    fn one(&mut self, series: &Series<'_>, split: Split, now: u64, out: &mut dyn Out) -> u64 {
        let Encoder { totals: Some(totals), writer, group, .. } = self else {
            self.writer.delta(series, split, &mut self.group);
            return 1;
        };
        let at = match totals.place(series, series.timestamp) {
            Place::Known(at) | Place::New(at) => at,
            Place::Full => {
                out.refused(Reason::NoRoom);
                return 0;
            }
        };
        if totals.add(at, series, &Shape::Bins, now) == Added::Negative {
            out.refused(Reason::Unsupported);
            return 0;
        }
        let end = series.timestamp.saturating_add(series.interval.into());
        if let Some(slot) = totals.get(at) {
            writer.cumulative(slot, end, split, group);
        }
        1
    }

    /// Makes the points of the group metrics of that name.
    fn close_group(&mut self, name: &[u8], kind: MetricKind) {
        let temporality = self.temporality();
        let mut scope = Message::new(&mut self.metrics);
        for part in &mut self.group.parts {
            if part.points.len() == 0 {
                continue;
            }
            scope.message(2, |metric| {
                metric.text(1, &[name, part.suffix.as_bytes()].concat());
                if kind == MetricKind::Timing && part.suffix != ".count" {
                    metric.text(3, b"ms");
                }
                metric.message(part.data.field(), |data| {
                    data.raw(part.points.written());
                    match part.data {
                        Data::Gauge => {}
                        Data::Exponential => data.uint(2, temporality as u64),
                        Data::Sum { is_monotonic } => {
                            data.uint(2, temporality as u64);
                            if is_monotonic {
                                data.uint(3, 1);
                            }
                        }
                    }
                });
            });
            part.points.truncate(0);
        }
        // Their room is kept for a name with the same parts, which most have.
        self.group.parts.truncate(1);
        if self.group.parts.first().is_some_and(|part| !part.suffix.is_empty()) {
            self.group.parts.clear();
        }
    }

    /// Hands out the metrics, as those of that resource.
    fn close_resource(&mut self, key: &[u8], points: u64, out: &mut dyn Out) {
        let Encoder { more, writer, metrics, part, .. } = self;
        if metrics.is_empty() {
            return;
        }
        part.clear();
        Message::new(part).message(1, |message| {
            message.message(1, |resource| attributes::write_resource(resource, key, more, &mut writer.labels));
            message.message(2, |scope| {
                scope.message(1, write_scope);
                scope.raw(metrics);
            });
        });
        metrics.clear();
        out.part(part, points);
    }
}

/// Who writes.
pub(super) fn write_scope(scope: &mut Message<'_>) {
    scope.text(1, b"basenji");
    scope.text(2, env!("CARGO_PKG_VERSION").as_bytes());
}
