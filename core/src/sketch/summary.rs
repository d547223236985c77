//! Count, sum, minimum, maximum and average of values.

/// What is known of all values without looking into the bins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    /// How many values, each as often as its sample rate says; at most [`Summary::MOST`].
    pub count: u64,
    /// The sum of the values; infinite where it is beyond a double's range, and NaN once it has been so on both sides.
    pub sum: f64,
    /// The smallest value; 0 if there are none.
    pub min: f64,
    /// The largest value; 0 if there are none.
    pub max: f64,
    /// The average, kept apart from the sum as the Agent does; 0 if there are none.
    pub avg: f64,
}

/// How many sums there are of many values.
const LANES: usize = 4;

impl Summary {
    /// The summary of no values.
    pub const EMPTY: Summary = Summary { count: 0, sum: 0.0, min: 0.0, max: 0.0, avg: 0.0 };

    /// The most that is counted: a payload holds the count as a signed integer of 64 bits.
    pub const MOST: u64 = i64::MAX as u64;

    /// The summary of values, in one walk over them: what one after the other gives, but for the last digits of sum and average. Unless the sum is finite,
    /// one of the values may not be a number, and the rest says nothing.
    #[inline]
    pub fn of(values: &[f64]) -> Summary {
        let Some(&first) = values.first() else { return Summary::EMPTY };
        // Several of each, which need not wait for one another.
        let (mut sums, mut least, mut most) = ([0.0; LANES], [first; LANES], [first; LANES]);
        let mut look = |values: &[f64]| {
            for (((&value, sum), min), max) in values.iter().zip(&mut sums).zip(&mut least).zip(&mut most) {
                *sum += value;
                *min = if value < *min { value } else { *min };
                *max = if value > *max { value } else { *max };
            }
        };
        let (whole, rest) = values.as_chunks::<LANES>();
        whole.iter().for_each(|values| look(values));
        look(rest);
        let (count, sum) = (values.len() as u64, (sums[0] + sums[1]) + (sums[2] + sums[3]));
        let (min, max) = (least.into_iter().fold(first, f64::min), most.into_iter().fold(first, f64::max));
        Summary { count, sum, min, max, avg: sum / count as f64 }
    }

    /// The summary as words of a flat memory: the count, and the bits of sum, minimum, maximum and average.
    pub fn to_words(&self) -> [u64; 5] {
        [self.count, self.sum.to_bits(), self.min.to_bits(), self.max.to_bits(), self.avg.to_bits()]
    }

    /// The summary that [`Summary::to_words`] has made these words of.
    pub fn from_words([count, sum, min, max, avg]: [u64; 5]) -> Summary {
        let [sum, min, max, avg] = [sum, min, max, avg].map(f64::from_bits);
        Summary { count, sum, min, max, avg }
    }

    /// Counts a value once; it must be finite for the summary to stay so.
    #[inline]
    pub fn add(&mut self, value: f64) {
        self.extend(value, value);
        self.count(1);
        self.sum += value;
        self.average(value, 1);
    }

    /// Counts a value `n` times and returns the whole part of `n`, by which the count grows; the sum grows by `n` times
    /// the value.
    ///
    /// An `n` below 1, or NaN, changes nothing; one above [`Summary::MOST`] counts as that.
    #[inline]
    pub fn add_n(&mut self, value: f64, n: f64) -> u64 {
        // What is below 1, and NaN, becomes 0.
        let whole = (n as u64).min(Summary::MOST);
        if whole == 0 {
            return 0;
        }
        self.extend(value, value);
        self.count(whole);
        self.sum += value * n.min(Summary::MOST as f64);
        self.average(value, whole);
        whole
    }

    /// Adds all that another summary has counted.
    pub fn merge(&mut self, other: &Summary) {
        if other.count == 0 {
            return;
        }
        self.extend(other.min, other.max);
        self.count(other.count);
        self.sum += other.sum;
        self.average(other.avg, other.count);
    }

    /// Moves the average towards that of `part` values, which have been counted. The average of finite values is finite.
    #[inline]
    fn average(&mut self, of_part: f64, part: u64) {
        let step = (of_part - self.avg) * part as f64 / self.count as f64;
        self.avg = if step.is_finite() {
            self.avg + step
        } else {
            // The difference is beyond a double's range, its share of the whole is not.
            let share = part as f64 / self.count as f64;
            of_part * share + self.avg * (1.0 - share)
        };
    }

    /// Stretches the range; the first values are the range.
    #[inline]
    fn extend(&mut self, min: f64, max: f64) {
        if self.count == 0 {
            (self.min, self.max) = (min, max);
            return;
        }
        if min < self.min {
            self.min = min;
        }
        if max > self.max {
            self.max = max;
        }
    }

    #[inline]
    fn count(&mut self, by: u64) {
        // Neither is above MOST, so that the sum cannot wrap.
        self.count = self.count.wrapping_add(by).min(Summary::MOST);
    }
}

impl Default for Summary {
    fn default() -> Self {
        Summary::EMPTY
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_of_values_is_that_of_one_after_the_other() {
        let values = [3.0, -2.5, 7.25, 0.0, 100.0, 0.5, -0.0, 4.0, -9.0, 12.0, 1.75];
        for many in 0..=values.len() {
            for some in [values.get(..many), values.get(many..)].map(Option::unwrap_or_default) {
                let mut one_by_one = Summary::EMPTY;
                some.iter().for_each(|&value| one_by_one.add(value));
                let Summary { count, sum, min, max, avg } = Summary::of(some);
                assert_eq!(Summary { avg: one_by_one.avg, count, sum, min, max }, one_by_one);
                assert!((avg - one_by_one.avg).abs() < 1e-12);
            }
        }
        for wrong in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            for at in 0..values.len() {
                let mut values = values;
                values.get_mut(at).into_iter().for_each(|value| *value = wrong);
                assert!(!Summary::of(&values).sum.is_finite(), "{wrong} {at}");
            }
        }
    }
}
