//! Aggregation: metrics in, one finished point a series and bucket out.
//!
//! A context is a name, a host, a kind and a set of tags; its samples are gathered in buckets of equal length, by the time of receipt.
//! [`Aggregator::flush`] hands out the buckets that are over:
//!
//! | kind | a bucket holds | it emits |
//! | --- | --- | --- |
//! | count | the sum of value / rate | [`Point::Count`], also 0 for some time after the last sample |
//! | gauge | the last value | [`Point::Gauge`] |
//! | set | the members | [`Point::Set`], how many different ones |
//! | histogram, timing | the samples | [`Point::Histogram`], its aggregates |
//! | distribution | a sketch | [`Point::Distribution`] |
//!
//! What a caller can rely on: memory is what the [`Storage`] has, and nothing is allocated; when it is full, known series go on and what is
//! refused is counted; a value that is not finite is skipped and counted; a rate outside (0, 1] counts as 1; a metric with a timestamp of its
//! own becomes a point of its own.

mod distribution;
mod entry;
mod flush;
mod hash;
mod histogram;
mod pool;
mod sample;
mod samples;
mod set;
mod settings;
mod sketched;
mod sort;
mod storage;
mod table;
mod tagset;

pub use entry::Entry;
pub use flush::{Flush, Point, Series};
pub use histogram::Histogram;
pub use samples::Samples;
pub use settings::{Aggregate, Aggregates, Keep, Settings};
pub use storage::{Parts, StaticStorage, Storage, View};
pub use tagset::TagSpan;

use crate::wire::{Metric, MetricKind, OriginFields, Tags, ValueIter, Values};
use crate::{Full, Time, shift};
use entry::Slot;
use flush::Closed;
use pool::{Block, Cells, NONE, Pool};
use sample::{Room, Sample};
use table::{Key, Table};
use tagset::TagSource;

/// What a receiver knows of a message besides its bytes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Source<'a> {
    /// The host of metrics without a `host:` tag; empty for none.
    pub host: &'a [u8],
    /// Tags to add.
    pub tags: Tags<'a>,
}

/// What an aggregator holds, and what it has refused since it was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// Known contexts.
    pub contexts: usize,
    /// Bytes of their names and tags.
    pub bytes: usize,
    /// Words of cells in use.
    pub cells: usize,
    /// Messages refused because their context is new and there is no room for it.
    pub refused_contexts: u64,
    /// Values refused because there is no cell or no bucket for them.
    pub refused_values: u64,
    /// Values skipped because they are NaN or infinite.
    pub skipped_values: u64,
    /// Messages whose rate is not in (0, 1].
    pub odd_rates: u64,
}

#[cfg(test)]
mod tests;

/// The most buckets that can be open at a time.
const OPEN_BUCKETS: usize = 32;

/// The numbers of buckets, in order.
type Buckets = heapless::Vec<u64, OPEN_BUCKETS>;

/// Gathers metrics into series.
#[derive(Debug, Clone)]
pub struct Aggregator<S> {
    storage: S,
    settings: Settings,
    table: Table,
    pool: Pool,
    /// Buckets that hold samples.
    open: Buckets,
    /// The milliseconds of the bucket that was recorded into last, and its number.
    current: (u64, u64, u64),
    /// The bucket that the last flush came up to.
    flushed_to: Option<u64>,
    /// What the last flush handed out and the next change is to take away.
    closed: Option<Closed>,
    stats: Stats,
}

