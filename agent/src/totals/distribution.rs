//! The bins of a distribution since its start. They only grow: a receiver takes a count that falls for a restart.

use basenji::core::sketch::{BIN_LIMIT, Sketch, Summary};

/// Bytes that a bin takes.
const BIN: usize = size_of::<i16>() + size_of::<u64>();

/// A sketch without a limit of 32 bits on a bin.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Distribution {
    pub(crate) summary: Summary,
    /// Keys, each once, lowest first, and the count of each.
    keys: Vec<i16>,
    counts: Vec<u64>,
}

impl Default for Distribution {
    fn default() -> Self {
        Distribution { summary: Summary::EMPTY, keys: Vec::new(), counts: Vec::new() }
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
            while self.keys.get(at).is_some_and(|&key| key < bin.key) {
                at += 1;
            }
            if self.keys.get(at) != Some(&bin.key) {
                if self.keys.len() < most {
                    self.keys.insert(at, bin.key);
                    self.counts.insert(at, 0);
                } else {
                    at = self.nearest(at, bin.key);
                }
            }
            self.counts[at] = self.counts[at].saturating_add(u64::from(bin.n));
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
    pub(crate) fn bins(&self) -> impl ExactSizeIterator<Item = (i16, u64)> {
        self.keys.iter().copied().zip(self.counts.iter().copied())
    }

    /// Calls `each` with how many values there are up to each of these keys, which ascend. A bin counts where the value that
    /// stands for it does, which is within 0.8 % of each value in it.
    pub(crate) fn cumulative(&self, last: &[i16], mut each: impl FnMut(u64)) {
        let (mut bins, mut sum) = (self.bins(), 0_u64);
        let mut bin = bins.next();
        for &last in last {
            while let Some((_, count)) = bin.filter(|&(key, _)| key <= last) {
                sum = sum.saturating_add(count);
                bin = bins.next();
            }
            each(sum);
        }
    }

    pub(super) fn bytes(&self) -> usize {
        size_of::<Distribution>() + self.keys.len() * BIN
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
