//! The aggregator: a table of contexts, their buckets, and what a flush hands out.

use super::entry::Slot;
use super::flush::{self, Closed, Flush};
use super::hint::Hint;
use super::pool::{Cells, NONE, Pool};
use super::sample::{self, Room, Sample};
use super::settings::{Keep, Settings};
use super::slots::{chain_new, drop_closed, in_other_bucket, is_expired};
use super::storage::Storage;
use super::table::{self, Key, Table};
use super::tagset::TagSource;
use super::{Source, Stats, hash};
use crate::wire::{Metric, MetricKind, OriginFields, Tags, ValueIter, Values};
use crate::{Full, Time, shift};

/// The most buckets that can be open at a time; fewer on small machines, whose memory is dear.
pub(super) const OPEN_BUCKETS: usize = if cfg!(target_pointer_width = "64") { 32 } else { 8 };

/// The numbers of buckets, in order.
pub(super) type Buckets = heapless::Vec<u64, OPEN_BUCKETS>;

/// Gathers metrics into series.
#[derive(Debug, Clone)]
pub struct Aggregator<S> {
    pub(super) storage: S,
    pub(super) settings: Settings,
    pub(super) table: Table,
    pool: Pool,
    /// Buckets that hold samples.
    pub(super) open: Buckets,
    /// The milliseconds of the bucket that was recorded into last, and its number.
    current: (u64, u64, u64),
    /// The bucket that the last flush came up to.
    flushed_to: Option<u64>,
    /// What the last flush handed out and the next change is to take away.
    pub(super) closed: Option<Closed>,
    pub(super) stats: Stats,
    /// The context that was looked up last.
    pub(super) last: Hint,
}