impl<S: Storage> Aggregator<S> {
    /// An aggregator in fresh `storage`.
    pub fn new(storage: S, settings: Settings) -> Self {
        Aggregator {
            storage,
            settings,
            table: Table::new(),
            pool: Pool::new(),
            open: Buckets::new(),
            current: (0, 0, 0),
            flushed_to: None,
            closed: None,
            stats: Stats::default(),
        }
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The storage, to read.
    pub fn storage(&self) -> &S {
        &self.storage
    }

    /// What is held and what was refused.
    pub fn stats(&self) -> Stats {
        Stats {
            contexts: self.table.len as usize,
            bytes: self.table.text as usize,
            cells: self.pool.used(),
            ..self.stats
        }
    }

    /// When the bucket of `now` ends.
    pub fn next_flush_at(&self, now: Time) -> Time {
        let length = self.bucket_secs();
        Time::from_secs((now.as_secs() / length).saturating_add(1).saturating_mul(length))
    }

    /// Takes in a metric that was received at `now`. Cost: linear in its bytes; for a context whose tags come in another order than at first,
    /// or that is new, `n log n` in the number of tags.
    ///
    /// # Errors
    ///
    /// - `Contexts`, `Bytes`, `Tags`, `Length`: the context is new and there is no room for it.
    /// - `Cells`, `Buckets`: there is no room for some of the values; the others are taken in.
    #[inline]
    pub fn record(&mut self, metric: &Metric<'_>, source: &Source<'_>, now: Time) -> Result<(), Full> {
        if self.closed.is_some() {
            self.settle();
        }
        let weight = match metric.sample_rate {
            1.0 => 1.0,
            rate if rate > 0.0 && rate < 1.0 => 1.0 / rate,
            _ => {
                self.stats.odd_rates = self.stats.odd_rates.wrapping_add(1);
                1.0
            }
        };
        let (value, member, rest) = match metric.values {
            Values::One(value) if value.is_finite() => (value, 0, None),
            Values::Member(member) => (0.0, hash::hash(self.settings.seed, member), None),
            _ => {
                let mut values = metric.values.iter();
                // Without a single good value the metric makes no context known.
                let Some(first) = self.next_finite(&mut values) else { return Ok(()) };
                (first, 0, Some(values))
            }
        };
        let index = self.locate_counted(&self.key(metric, source))?;
        let sample = Sample { value, weight, member, now };
        match metric.timestamp {
            None => self.take(index, sample, rest),
            Some(seconds) => self.take_points(index, seconds, sample, rest),
        }
    }

    /// The next value that is finite; the others are counted.
    fn next_finite(&mut self, values: &mut ValueIter<'_>) -> Option<f64> {
        loop {
            let value = values.next()?;
            if value.is_finite() {
                return Some(value);
            }
            self.stats.skipped_values = self.stats.skipped_values.wrapping_add(1);
        }
    }

    #[inline(always)]
    fn key<'k>(&self, metric: &Metric<'k>, source: &Source<'k>) -> Key<'k> {
        Key {
            kind: metric.kind,
            name: metric.name,
            host: source.host,
            tags: TagSource { own: metric.tags, added: source.tags },
            origin: if self.settings.key_by_origin { metric.origin } else { OriginFields::NONE },
            member: match (self.settings.keep, metric.values) {
                (Keep::Samples { .. }, Values::Member(member)) => member,
                _ => &[],
            },
        }
    }

    #[inline(always)]
    fn locate_counted(&mut self, key: &Key<'_>) -> Result<u32, Full> {
        let located = self.locate(key);
        if located.is_err() {
            self.stats.refused_contexts = self.stats.refused_contexts.wrapping_add(1);
        }
        located
    }

    /// The entry of `key`, made new if need be.
    #[inline]
    fn locate(&mut self, key: &Key<'_>) -> Result<u32, Full> {
        let exact_hash = table::exact_hash(self.settings.seed, key);
        match self.table.find(&self.storage.parts(), key, exact_hash) {
            Some(found) => Ok(found),
            None => self.locate_as_set(key, exact_hash),
        }
    }

    /// [`Aggregator::locate`] for tags in another order, and for new contexts.
    #[cold]
    fn locate_as_set(&mut self, key: &Key<'_>, exact_hash: u32) -> Result<u32, Full> {
        loop {
            let result = self.table.find_or_insert(&mut self.storage.parts(), key, exact_hash, self.settings.seed);
            match result {
                Err(full) if self.storage.grow(full) => self.table.reindex(&mut self.storage.parts()),
                result => return result,
            }
        }
    }

    /// Takes samples into their bucket: `first`, and the values of `rest` with its weight.
    #[inline(always)]
    fn take(&mut self, index: u32, first: Sample, rest: Option<ValueIter<'_>>) -> Result<(), Full> {
        let bucket = self
            .bucket_at(first.now)
            .inspect_err(|_| self.stats.refused_values = self.stats.refused_values.wrapping_add(1))?;
        let seen = u32::try_from(first.now.as_secs()).unwrap_or(u32::MAX);
        let Some(mut rest) = rest else {
            let taken = self.with_slot(index, bucket, seen, |kind, slot, room| sample::add(kind, slot, first, room));
            return self.counted(taken);
        };
        let mut sample = first;
        let mut result = Ok(());
        loop {
            let taken = self.with_slot(index, bucket, seen, |kind, slot, room| sample::add(kind, slot, sample, room));
            result = self.counted(taken).and(result);
            match self.next_finite(&mut rest) {
                Some(value) => sample.value = value,
                None => return result,
            }
        }
    }

    /// Makes each sample a point of its own.
    fn take_points(
        &mut self,
        index: u32,
        seconds: u64,
        first: Sample,
        mut rest: Option<ValueIter<'_>>,
    ) -> Result<(), Full> {
        let mut sample = first;
        let mut result = Ok(());
        loop {
            let taken = self.take_point(index, seconds, sample);
            result = self.counted(taken).and(result);
            match rest.as_mut().and_then(|rest| self.next_finite(rest)) {
                Some(value) => sample.value = value,
                None => return result,
            }
        }
    }

    /// The number of the bucket of `now`, entered among the open ones.
    #[inline]
    fn bucket_at(&mut self, now: Time) -> Result<u64, Full> {
        let (from, to, bucket) = self.current;
        if (from..to).contains(&now.as_millis()) {
            return Ok(bucket);
        }
        let length = self.bucket_secs();
        let bucket = now.as_secs() / length;
        self.open_bucket(bucket)?;
        let from = bucket.saturating_mul(length).saturating_mul(1000);
        self.current = (from, from.saturating_add(length.saturating_mul(1000)), bucket);
        Ok(bucket)
    }

    fn open_bucket(&mut self, bucket: u64) -> Result<(), Full> {
        let place = self.open.partition_point(|&open| open < bucket);
        if self.open.get(place) == Some(&bucket) {
            return Ok(());
        }
        self.open.push(bucket).map_err(|_| Full::Buckets)?;
        if let Some(later) = self.open.get_mut(place..) {
            shift::words_back(later, 1);
            later.iter_mut().take(1).for_each(|first| *first = bucket);
        }
        Ok(())
    }

    /// Runs `change` on the slot of a bucket of an entry, with more cells whenever they lack and the storage grows.
    #[inline]
    fn with_slot(
        &mut self,
        index: u32,
        bucket: u64,
        seen: u32,
        mut change: impl FnMut(MetricKind, &mut Slot, &mut Room<'_>) -> Result<(), Full>,
    ) -> Result<(), Full> {
        let mut last = false;
        loop {
            let parts = self.storage.parts();
            let Some(entry) = parts.entries.get_mut(index as usize) else { return Err(Full::Contexts) };
            let cells = Cells { pool: &mut self.pool, words: parts.cells };
            let mut room = Room { cells, settings: &self.settings, last };
            let fresh = entry.bucket == NONE;
            let result = if fresh || u64::from(entry.bucket) == bucket {
                let (a, b) = if fresh { (0, 0) } else { (entry.a, entry.b) };
                let mut slot = Slot { at: bucket, a, b };
                let result = change(entry.kind, &mut slot, &mut room);
                if fresh && result.is_err() {
                    sample::free(entry.kind, &slot, &mut room.cells);
                } else {
                    entry.put_slot(&slot);
                }
                result
            } else {
                in_other_bucket(entry, bucket, &mut room, &mut change)
            };
            match result {
                Ok(()) => {
                    entry.last_seen = entry.last_seen.max(seen);
                    return Ok(());
                }
                Err(full) if last => return Err(full),
                Err(full) => last = !self.storage.grow(full),
            }
        }
    }

    /// Chains a point of its own to an entry.
    fn take_point(&mut self, index: u32, seconds: u64, sample: Sample) -> Result<(), Full> {
        // Its weight is 1 for a count, as in the Agent.
        let weight = |kind| if kind == MetricKind::Count { 1.0 } else { sample.weight };
        self.with_point(index, seconds, |kind, slot, room| {
            sample::add(kind, slot, Sample { weight: weight(kind), ..sample }, room)
        })
    }

    fn with_point(
        &mut self,
        index: u32,
        seconds: u64,
        mut fill: impl FnMut(MetricKind, &mut Slot, &mut Room<'_>) -> Result<(), Full>,
    ) -> Result<(), Full> {
        loop {
            let parts = self.storage.parts();
            let Some(entry) = parts.entries.get_mut(index as usize) else { return Err(Full::Contexts) };
            let cells = Cells { pool: &mut self.pool, words: parts.cells };
            let mut room = Room { cells, settings: &self.settings, last: true };
            match chain_new(entry.kind, &mut entry.points, seconds, &mut room, &mut fill) {
                Err(full) if self.storage.grow(full) => {}
                result => return result,
            }
        }
    }

    /// The points of all buckets that are over at `now`, one item a series and bucket, and all timestamped points. They are gone with the next
    /// call that changes the aggregator, whether they were looked at or not; contexts that were not seen for long are forgotten then too.
    /// Cost: linear in contexts, `n log n` in the samples of a histogram.
    pub fn flush(&mut self, now: Time) -> Flush<'_> {
        let cutoff = now.as_secs() / self.bucket_secs();
        self.flush_up_to(cutoff, now)
    }

    /// [`Aggregator::flush`] with the open buckets, for a shutdown.
    pub fn flush_all(&mut self, now: Time) -> Flush<'_> {
        let cutoff = now.as_secs() / self.bucket_secs();
        let end = self.open.last().map_or(cutoff, |&last| last.saturating_add(1).max(cutoff));
        self.flush_up_to(end, now)
    }

    /// What the last flush hands out, from the entry with this number on; `None` once the aggregator has changed.
    pub(crate) fn flushed_from(&self, entry: usize) -> Option<Flush<'_>> {
        let closed = self.closed.clone()?;
        Some(Flush::new(self.storage.view(), self.table.len, &self.settings, closed).from(entry))
    }

