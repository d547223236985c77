//! The bins of a sketch as buckets of an exponential histogram, and wider ones where they take too many.

use basenji::core::sketch::mapping::MAX_KEY;
use basenji::core::state::exponential::index;
pub(crate) use basenji::core::state::exponential::{SCHEMA, ZERO_THRESHOLD};

/// How many of a power of two or less may become one bucket: beyond them an index has no meaning.
const COARSEST: u32 = 16;

/// How many values there are in each bucket, room for one sketch after the other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Buckets {
    /// Values of the key 0.
    pub(crate) zero: u64,
    /// Index and count, lowest index first, each index once.
    pub(crate) positive: Vec<(i32, u64)>,
    /// The same of negative values, by the index of their magnitude.
    pub(crate) negative: Vec<(i32, u64)>,
}

impl Buckets {
    /// Takes in the bins of a sketch, lowest key first; a key may repeat. Bins of infinity have no bucket: they are in
    /// the count of the histogram alone.
    pub(crate) fn fill(&mut self, bins: impl Iterator<Item = (i16, u64)>) {
        self.zero = 0;
        self.positive.clear();
        self.negative.clear();
        self.positive.reserve(bins.size_hint().0);
        bins.for_each(|(key, count)| match key {
            1..=MAX_KEY => push(&mut self.positive, index(key), count),
            0 => self.zero = self.zero.saturating_add(count),
            key if (-MAX_KEY..0).contains(&key) => push(&mut self.negative, index(-key), count),
            _ => {}
        });
        self.negative.reverse();
    }

    /// All values that have a bucket.
    #[cfg(test)]
    pub(crate) fn count(&self) -> u64 {
        let sides = self.positive.iter().chain(&self.negative);
        sides.fold(self.zero, |sum, &(_, count)| sum.saturating_add(count))
    }

    /// How many buckets there are on one side, from the first to the last, where most: what a dense form takes.
    pub(crate) fn span(&self) -> u64 {
        [&self.positive, &self.negative].into_iter().map(|side| span(side)).max().unwrap_or(0)
    }

    /// Makes buckets wider, `2^by` of them one, until no side takes more than `most` in a dense form; says by how much.
    pub(crate) fn coarsen(&mut self, most: u64) -> u32 {
        let mut by = 0;
        while self.span() > most && by < COARSEST {
            halve(&mut self.positive);
            halve(&mut self.negative);
            by += 1;
        }
        by
    }
}

/// Counts in the bucket that is the last one or comes after it.
#[inline]
fn push(side: &mut Vec<(i32, u64)>, index: i32, count: u64) {
    match side.last_mut() {
        Some((last, sum)) if *last == index => *sum = sum.saturating_add(count),
        _ => side.push((index, count)),
    }
}

fn span(side: &[(i32, u64)]) -> u64 {
    match (side.first(), side.last()) {
        (Some(&(first, _)), Some(&(last, _))) => (i64::from(last) - i64::from(first) + 1).unsigned_abs(),
        _ => 0,
    }
}

/// Makes each two buckets one: 1 and 2 become 1.
fn halve(side: &mut Vec<(i32, u64)>) {
    let mut kept = 0_usize;
    for place in 0..side.len() {
        let (index, count) = side[place];
        let index = (index + 1) >> 1;
        match kept.checked_sub(1).map(|last| &mut side[last]) {
            Some((last, sum)) if *last == index => *sum = sum.saturating_add(count),
            _ => {
                side[kept] = (index, count);
                kept += 1;
            }
        }
    }
    side.truncate(kept);
}

#[cfg(test)]
mod tests {
    use super::*;
    use basenji::core::sketch::mapping::INFINITE_KEY;

    fn filled(bins: &[(i16, u64)]) -> Buckets {
        let mut buckets = Buckets { zero: 7, positive: vec![(1, 1)], negative: vec![(2, 2)] };
        buckets.fill(bins.iter().copied());
        buckets
    }

    #[test]
    fn the_bins_of_a_sketch_are_split_by_their_sign() {
        let buckets = filled(&[(-1635, 1), (0, 1), (1338, 1), (1383, 2), (1409, 1)]);
        assert_eq!(buckets.zero, 1);
        assert_eq!(buckets.negative, [(426, 1)]);
        assert_eq!(buckets.positive, [(0, 1), (65, 2), (102, 1)]);
        assert_eq!((buckets.count(), buckets.span()), (6, 103));
    }

    #[test]
    fn a_repeated_key_is_one_bucket_and_infinity_has_none() {
        let most = u64::from(u32::MAX);
        let buckets = filled(&[(-INFINITE_KEY, 1), (-3, 5), (-2, 1), (-2, most), (2, most), (2, 1), (INFINITE_KEY, 9)]);
        assert_eq!(buckets.negative, [(index(2), most + 1), (index(3), 5)]);
        assert_eq!((buckets.positive, buckets.zero), (vec![(index(2), most + 1)], 0));
        assert_eq!(filled(&[]), Buckets::default());
    }

    #[test]
    fn wider_buckets_hold_what_the_narrow_ones_held() {
        let bins: Vec<(i16, u64)> = (-300..3000).step_by(7).map(|key: i16| (key, key.unsigned_abs().into())).collect();
        let fine = filled(&bins);
        let mut coarse = fine.clone();
        let by = coarse.coarsen(160);
        assert!(coarse.span() <= 160 && coarse.count() == fine.count() && by > 0);
        let upper = |index: i32| (f64::from(index) / f64::from(1 << SCHEMA)).exp2();
        for &(index, count) in &coarse.positive {
            let (low, high) = (upper((index - 1) << by), upper(index << by));
            let within = fine.positive.iter().filter(|&&(at, _)| upper(at) > low && upper(at) <= high);
            assert_eq!(within.map(|&(_, count)| count).sum::<u64>(), count, "{index}");
        }
        let mut same = fine.clone();
        assert_eq!((same.coarsen(fine.span()), &same), (0, &fine));
        assert!(filled(&[(1, 1), (MAX_KEY, 1)]).coarsen(2) > 0);
    }
}
