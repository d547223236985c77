//! What comes out: finished points, handed out by reference while they still stand in the storage.

use super::buckets::Buckets;
use super::entry::{Entry, Slot, reverse};
use super::histogram::{self, Histogram};
use super::samples::Samples;
use super::set::{self, Members};
use super::settings::{Keep, Settings};
use super::sketched;
use super::storage::{Parts, View};
use super::sum;
use super::table::Table;
use crate::Time;
use crate::sketch::Sketch;
use crate::wire::{MetricKind, OriginFields, Tags};

/// One point of one series, borrowed from what holds it: an aggregator, or a bucket of a server, whose points are others.
#[derive(Debug, Clone, Copy)]
pub struct Series<'a, P = Point<'a>> {
    /// The name of the metric.
    pub name: &'a [u8],
    /// The host; empty for none.
    pub host: &'a [u8],
    /// The type.
    pub kind: MetricKind,
    /// The tags, each once: an aggregator's in the order in which they were first seen, a bucket's sorted by bytes.
    pub tags: Tags<'a>,
    /// The origin fields, where identity includes them.
    pub origin: OriginFields<'a>,
    /// Seconds since 1970: the start of the bucket, or the point's own timestamp.
    pub timestamp: u64,
    /// Length of the bucket in seconds.
    pub interval: u32,
    /// The value.
    pub point: P,
    /// The members of a set, with [`Settings::set_members`]; none of other series.
    pub members: Members<'a>,
}