    fn flush_up_to(&mut self, cutoff: u64, now: Time) -> Flush<'_> {
        self.settle();
        let idle = self.open.is_empty() && self.flushed_to.is_some_and(|last| last < cutoff);
        let closed = Closed::new(cutoff, now, &self.open, idle);
        flush::prepare(self.storage.parts(), &self.table, cutoff, self.settings.keep);
        self.closed = Some(closed.clone());
        Flush::new(self.storage.view(), self.table.len, &self.settings, closed)
    }

    /// Takes in all that `other` holds: afterwards this aggregator holds what one would that had recorded for both. Cost: linear in the
    /// contexts and samples of `other`.
    ///
    /// Both need equal settings. Of a gauge the value received later holds, of two received in the same millisecond the one of `other`.
    ///
    /// # Errors
    ///
    /// There is no room for some of it, which is counted; the rest is taken in.
    pub fn merge<T: Storage>(&mut self, other: &Aggregator<T>) -> Result<(), Full> {
        self.settle();
        let mut result = Ok(());
        // What a flush of the other has handed out already is not there any more.
        let (from, points) = other.closed.as_ref().map_or((0, true), |closed| (closed.cutoff(), false));
        for &bucket in other.open.iter().filter(|&&bucket| bucket >= from) {
            result = self.open_bucket(bucket).and(result);
        }
        let theirs = other.storage.view();
        for entry in theirs.entries.iter().take(other.table.len as usize) {
            result = self.merge_entry(entry, &theirs, from, points).and(result);
        }
        result
    }

    fn merge_entry(&mut self, entry: &Entry, theirs: &View<'_>, from: u64, points: bool) -> Result<(), Full> {
        let stored = entry.key(theirs.text);
        let own = TagSource { own: stored.tags(), added: Tags::NONE };
        let key = Key {
            kind: entry.kind,
            name: stored.name,
            host: stored.host,
            tags: own,
            origin: stored.origin(),
            member: stored.member,
        };
        let index = self.locate_counted(&key)?;
        if let Some(ours) = self.storage.parts().entries.get_mut(index as usize) {
            ours.last_seen = ours.last_seen.max(entry.last_seen);
        }
        let mut result = Ok(());
        for slot in entry.buckets(theirs.cells).filter(|slot| slot.at >= from) {
            let open = self.open.contains(&slot.at);
            let merged = if open {
                self.with_slot(index, slot.at, entry.last_seen, |kind, ours, room| {
                    sample::merge(kind, ours, &slot, theirs.cells, room)
                })
            } else {
                Err(Full::Buckets)
            };
            result = self.counted(merged).and(result);
        }
        let mut count = 0;
        for point in entry.points(theirs.cells).take_while(|_| points) {
            let merged = self
                .with_point(index, point.at, |kind, ours, room| sample::merge(kind, ours, &point, theirs.cells, room));
            count += usize::from(merged.is_ok());
            result = self.counted(merged).and(result);
        }
        // Put in front one by one, they stand the wrong way round.
        let parts = self.storage.parts();
        if let Some(ours) = parts.entries.get_mut(index as usize) {
            entry::reverse(&mut ours.points, count, parts.cells);
        }
        result
    }

    fn counted(&mut self, result: Result<(), Full>) -> Result<(), Full> {
        if result.is_err() {
            self.stats.refused_values = self.stats.refused_values.wrapping_add(1);
        }
        result
    }

    /// Drops all samples and keeps the contexts, but for those that were not seen for long at `now`.
    pub fn clear(&mut self, now: Time) {
        self.settle();
        let end = self.open.last().map_or(0, |&last| last.saturating_add(1));
        self.closed = Some(Closed::new(end, now, &self.open, false));
        self.settle();
        self.flushed_to = None;
    }

    /// Takes away what the last flush has handed out.
    fn settle(&mut self) {
        let Some(closed) = self.closed.take() else { return };
        let cutoff = closed.cutoff();
        let mut parts = self.storage.parts();
        let mut cells = Cells { pool: &mut self.pool, words: parts.cells };
        let mut expired = false;
        for entry in parts.entries.iter_mut().take(self.table.len as usize) {
            drop_closed(entry, cutoff, &mut cells);
            expired |= is_expired(entry, &self.settings, closed.now());
        }
        if expired {
            self.table.retain(&mut parts, |entry| !is_expired(entry, &self.settings, closed.now()));
        }
        self.open.retain(|&bucket| bucket >= cutoff);
        self.current = (0, 0, 0);
        self.flushed_to = Some(self.flushed_to.map_or(cutoff, |last| last.max(cutoff)));
    }

    fn bucket_secs(&self) -> u64 {
        u64::from(self.settings.bucket_secs.max(1))
    }
}