impl<S: Storage> Aggregator<S> {
    /// An aggregator in `storage`. Cost: linear in its heads.
    pub fn new(mut storage: S, settings: Settings) -> Self {
        let table = Table::new();
        table.reindex(&mut storage.parts());
        Aggregator {
            storage,
            settings,
            table,
            pool: Pool::new(),
            open: Buckets::new(),
            current: (0, 0, 0),
            flushed_to: None,
            closed: None,
            stats: Stats::default(),
            last: Hint::default(),
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
        let index = self.locate_metric(metric, source)?;
        self.last = Hint(index);
        let sample = Sample { value, weight, member, now };
        match metric.timestamp {
            None => self.take(index, sample, rest),
            Some(seconds) => self.take_points(index, seconds, sample, rest),
        }
    }

    /// Whether no context is known.
    pub(crate) fn is_empty(&self) -> bool {
        self.table.len == 0
    }

    /// The next value that is finite; the others are counted.
    fn next_finite(&mut self, values: &mut ValueIter<'_>) -> Option<f64> {
        finite(values, &mut self.stats.skipped_values)
    }

    #[inline(always)]
    pub(super) fn tag_source<'k>(&self, own: Tags<'k>, added: Tags<'k>) -> TagSource<'k> {
        TagSource { own, added, special: self.settings.keep == Keep::Series }
    }

    #[inline(always)]
    fn key<'k>(&self, metric: &Metric<'k>, source: &Source<'k>) -> Key<'k> {
        Key {
            kind: metric.kind,
            name: metric.name,
            host: source.host,
            tags: self.tag_source(metric.tags, source.tags),
            origin: if self.settings.key_by_origin { metric.origin } else { OriginFields::NONE },
            member: match (self.settings.keep, metric.values) {
                (Keep::Samples { .. }, Values::Member(member)) => member,
                _ => &[],
            },
        }
    }

    /// The entry of a metric's context, made new if need be.
    #[inline(always)]
    fn locate_metric(&mut self, metric: &Metric<'_>, source: &Source<'_>) -> Result<u32, Full> {
        let key = self.key(metric, source);
        if let Some(tags) = key.plain_tags() {
            let exact_hash = table::plain_hash(self.settings.seed, key.kind, key.name, tags);
            if let Some(found) = self.table.find_plain(&self.storage.parts(), key.kind, key.name, tags, exact_hash) {
                return Ok(found);
            }
        }
        // A key of its own: the one above never is in memory.
        self.locate(&self.key(metric, source))
    }

    /// The entry of `key`, made new if need be.
    #[inline(never)]
    pub(super) fn locate(&mut self, key: &Key<'_>) -> Result<u32, Full> {
        let exact_hash = table::exact_hash(self.settings.seed, key);
        if let Some(found) = self.table.find(&self.storage.parts(), key, exact_hash) {
            return Ok(found);
        }
        loop {
            let result = self.table.find_or_insert(&mut self.storage.parts(), key, exact_hash, self.settings.seed);
            match result {
                Err(full) if self.storage.grow(full) => {
                    // Only the table has heads to which the entries have to be linked anew.
                    if full == Full::Contexts {
                        self.table.reindex(&mut self.storage.parts());
                    }
                }
                result => {
                    self.stats.refused_contexts = self.stats.refused_contexts.wrapping_add(result.is_err().into());
                    return result;
                }
            }
        }
    }

    /// Takes samples into their bucket: `first`, and the values of `rest` with its weight.
    #[inline(always)]
    pub(super) fn take(&mut self, index: u32, first: Sample, rest: Option<ValueIter<'_>>) -> Result<(), Full> {
        let bucket = match self.bucket_at(first.now) {
            Ok(bucket) => bucket,
            Err(full) => return self.counted(Err(full)),
        };
        let seen = u32::try_from(first.now.as_secs()).unwrap_or(u32::MAX);
        let Some(rest) = rest else {
            if self.take_plain(index, bucket, seen, &first) {
                return Ok(());
            }
            let taken = self.with_slot(index, bucket, seen, |kind, slot, room| sample::add(kind, slot, first, room));
            return self.counted(taken);
        };
        self.take_many(index, bucket, seen, first, rest)
    }

    /// Takes samples of one weight into their bucket, as many at a time as there are cells for.
    fn take_many(
        &mut self,
        index: u32,
        bucket: u64,
        seen: u32,
        first: Sample,
        mut rest: ValueIter<'_>,
    ) -> Result<(), Full> {
        let (mut next, mut skipped) = (Some(first.value), 0u64);
        let mut result = Ok(());
        while next.is_some() {
            let taken = self.with_slot(index, bucket, seen, |kind, slot, room| {
                sample::add_all(kind, slot, first, &mut next, room, || finite(&mut rest, &mut skipped))
            });
            if taken.is_err() {
                next = finite(&mut rest, &mut skipped);
            }
            result = self.counted(taken).and(result);
        }
        self.stats.skipped_values = self.stats.skipped_values.wrapping_add(skipped);
        result
    }

    /// Takes a sample of a count or a gauge into the entry's own bucket; false if it is not for that.
    #[inline(always)]
    fn take_plain(&mut self, index: u32, bucket: u64, seen: u32, sample: &Sample) -> bool {
        let Some(entry) = self.storage.parts().entries.get_mut(index as usize) else { return false };
        let mut slot = match entry.slot() {
            None => Slot::new(bucket),
            Some(slot) if slot.at == bucket => slot,
            Some(_) => return false,
        };
        if !sample::add_plain(entry.kind, &mut slot, sample) {
            return false;
        }
        entry.put_slot(&slot);
        entry.last_seen = entry.last_seen.max(seen);
        true
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

    pub(super) fn open_bucket(&mut self, bucket: u64) -> Result<(), Full> {
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
    pub(super) fn with_slot(
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

    pub(super) fn with_point(
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

    pub(super) fn counted(&mut self, result: Result<(), Full>) -> Result<(), Full> {
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
    pub(super) fn settle(&mut self) {
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

/// The next value that is finite; the others are counted in `skipped`.
#[inline]
fn finite(values: &mut ValueIter<'_>, skipped: &mut u64) -> Option<f64> {
    loop {
        let value = values.next()?;
        if value.is_finite() {
            return Some(value);
        }
        *skipped = skipped.wrapping_add(1);
    }
}
