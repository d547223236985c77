//! Lines of a datagram that were looked for together, and taking in the values of those that are known.

use core::hint::black_box;

use heapless::Vec;

use super::aggregator::Aggregator;
use super::hint::Hint;
use super::outcome::Outcome;
use super::sample::{self, Sample};
use super::storage::{Storage, View};
use crate::Time;
use crate::wire::{MetricKind, Outline, Values};

/// How many lines are looked for together.
const AHEAD: usize = 16;

/// A line that is looked for.
#[derive(Debug, Clone, Copy)]
pub struct LineAhead<'a> {
    pub(super) outline: Outline<'a>,
    /// A hash of its text, and its scope.
    pub(super) key: u64,
    /// Where its text may be, its context, and its weight, which is 0 if the line is not known.
    pub(super) text: u32,
    pub(super) context: u32,
    pub(super) weight: f64,
}

impl<'a> LineAhead<'a> {
    /// The line.
    pub fn outline(&self) -> &Outline<'a> {
        &self.outline
    }
}

/// Lines of a datagram that are looked for together, at most sixteen.
#[derive(Debug, Default)]
pub struct LinesAhead<'a> {
    lines: Vec<LineAhead<'a>, AHEAD>,
    /// How many of them were taken in or returned.
    done: usize,
    /// The aggregator's count of moves when they were looked for.
    moves: u32,
}

impl<'a> LinesAhead<'a> {
    /// Whether there are as many as are looked for together, so that there may be more.
    pub fn is_full(&self) -> bool {
        self.lines.is_full()
    }

    /// Takes in the values of the next lines, received at `now`, as long as they are known and all that they hold stands in its bucket then; `each` is told
    /// the kind of each. Returns the first other line: with its kind and what [`Aggregator::take_in`] would return, or with `None` if it is not known or
    /// not a line that it can do this for: then nothing has changed for it. Linear in the bytes of the values.
    #[inline(never)]
    pub fn take(
        &mut self,
        aggregator: &mut Aggregator<impl Storage>,
        now: Time,
        mut each: impl FnMut(MetricKind),
    ) -> Option<(&LineAhead<'a>, Option<(MetricKind, Outcome)>)> {
        let is_known = aggregator.closed.is_none() && self.moves == aggregator.table.moves;
        let bucket = if is_known { aggregator.bucket_at(now).ok() } else { None };
        for line in self.lines.get(self.done..)? {
            self.done = self.done.wrapping_add(1);
            if !is_known || line.weight == 0.0 {
                return Some((line, None));
            }
            match line.take(aggregator, bucket, now) {
                Some((kind, Outcome::Bucket)) => each(kind),
                other => return Some((line, other)),
            }
        }
        None
    }

    pub(super) fn begin(&mut self, moves: u32) {
        self.lines.clear();
        (self.done, self.moves) = (0, moves);
    }

    /// Adds a line; `None` if it was the last for which there is room.
    #[inline(always)]
    pub(super) fn push(&mut self, line: LineAhead<'a>) -> Option<()> {
        // There is room, or there would not be another.
        let _ = self.lines.push(line);
        (!self.lines.is_full()).then_some(())
    }

    pub(super) fn lines(&mut self) -> &mut [LineAhead<'a>] {
        &mut self.lines
    }

    /// Reads the first cell of what contexts hold that are no counts and gauges.
    #[inline(always)]
    pub(super) fn touch(&self, view: View<'_>) {
        let mut sum = 0u64;
        for line in &self.lines {
            let Some(entry) = view.entries.get(line.context as usize) else { continue };
            if !matches!(entry.kind, MetricKind::Count | MetricKind::Gauge) {
                sum = sum.wrapping_add(view.cells.get(entry.b as u32 as usize).copied().unwrap_or_default());
            }
        }
        black_box(sum);
    }
}

impl LineAhead<'_> {
    /// Takes in the values of a line that is known. `bucket` is that of `now`, if there is room for it.
    #[inline(always)]
    fn take(
        &self,
        aggregator: &mut Aggregator<impl Storage>,
        bucket: Option<u64>,
        now: Time,
    ) -> Option<(MetricKind, Outcome)> {
        aggregator.last = Hint(self.context);
        let entry = aggregator.storage.parts().entries.get_mut(self.context as usize)?;
        let kind = entry.kind;
        let Some(value) = Values::plain(kind, self.outline.value) else {
            return self.take_other(kind, aggregator, now);
        };
        let sample = Sample { value, weight: self.weight, member: 0, now };
        if bucket.is_some_and(|bucket| sample::take_plain(entry, bucket, &sample)) {
            return Some((kind, Outcome::Bucket));
        }
        Some((kind, self.take_sample(value, aggregator, now)))
    }

    /// Takes in one value, as far as that needs more than the entry.
    #[inline(never)]
    fn take_sample(&self, value: f64, aggregator: &mut Aggregator<impl Storage>, now: Time) -> Outcome {
        aggregator.take(self.context, Sample { value, weight: self.weight, member: 0, now }, None)
    }

    /// Takes in values that are not one plain number.
    #[inline(never)]
    fn take_other(
        &self,
        kind: MetricKind,
        aggregator: &mut Aggregator<impl Storage>,
        now: Time,
    ) -> Option<(MetricKind, Outcome)> {
        let values = Values::read(kind, self.outline.value)?;
        let Some((value, member, rest)) = aggregator.first_of(&values) else { return Some((kind, Outcome::Skipped)) };
        Some((kind, aggregator.take(self.context, Sample { value, weight: self.weight, member, now }, rest)))
    }
}
