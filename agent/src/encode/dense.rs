//! The bins of a sketch as OpenTelemetry's buckets: of each side of zero the first index, and all counts from there on.

use basenji::core::sketch::mapping::MAX_KEY;
use basenji::core::state::exponential::index;

/// How many values there are in each bucket, room for one sketch after the other.
#[derive(Debug, Default)]
pub(crate) struct Dense {
    /// Values of the key 0.
    pub(crate) zero: u64,
    pub(crate) positive: Side,
    pub(crate) negative: Side,
}

/// The buckets of one side.
#[derive(Debug, Default)]
pub(crate) struct Side {
    /// The index of the first one, Prometheus' own.
    pub(crate) first: i32,
    /// A byte each: what a packed field holds of numbers below 128.
    pub(crate) counts: Vec<u8>,
}

impl Side {
    /// False if there are more than `most` buckets from the first one to the last one.
    fn begin(&mut self, ends: Option<(i32, i32)>, most: usize) -> bool {
        self.counts.clear();
        let Some((first, last)) = ends else { return true };
        self.first = first;
        let len = (last - first + 1) as usize;
        self.counts.resize(len.min(most), 0);
        len <= most
    }

    #[inline]
    fn count(&mut self, index: i32, count: u64) {
        if let Some(to) = self.counts.get_mut((index - self.first) as usize) {
            *to = count as u8;
        }
    }
}

impl Dense {
    /// Takes in the bins of a sketch, lowest key first. False, with nothing of use in it, if a bucket has more values than
    /// a byte of a packed field tells, or a side more than `most` buckets. Bins of infinity have no bucket.
    pub(crate) fn fill(&mut self, bins: impl DoubleEndedIterator<Item = (i16, u64)> + Clone, most: usize) -> bool {
        let Dense { zero, positive, negative } = self;
        let is_above = |key: &i16| (1..=MAX_KEY).contains(key);
        let is_below = |key: &i16| (-MAX_KEY..0).contains(key);
        let keys = || bins.clone().map(|bin| bin.0);
        let below = |key: i16| index(-key);
        *zero = 0;
        // Keys are sorted: where the first one is not below zero, none is.
        let first = keys().find(|&key| key >= -MAX_KEY).filter(|&key| key < 0);
        let last = keys().rev().find(|&key| key <= MAX_KEY).filter(|&key| key > 0);
        let ends_below = first.and_then(|first| Some((below(keys().rev().find(is_below)?), below(first))));
        let ends_above = last.and_then(|last| Some((index(keys().find(is_above)?), index(last))));
        if !positive.begin(ends_above, most) || !negative.begin(ends_below, most) {
            return false;
        }
        let mut all = 0;
        bins.for_each(|(key, count)| {
            if is_above(&key) {
                positive.count(index(key), count);
            } else if is_below(&key) {
                negative.count(below(key), count);
            } else if key == 0 {
                // Its field takes any number, but there is one bin alone of such a count.
                *zero = count;
            }
            all |= count;
        });
        // A key has a second bin only where the first one is full.
        all < 0x80
    }
}

#[cfg(test)]
mod tests {
    use basenji::core::sketch::mapping::INFINITE_KEY;

    use super::super::exponential::Buckets;
    use super::*;

    const MOST: usize = 8192;

    #[test]
    fn its_counts_are_those_of_the_buckets() {
        let mut seed = 7_u64;
        let mut next = |below: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % below
        };
        let (mut dense, mut buckets) = (Dense::default(), Buckets::default());
        for _ in 0..300 {
            let width = next(3_000) + 1;
            let mut bins: Vec<_> =
                (0..next(80)).map(|_| (next(width) as i16 - (width / 2) as i16, next(127) + 1)).collect();
            if next(4) == 0 {
                bins.extend([(INFINITE_KEY, 3), (-INFINITE_KEY, 3)]);
            }
            bins.sort_unstable();
            bins.dedup_by_key(|bin| bin.0);
            assert!(dense.fill(bins.iter().copied(), MOST));
            buckets.fill(bins.iter().copied());
            let sparse = |side: &Side| -> Vec<(i32, u64)> {
                let counts = (side.first..).zip(&side.counts).filter(|(_, count)| **count > 0);
                counts.map(|(index, count)| (index, u64::from(*count))).collect()
            };
            assert_eq!(dense.zero, buckets.zero);
            assert_eq!(sparse(&dense.positive), buckets.positive);
            assert_eq!(sparse(&dense.negative), buckets.negative);
            for side in [&dense.positive, &dense.negative] {
                assert!(side.counts.first() != Some(&0) && side.counts.last() != Some(&0));
            }
        }
    }

    #[test]
    fn what_a_byte_or_the_width_cannot_hold_is_refused() {
        let mut dense = Dense::default();
        let mut fill = |bins: &[(i16, u64)]| dense.fill(bins.iter().copied(), MOST);
        assert!(fill(&[]) && fill(&[(1, 127)]));
        assert!(!fill(&[(1, 128)]) && !fill(&[(-5, 1), (0, 1 << 40)]));
        let most = u64::from(u32::MAX);
        assert!(!fill(&[(7, 3), (7, most)]), "a key of two bins");
        assert!(!fill(&[(1, 1), (MAX_KEY, 1)]), "too wide a side");
        assert!(!fill(&[(-MAX_KEY, 1), (-1, 1)]));
    }
}