/// The value of one point.
#[derive(Debug, Clone, Copy)]
pub enum Point<'a> {
    /// The sum of value / rate; divided by the interval it is the Agent's rate.
    Count(f64),
    /// The last value.
    Gauge(f64),
    /// How many different members.
    Set(u64),
    /// The samples of a histogram or timing.
    Histogram(Histogram<'a>),
    /// The sketch of a distribution.
    Distribution(Sketch<&'a [u64]>),
    /// The samples of a histogram, timing or distribution, with [`Keep::Samples`].
    Samples(Samples<'a>),
    /// A member of a set, with [`Keep::Samples`].
    Member(&'a [u8]),
}

/// Which buckets a flush hands out.
#[derive(Debug, Clone)]
pub(super) struct Closed {
    /// The first bucket that stays.
    cutoff: u64,
    now: Time,
    /// The buckets with samples, which are those where counters show zeros.
    buckets: Buckets,
}

impl Closed {
    /// `idle`: no bucket holds samples at all, so that the zeros have none to stand in and get the one before the cutoff.
    pub(super) fn new(cutoff: u64, now: Time, open: &Buckets, idle: bool) -> Self {
        let mut buckets = open.clone();
        buckets.truncate(open.partition_point(|&bucket| bucket < cutoff));
        if let (true, Some(last)) = (idle, cutoff.checked_sub(1)) {
            // There is room: no bucket is open.
            let _ = buckets.push(last);
        }
        Closed { cutoff, now, buckets }
    }

    pub(super) fn cutoff(&self) -> u64 {
        self.cutoff
    }

    pub(super) fn now(&self) -> Time {
        self.now
    }
}

/// Sorts the samples of all histograms before `cutoff`, and puts the points, which are chained youngest first, in order.
pub(super) fn prepare(parts: Parts<'_>, table: &Table, cutoff: u64, keep: Keep) {
    for entry in parts.entries.iter_mut().take(table.len as usize) {
        reverse(&mut entry.points, usize::MAX, parts.cells);
        if keep != Keep::Series || !matches!(entry.kind, MetricKind::Histogram | MetricKind::Timing) {
            continue;
        }
        if let Some(slot) = entry.slot().filter(|slot| slot.at < cutoff) {
            histogram::prepare(&slot, parts.cells);
        }
        let mut at = entry.more;
        while let Some((slot, next)) = Slot::load(parts.cells, at) {
            histogram::prepare(&slot, parts.cells);
            at = next;
        }
    }
}

/// The points of a flush: series by series, buckets in order, timestamped points last.
#[derive(Debug, Clone)]
pub struct Flush<'a> {
    view: View<'a>,
    settings: &'a Settings,
    entries: &'a [Entry],
    closed: Closed,
    /// What the double of the last point leaves of a count.
    left: f64,
    /// The place of the next bucket of the first entry.
    bucket: usize,
    /// The next point of the first entry, once its buckets are done.
    point: Option<u32>,
}

impl<'a> Flush<'a> {
    pub(super) fn new(view: View<'a>, len: u32, settings: &'a Settings, closed: Closed) -> Self {
        let entries = view.entries.get(..len as usize).unwrap_or_default();
        Flush { view, settings, entries, closed, left: 0.0, bucket: 0, point: None }
    }

    /// The flush without its first `entries` series.
    pub(crate) fn from(mut self, entries: usize) -> Self {
        self.entries = self.entries.get(entries..).unwrap_or_default();
        self
    }

    /// How many series are left, the one included whose points are being handed out.
    pub(crate) fn entries_left(&self) -> usize {
        self.entries.len()
    }

    /// What the double of the point that came last leaves of a count of whole numbers beyond 2^53.
    pub(crate) fn left(&self) -> f64 {
        self.left
    }

    fn count(&mut self, slot: &Slot) -> f64 {
        let (sum, left) = sum::read(slot);
        self.left = left;
        sum
    }

    fn series(&mut self, entry: &Entry, slot: Slot, timestamp: u64) -> Series<'a> {
        let stored = entry.key(self.view.text);
        let cells = self.view.cells;
        Series {
            name: stored.name,
            host: stored.host,
            kind: entry.kind,
            tags: stored.tags(),
            origin: stored.origin(),
            timestamp,
            interval: self.settings.bucket_secs.max(1),
            members: match entry.kind {
                MetricKind::Set if self.settings.keep == Keep::Series => set::members(&slot, cells, self.settings),
                _ => Members::NONE,
            },
            point: match entry.kind {
                MetricKind::Count => Point::Count(self.count(&slot)),
                MetricKind::Gauge => Point::Gauge(f64::from_bits(slot.a)),
                MetricKind::Set if self.settings.keep != Keep::Series => Point::Member(stored.member),
                _ if self.settings.keep != Keep::Series => Point::Samples(Samples::new(&slot, cells)),
                MetricKind::Set => Point::Set(set::count(&slot, cells)),
                MetricKind::Histogram | MetricKind::Timing => {
                    Point::Histogram(Histogram::new(&slot, cells, &self.settings.aggregates))
                }
                MetricKind::Distribution => Point::Distribution(sketched::sketch(&slot, cells)),
            },
        }
    }

    /// The slot of `bucket`, or a zero where a counter shows one.
    fn slot(&self, entry: &Entry, bucket: u64, start: u64) -> Option<Slot> {
        let own = entry.buckets(self.view.cells).find(|slot| slot.at == bucket);
        let zero = || {
            let shows = entry.kind == MetricKind::Count
                && self.settings.counter_zeros
                && entry.last_seen != 0
                && u64::from(entry.last_seen).saturating_add(self.settings.counter_expiry_secs.into()) > start;
            shows.then_some(Slot::new(bucket))
        };
        own.or_else(zero)
    }
}

impl<'a> Iterator for Flush<'a> {
    type Item = Series<'a>;

    fn next(&mut self) -> Option<Series<'a>> {
        loop {
            let (entry, rest) = self.entries.split_first()?;
            while let Some(&bucket) = self.closed.buckets.get(self.bucket) {
                self.bucket = self.bucket.wrapping_add(1);
                let start = bucket.saturating_mul(self.settings.bucket_secs.max(1).into());
                if let Some(slot) = self.slot(entry, bucket, start) {
                    return Some(self.series(entry, slot, start));
                }
            }
            if let Some((slot, next)) = Slot::load(self.view.cells, self.point.unwrap_or(entry.points)) {
                self.point = Some(next);
                return Some(self.series(entry, slot, slot.at));
            }
            self.entries = rest;
            (self.bucket, self.point) = (0, None);
        }
    }
}
