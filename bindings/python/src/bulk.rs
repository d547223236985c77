//! Many numbers into a sketch at once: each is worth a place in a table of all keys, and the bins are made of the table at the end.

use basenji::OwnedSketch;
use basenji::core::sketch::{Bin, Summary, mapping};

/// From so many numbers on the table, which has to be made and looked through, costs less than it saves.
pub(crate) const MANY: usize = 8192;

/// Keys that there are.
const KEYS: usize = 1 << 16;

/// Numbers after which a place of the table could be full.
const FULL: u64 = u32::MAX as u64 - MANY as u64;

/// Numbers on their way into a sketch.
pub(crate) struct Bulk<'a> {
    sketch: &'a mut OwnedSketch,
    counts: Box<[u32; KEYS]>,
    summary: Summary,
}

impl<'a> Bulk<'a> {
    pub(crate) fn into(sketch: &'a mut OwnedSketch) -> Bulk<'a> {
        Bulk {
            sketch,
            counts: vec![0; KEYS].try_into().unwrap_or_else(|_| Box::new([0; KEYS])),
            summary: Summary::EMPTY,
        }
    }

    /// Counts some numbers, at most [`MANY`]; NaN and infinities are ignored.
    pub(crate) fn add(&mut self, numbers: &[f64]) {
        if self.summary.count >= FULL {
            self.hand_over();
        }
        // Four sums, which need not wait for one another.
        let (mut sums, mut least, mut most, mut ignored) = ([0.0; 4], f64::INFINITY, f64::NEG_INFINITY, 0);
        for four in numbers.chunks(4) {
            for (sum, &number) in sums.iter_mut().zip(four) {
                if number.abs() <= f64::MAX {
                    *sum += number;
                    least = if number < least { number } else { least };
                    most = if number > most { number } else { most };
                    let place = &mut self.counts[usize::from(mapping::key(number) as u16)];
                    *place = place.wrapping_add(1);
                } else {
                    ignored += 1;
                }
            }
        }
        let count = (numbers.len() - ignored) as u64;
        let sum = (sums[0] + sums[1]) + (sums[2] + sums[3]);
        if sum.is_finite() && count > 0 {
            self.summary.merge(&Summary { count, sum, min: least, max: most, avg: sum / count as f64 });
        } else {
            // The average is right even if the sum is beyond a double's range.
            numbers.iter().filter(|number| number.is_finite()).for_each(|number| self.summary.add(*number));
        }
    }

    /// Hands what was counted over to the sketch.
    pub(crate) fn hand_over(&mut self) {
        // Negative keys first: in the table they stand behind the others.
        let (others, negative) = self.counts.split_at(KEYS / 2);
        let ordered = negative.iter().chain(others).zip(i16::MIN..=i16::MAX);
        let bins = ordered.filter(|(count, _)| **count > 0).map(|(&n, key)| Bin { key, n });
        let counted = OwnedSketch::from_bins(self.sketch.limit(), self.summary, bins);
        self.sketch.merge(&counted);
        self.counts.fill(0);
        self.summary = Summary::EMPTY;
    }
}
