//! The bins of a distribution since its start. They only grow: a receiver takes a count that falls for a restart.

use std::borrow::Cow;
use std::cell::OnceCell;

use basenji::core::sketch::mapping::MAX_KEY;
use basenji::core::sketch::{BIN_LIMIT, Sketch, Summary};
use basenji::core::state::exponential::index;

use crate::encode::native::{self, Fields, Layout};
use crate::encode::protobuf::Message;

/// Bytes that a bin takes, with its share of a layout.
const BIN: usize = size_of::<i16>() + size_of::<u64>() + native::BYTES;

/// A sketch without a limit of 32 bits on a bin.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Distribution {
    pub(crate) summary: Summary,
    /// Keys, each once, lowest first, and the count of each.
    keys: Vec<i16>,
    counts: Vec<u64>,
    /// Its buckets as a native histogram, from when they are first written until there is a new key.
    layout: OnceCell<Box<Layout>>,
}

impl Default for Distribution {
    fn default() -> Self {
        Distribution { summary: Summary::EMPTY, keys: Vec::new(), counts: Vec::new(), layout: OnceCell::new() }
    }
}

impl Distribution {
    /// Adds what a sketch has counted. A key for which there is no room, of `room` bytes or [`BIN_LIMIT`] bins, counts
    /// for the nearest one that is there.
    pub(super) fn add<S: AsRef<[u64]>>(&mut self, sketch: &Sketch<S>, room: usize) {
        self.summary.merge(&sketch.summary());
        let most = BIN_LIMIT.min(self.keys.len().saturating_add(room / BIN)).max(1);
        let mut at = 0;
        for bin in sketch.bins() {
            // Most bins have the key after the last one.
            if self.keys.get(at) != Some(&bin.key) {
                at = self.place(bin.key, most);
            }
            if let Some(count) = self.counts.get_mut(at) {
                *count = count.saturating_add(u64::from(bin.n));
            }
            at += 1;
        }
    }

    /// The place where a key counts.
    fn place(&mut self, key: i16, most: usize) -> usize {
        match self.keys.binary_search(&key) {
            Ok(at) => at,
            Err(at) if self.keys.len() < most => {
                self.keys.insert(at, key);
                self.counts.insert(at, 0);
                self.layout.take();
                at
            }
            Err(at) => self.nearest(at, key),
        }
    }

    /// The place of the key next to `key`, which belongs at `at`.
    fn nearest(&self, at: usize, key: i16) -> usize {
        let distance = |place: usize| self.keys.get(place).map(|&other| other.abs_diff(key));
        match (at.checked_sub(1), distance(at)) {
            (Some(before), None) => before,
            (Some(before), Some(after)) if distance(before) <= Some(after) => before,
            _ => at,
        }
    }

    /// Keys and counts, lowest key first.
    pub(crate) fn bins(&self) -> impl ExactSizeIterator<Item = (i16, u64)> + DoubleEndedIterator + Clone {
        self.keys.iter().copied().zip(self.counts.iter().copied())
    }

    /// Calls `each` with how many values there are up to each of these keys, which ascend. A bin counts where the value that
    /// stands for it does, which is within 0.8 % of each value in it.
    pub(crate) fn cumulative(&self, last: &[i16], mut each: impl FnMut(u64)) {
        let (mut at, mut sum) = (0, 0_u64);
        for &last in last {
            while let (Some(&key), Some(&count)) = (self.keys.get(at), self.counts.get(at))
                && key <= last
            {
                sum = sum.saturating_add(count);
                at += 1;
            }
            each(sum);
        }
    }

    /// How many values are zero.
    pub(crate) fn zero(&self) -> u64 {
        self.keys.binary_search(&0).map_or(0, |at| self.counts[at])
    }

    /// Writes spans and deltas of a native histogram. Bins of infinity have no bucket.
    pub(crate) fn write_native(&self, fields: Fields, scratch: &mut Vec<u8>, message: &mut Message<'_>) {
        let place = |key: i16| self.keys.partition_point(|&other| other < key);
        let (below, above) = (place(-MAX_KEY)..place(0), place(1)..place(MAX_KEY + 1));
        let layout = || {
            let negative = self.keys[below.clone()].iter().rev().map(|&key| index(-key));
            Layout::new(fields, negative, self.keys[above.clone()].iter().map(|&key| index(key)))
        };
        let kept = self.layout.get_or_init(|| Box::new(layout()));
        // A sink writes all histograms in one way.
        let layout = if kept.fields() == fields { Cow::Borrowed(&**kept) } else { Cow::Owned(layout()) };
        let (negative, positive) = (self.counts[below].iter().rev().copied(), self.counts[above].iter().copied());
        layout.write(negative, positive, scratch, message);
    }

    pub(super) fn bytes(&self) -> usize {
        size_of::<Distribution>() + size_of::<Layout>() + self.keys.len() * BIN
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use basenji::OwnedSketch;

    fn sketch(values: impl IntoIterator<Item = f64>) -> OwnedSketch {
        let mut sketch = OwnedSketch::default();
        values.into_iter().for_each(|value| sketch.add(value, 1.0));
        sketch
    }

    #[test]
    fn its_bins_are_those_of_the_merged_sketches() {
        let mut total = Distribution::default();
        let mut merged = OwnedSketch::default();
        for part in 0..50_u32 {
            let part = sketch((0..200_u32).map(|n| f64::from(n.wrapping_mul(2_654_435_761 ^ part) % 1000) - 100.0));
            total.add(&part, usize::MAX);
            merged.merge(&part);
        }
        assert!(total.bins().eq(merged.bins().map(|bin| (bin.key, u64::from(bin.n)))));
        assert_eq!(total.summary, merged.summary());
        assert!(total.keys.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn a_key_without_room_counts_for_the_nearest_and_no_bin_ever_falls() {
        let mut total = Distribution::default();
        total.add(&sketch([1.0, 100.0]), usize::MAX);
        let before: Vec<_> = total.bins().collect();
        total.add(&sketch([0.5, 2.0, 90.0, 1e9]), 0);
        let keys = |bins: &[(i16, u64)]| bins.iter().map(|bin| bin.0).collect::<Vec<_>>();
        let after: Vec<_> = total.bins().collect();
        assert_eq!(keys(&before), keys(&after));
        assert_eq!(after.iter().map(|bin| bin.1).collect::<Vec<_>>(), [3, 3]);
        assert_eq!(total.summary.count, 6);
        // Without any room the first bin is still there.
        let mut none = Distribution::default();
        none.add(&sketch([5.0, 7.0]), 0);
        assert_eq!(none.bins().map(|bin| bin.1).collect::<Vec<_>>(), [2]);
    }
}