/// Runs `change` on a bucket that is not the entry's own: in its chain, or in a new slot. The entry's own is always its youngest.
#[cold]
fn in_other_bucket(
    entry: &mut Entry,
    bucket: u64,
    room: &mut Room<'_>,
    change: &mut impl FnMut(MetricKind, &mut Slot, &mut Room<'_>) -> Result<(), Full>,
) -> Result<(), Full> {
    let kind = entry.kind;
    let Some(own) = entry.slot() else { return Ok(()) };
    if bucket > own.at {
        let cell = room.cells.take(0)?;
        let slot = filled(kind, bucket, room, change).inspect_err(|_| room.cells.free(cell))?;
        own.store(room.cells.slice_mut(cell), entry.more);
        entry.more = cell.at;
        entry.put_slot(&slot);
        return Ok(());
    }
    let mut at = entry.more;
    while let Some((mut slot, next)) = Slot::load(room.cells.words, at) {
        if slot.at == bucket {
            let result = change(kind, &mut slot, room);
            slot.store(room.cells.slice_mut(Block { at, class: 0 }), next);
            return result;
        }
        at = next;
    }
    chain_new(kind, &mut entry.more, bucket, room, change)
}

/// Puts a new slot in front of a chain, filled by `fill`.
fn chain_new(
    kind: MetricKind,
    chain: &mut u32,
    at: u64,
    room: &mut Room<'_>,
    fill: &mut impl FnMut(MetricKind, &mut Slot, &mut Room<'_>) -> Result<(), Full>,
) -> Result<(), Full> {
    let cell = room.cells.take(0)?;
    let slot = filled(kind, at, room, fill).inspect_err(|_| room.cells.free(cell))?;
    slot.store(room.cells.slice_mut(cell), *chain);
    *chain = cell.at;
    Ok(())
}

/// A new slot, filled by `fill`; on an error none of its cells stays taken.
fn filled(
    kind: MetricKind,
    at: u64,
    room: &mut Room<'_>,
    fill: &mut impl FnMut(MetricKind, &mut Slot, &mut Room<'_>) -> Result<(), Full>,
) -> Result<Slot, Full> {
    let mut slot = Slot::new(at);
    match fill(kind, &mut slot, room) {
        Ok(()) => Ok(slot),
        Err(full) => {
            sample::free(kind, &slot, &mut room.cells);
            Err(full)
        }
    }
}

/// Frees the buckets before `cutoff` and all points of an entry.
fn drop_closed(entry: &mut Entry, cutoff: u64, cells: &mut Cells<'_>) {
    let kind = entry.kind;
    if let Some(slot) = entry.slot().filter(|slot| slot.at < cutoff) {
        sample::free(kind, &slot, cells);
        entry.bucket = NONE;
    }
    for (chain, cutoff) in [(&mut entry.more, cutoff), (&mut entry.points, u64::MAX)] {
        let mut at = core::mem::replace(chain, NONE);
        while let Some((slot, next)) = Slot::load(cells.words, at) {
            let cell = Block { at, class: 0 };
            if slot.at < cutoff {
                sample::free(kind, &slot, cells);
                cells.free(cell);
            } else {
                slot.store(cells.slice_mut(cell), *chain);
                *chain = at;
            }
            at = next;
        }
    }
}

/// Whether a context was not seen for so long that it is to be forgotten.
fn is_expired(entry: &Entry, settings: &Settings, now: Time) -> bool {
    let counter = if entry.kind == MetricKind::Count { settings.counter_expiry_secs } else { 0 };
    let known_for = u64::from(settings.context_expiry_secs).saturating_add(counter.into());
    !entry.has_samples() && u64::from(entry.last_seen).saturating_add(known_for) < now.as_secs()
}
