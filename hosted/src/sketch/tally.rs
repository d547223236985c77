//! Many values at once: each is worth a place in a table of cells, of which the bins are made at the end.

use basenji_core::sketch::{Bin, Summary, mapping};

use super::borders::{self, CELLS, MAGNITUDE};

/// Values that are looked at together.
pub(super) const CHUNK: usize = 1024;

/// Values after which a place of the table could be full.
const FULL: u64 = u32::MAX as u64 - CHUNK as u64;

/// Bins of others after which these are handed over.
const MOST_OTHERS: usize = 1 << 16;

/// How often each cell was met, below its border and from there on.
type Counts = Box<[[u32; 2]; CELLS]>;

/// Values that were counted, and are not in a sketch yet.
pub(super) struct Tally {
    positive: Counts,
    /// Not there before the first value with a sign.
    negative: Option<Counts>,
    /// Of those beyond all cells.
    others: Vec<Bin>,
    summary: Summary,
}

impl Tally {
    pub(super) fn new() -> Tally {
        Tally { positive: counts(), negative: None, others: Vec::new(), summary: Summary::EMPTY }
    }

    /// Whether it must be taken before more is counted.
    pub(super) fn is_full(&self) -> bool {
        self.summary.count >= FULL || self.others.len() >= MOST_OTHERS
    }

    /// Counts some values, at most [`CHUNK`]; NaN and infinities are ignored.
    ///
    /// The sum is that of [`Summary::of`], added to the sum before.
    pub(super) fn add(&mut self, values: &[f64]) {
        let summary = Summary::of(values);
        if summary.sum.is_finite() {
            self.summary.merge(&summary);
            return self.count(values, summary.min < 0.0);
        }
        let finite: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
        if finite.len() < values.len() {
            return self.add(&finite);
        }
        // The average is right even if the sum is beyond a double's range.
        values.iter().for_each(|value| self.summary.add(*value));
        self.count(values, true);
    }

    /// Counts finite values in their cells; `signs` says whether one of them is below zero.
    fn count(&mut self, values: &[f64], signs: bool) {
        if !signs {
            for value in values {
                let magnitude = value.to_bits();
                let cell = borders::cell(magnitude);
                match self.positive.get_mut(cell) {
                    Some(counts) => count(counts, cell, magnitude),
                    None => self.others.push(one(*value)),
                }
            }
            return;
        }
        let negative = self.negative.get_or_insert_with(counts);
        for value in values {
            let magnitude = value.to_bits() & MAGNITUDE;
            let table = if value.is_sign_negative() { &mut *negative } else { &mut self.positive };
            let cell = borders::cell(magnitude);
            match table.get_mut(cell) {
                Some(counts) => count(counts, cell, magnitude),
                None => self.others.push(one(*value)),
            }
        }
    }
}

impl Tally {
    /// What was counted: its summary, and bins in any order, of which a key may have several. Nothing is counted then.
    pub(super) fn take(&mut self) -> (Summary, Vec<Bin>) {
        let mut bins = std::mem::take(&mut self.others);
        let (lowest, highest) = (self.summary.min, self.summary.max);
        if let Some(negative) = &mut self.negative {
            empty(negative, (0.0, -lowest), |key| -key, &mut bins);
        }
        empty(&mut self.positive, (lowest, highest), |key| key, &mut bins);
        (std::mem::replace(&mut self.summary, Summary::EMPTY), bins)
    }
}

/// Puts the counts of the cells from that of one value to that of another into bins, and leaves 0 there.
fn empty(counts: &mut Counts, (low, high): (f64, f64), signed: impl Fn(i16) -> i16, bins: &mut Vec<Bin>) {
    let [low, high] = [low, high].map(|value| borders::cell(value.max(0.0).to_bits()).min(CELLS));
    let mut last = Bin { key: 0, n: 0 };
    for (at, counts) in counts.iter_mut().enumerate().take(high + 1).skip(low) {
        if *counts == [0; 2] {
            continue;
        }
        let key = borders::lowest_key(at);
        for (key, n) in [key, key + 1].into_iter().zip(std::mem::take(counts)) {
            if last.key == key {
                last.n += n;
            } else if n > 0 {
                bins.push(Bin { key: signed(last.key), n: last.n });
                last = Bin { key, n };
            }
        }
    }
    bins.push(Bin { key: signed(last.key), n: last.n });
    bins.retain(|bin| bin.n > 0);
}

fn counts() -> Counts {
    vec![[0; 2]; CELLS].try_into().unwrap_or_else(|_| Box::new([[0; 2]; CELLS]))
}

/// Counts a value in its cell.
#[inline]
fn count(counts: &mut [u32; 2], cell: usize, magnitude: u64) {
    let place = &mut counts[usize::from(magnitude >= borders::border(cell))];
    *place = place.wrapping_add(1);
}

/// The bin of one value.
fn one(value: f64) -> Bin {
    Bin { key: mapping::key(value), n: 1 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use basenji_core::sketch::{BIN_LIMIT, Sketch};

    fn sketch_of(tally: &mut Tally) -> Sketch<Vec<u64>> {
        let (summary, bins) = tally.take();
        let mut store = basenji_core::sketch::Store::new(vec![0; BIN_LIMIT]);
        bins.iter().for_each(|bin| store.insert(bin.key, u64::from(bin.n)));
        Sketch::from_parts(summary, store)
    }

    /// Values of every size and sign, among them zeros, those without a bin, those beyond the table, and what is not finite.
    fn values(many: u64) -> Vec<f64> {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        (0..many)
            .map(|at| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                match at % 11 {
                    0 => 0.0,
                    1 => f64::from_bits(state),
                    2 => -0.0,
                    3 => -((state >> 40) as f64),
                    4 => (state >> 1) as f64 * 1e-28,
                    _ => (state >> 20) as f64 / 1e9,
                }
            })
            .collect()
    }

    #[test]
    fn its_bins_count_minimum_and_maximum_are_those_of_values_one_by_one() {
        for (many, skipped) in [(20_000, 0), (1500, 3), (3, 0), (1, 0), (0, 0)] {
            let (values, mut tally) = (values(many), Tally::new());
            let values = &values[skipped..];
            values.chunks(CHUNK).for_each(|chunk| tally.add(chunk));
            let mut one_by_one = Sketch::new(vec![0; BIN_LIMIT]);
            values.iter().for_each(|value| one_by_one.insert(*value));
            let sketch = sketch_of(&mut tally);
            assert!(sketch.bins().eq(one_by_one.bins()));
            let (ours, theirs) = (sketch.summary(), one_by_one.summary());
            assert_eq!((ours.count, ours.min, ours.max), (theirs.count, theirs.min, theirs.max));
            assert!(sketch_of(&mut tally).is_empty(), "it was taken");
        }
    }

    #[test]
    fn a_sum_is_right_where_values_have_both_signs_and_where_it_is_beyond_a_double() {
        let mut tally = Tally::new();
        tally.add(&[1.0, -2.0, f64::NAN, 4.0, f64::NEG_INFINITY, 8.0]);
        let Summary { count, sum, min, max, avg } = tally.take().0;
        assert_eq!((count, sum, min, max, avg), (4, 11.0, -2.0, 8.0, 2.75));
        tally.add(&[f64::MAX; 8]);
        let Summary { count, sum, min, max, avg } = tally.take().0;
        assert_eq!((count, sum, min, max), (8, f64::INFINITY, f64::MAX, f64::MAX));
        assert!(avg > f64::MAX * (1.0 - 1e-9) && avg.is_finite());
    }
}
