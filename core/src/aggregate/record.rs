//! Taking values in: into the bucket of their time, or as points of their own.

use super::aggregator::Aggregator;
use super::entry::Slot;
use super::held::Room;
use super::hint::Hint;
use super::outcome::Outcome;
use super::pool::{Cells, NONE};
use super::sample::{self, Sample};
use super::samples::TOGETHER;
use super::slots::{chain_new, in_other_bucket};
use super::storage::Storage;
use super::{Source, hash};
use crate::wire::{Metric, MetricKind, ValueIter, Values};
use crate::{Full, Time, shift};

impl<S: Storage> Aggregator<S> {
    /// Takes in a metric that was received at `now`. Cost: linear in its bytes; for a context whose tags come in another order than at first,
    /// or that is new, `n log n` in the number of tags.
    ///
    /// # Errors
    ///
    /// - `Contexts`, `Bytes`, `Tags`, `Length`: the context is new and there is no room for it.
    /// - `Cells`, `Buckets`: there is no room for some of the values; the others are taken in.
    #[inline]
    pub fn record(&mut self, metric: &Metric<'_>, source: &Source<'_>, now: Time) -> Result<(), Full> {
        match self.take_in(metric, source, now) {
            Outcome::Bucket => Ok(()),
            outcome => outcome.full().map_or(Ok(()), Err),
        }
    }

    /// [`Aggregator::record`], for callers that count messages: returns the outcome of this one.
    #[inline]
    pub fn take_in(&mut self, metric: &Metric<'_>, source: &Source<'_>, now: Time) -> Outcome {
        if self.closed.is_some() {
            self.settle();
        }
        self.last = Hint::default();
        let weight = weight(metric.sample_rate).unwrap_or_else(|| {
            self.stats.odd_rates = self.stats.odd_rates.wrapping_add(1);
            1.0
        });
        // A metric without a single finite value adds no context.
        let Some((value, member, rest)) = self.first_of(&metric.values) else { return Outcome::Skipped };
        let index = match self.locate_metric(metric, source) {
            Ok(index) => index,
            Err(full) => return Outcome::Refused(full),
        };
        self.last = Hint(index);
        let sample = Sample { value, weight, member, now };
        match metric.timestamp {
            None => self.take(index, sample, rest),
            Some(seconds) => self.take_points(index, seconds, sample, rest),
        }
    }

    /// The first of these values that is finite, a set's member, and the values after it; those that are not finite are counted.
    #[inline(always)]
    pub(super) fn first_of<'v>(&mut self, values: &Values<'v>) -> Option<(f64, u64, Option<ValueIter<'v>>)> {
        Some(match *values {
            Values::One(value) if value.is_finite() => (value, 0, None),
            Values::Member(member) => (0.0, hash::hash(self.settings.set_seed, member), None),
            _ => {
                let mut values = values.iter();
                let first = self.next_finite(&mut values)?;
                (first, 0, Some(values))
            }
        })
    }

    /// The next value that is finite; the others are counted.
    fn next_finite(&mut self, values: &mut ValueIter<'_>) -> Option<f64> {
        finite(values, &mut self.stats.skipped_values)
    }

    /// Takes samples into their bucket: `first`, and the values of `rest` with its weight.
    #[inline(always)]
    pub(super) fn take(&mut self, index: u32, first: Sample, rest: Option<ValueIter<'_>>) -> Outcome {
        let bucket = match self.bucket_at(first.now) {
            Ok(bucket) => bucket,
            Err(full) => return self.without_bucket(full, rest),
        };
        let seen = seconds(first.now);
        let Some(rest) = rest else {
            let entry = self.storage.parts().entries.get_mut(index as usize);
            if entry.is_some_and(|entry| sample::take_plain(entry, bucket, &first)) {
                return Outcome::Bucket;
            }
            let taken = self.with_slot(index, bucket, seen, |kind, slot, room| sample::add(kind, slot, first, room));
            return match self.counted(taken) {
                Ok(()) => Outcome::Bucket,
                Err(full) => Outcome::Refused(full),
            };
        };
        self.take_many(index, bucket, seen, first, rest)
    }

    /// Takes samples of one weight into their bucket, many at a time.
    fn take_many(&mut self, index: u32, bucket: u64, seen: u32, first: Sample, mut rest: ValueIter<'_>) -> Outcome {
        let (mut result, mut any) = (Ok(()), false);
        let mut take = |values: &[f64], this: &mut Self| {
            let taken = this.take_together(index, bucket, seen, first, values);
            (result, any) = (taken.0.and(result), taken.1 | any);
        };
        if let Some(list) = rest.finite_list() {
            take(&[first.value], self);
            take(list, self);
        } else {
            let mut next = Some(first.value);
            while next.is_some() {
                let (mut together, mut len) = ([0.0; TOGETHER], 0usize);
                for place in &mut together {
                    let Some(value) = next else { break };
                    (*place, len) = (value, len.saturating_add(1));
                    next = self.next_finite(&mut rest);
                }
                take(together.get(..len).unwrap_or_default(), self);
            }
        }
        match result {
            Ok(()) => Outcome::Bucket,
            Err(full) if any => Outcome::Partly { full, points: false },
            Err(full) => Outcome::Refused(full),
        }
    }

    /// Takes values into their bucket, as many at a time as there are cells for; whether there was room for all of them, and for any.
    fn take_together(
        &mut self,
        index: u32,
        bucket: u64,
        seen: u32,
        first: Sample,
        values: &[f64],
    ) -> (Result<(), Full>, bool) {
        let (mut rest, mut result, mut any) = (values, Ok(()), false);
        while !rest.is_empty() {
            // One for which there is no room is counted, and the next one is tried.
            let mut done = 1;
            let taken = self.with_slot(index, bucket, seen, |kind, slot, room| {
                done = sample::add_all(kind, slot, first, rest, room)?;
                Ok(())
            });
            any |= taken.is_ok();
            rest = rest.get(done.max(1)..).unwrap_or_default();
            result = self.counted(taken).and(result);
        }
        (result, any)
    }

    /// Counts the values of a message for whose bucket there is no room.
    #[cold]
    fn without_bucket(&mut self, full: Full, rest: Option<ValueIter<'_>>) -> Outcome {
        let mut rest = rest;
        let _ = self.counted(Err(full));
        while rest.as_mut().and_then(|rest| self.next_finite(rest)).is_some() {
            let _ = self.counted(Err(full));
        }
        Outcome::Refused(full)
    }

    /// Makes each sample a point of its own.
    fn take_points(&mut self, index: u32, seconds: u64, first: Sample, mut rest: Option<ValueIter<'_>>) -> Outcome {
        let mut sample = first;
        let (mut result, mut any) = (Ok(()), false);
        loop {
            let taken = self.take_point(index, seconds, sample);
            any |= taken.is_ok();
            result = self.counted(taken).and(result);
            match rest.as_mut().and_then(|rest| self.next_finite(rest)) {
                Some(value) => sample.value = value,
                None => break,
            }
        }
        match result {
            Ok(()) => Outcome::Points,
            Err(full) if any => Outcome::Partly { full, points: true },
            Err(full) => Outcome::Refused(full),
        }
    }

    /// The number of the bucket of `now`, entered among the open ones.
    #[inline]
    pub(super) fn bucket_at(&mut self, now: Time) -> Result<u64, Full> {
        let (from, to, bucket) = self.current;
        if (from..to).contains(&now.as_millis()) {
            return Ok(bucket);
        }
        let length = self.bucket_secs();
        let bucket = now.as_secs() / length;
        self.open_bucket(bucket)?;
        let from = bucket.saturating_mul(length.get()).saturating_mul(1000);
        self.current = (from, from.saturating_add(length.get().saturating_mul(1000)), bucket);
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

    /// Runs `change` on the slot of a bucket of an entry, again with more cells whenever there are too few and the storage can grow.
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
                Err(full) => last = !self.grow_for(index, full),
            }
        }
    }

    /// Makes room for what an entry holds.
    #[cold]
    fn grow_for(&mut self, index: u32, full: Full) -> bool {
        if !S::GATED || full != Full::Cells {
            return self.storage.grow(full);
        }
        let view = self.storage.view();
        let Some(entry) = view.entries.get(index as usize) else { return false };
        let name = hash::hash(self.settings.seed, entry.key(view.text).name);
        self.storage.grow_cells(name)
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
                Err(full) if self.grow_for(index, full) => {}
                result => return result,
            }
        }
    }

    pub(super) fn counted(&mut self, result: Result<(), Full>) -> Result<(), Full> {
        if result.is_err() {
            self.stats.refused_values = self.stats.refused_values.wrapping_add(1);
        }
        result
    }
}

/// A time as entries keep it.
#[inline(always)]
pub(super) fn seconds(now: Time) -> u32 {
    u32::try_from(now.as_secs()).unwrap_or(u32::MAX)
}

/// How much a sample of this rate counts, if the rate is in (0, 1].
#[inline(always)]
pub(super) fn weight(rate: f64) -> Option<f64> {
    match rate {
        1.0 => Some(1.0),
        rate if rate > 0.0 && rate < 1.0 => Some(1.0 / rate),
        _ => None,
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
