//! A sketch as packed values: the count of each bin in binary, a line a bit.
//!
//! The values whose bins have bit `k` in their counts share lines with the rate `2^-k`. Each server weighs such a rate exactly, so that it counts
//! what was counted here. Minimum and maximum leave as themselves, once each; every other sample as the shortest number that lies in its bin, at
//! most three digits, which another sketch of the same kind puts into the same bin. So quantiles are those of the sketch, and the sum is off by
//! less than the width of a bin, 1.6 %: a sample at one end of a bin, the number at the other. Over many bins such errors cancel out.

use crate::numbered::numbered;
use crate::sketch::{Bin, Sketch, mapping};

/// How many values are put together before they are written.
#[cfg(target_pointer_width = "64")]
pub(super) const TOGETHER: usize = 256;
#[cfg(not(target_pointer_width = "64"))]
pub(super) const TOGETHER: usize = 32;

/// Powers of ten that a double holds exactly.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];

/// The most digits of a value that stands for a bin: with three, rounding moves it by 0.5 %, and the bin ends 0.77 % away.
const DIGITS: i32 = 3;

/// Values of one rate: a value and its weight each, as an aggregator keeps samples.
pub(super) struct Gathered {
    values: [[u64; 2]; TOGETHER],
    len: usize,
}

impl Gathered {
    /// The values of a sketch from a place on that share a rate, as many as are put together.
    ///
    /// Places 0 and 1 are minimum and maximum; behind them each bit has a place a bin.
    pub(super) fn from(sketch: &Sketch<&[u64]>, place: usize) -> Gathered {
        let mut gathered = Gathered { values: [[0; 2]; TOGETHER], len: 0 };
        if let Some(first) = places(sketch, place).next() {
            let all = places(sketch, place).take_while(|other| other.bit == first.bit);
            for (slot, Place { value, bit, .. }) in gathered.values.iter_mut().zip(all) {
                *slot = [value, weight(bit)].map(f64::to_bits);
                gathered.len = gathered.len.wrapping_add(1);
            }
        }
        gathered
    }

    /// The values, each with its weight.
    pub(super) fn values(&self) -> &[[u64; 2]] {
        self.values.get(..self.len).unwrap_or_default()
    }
}

/// The place behind the first `values` values from `place` on.
pub(super) fn after(sketch: &Sketch<&[u64]>, place: usize, values: usize) -> usize {
    places(sketch, place).take(values).last().map_or(place, |last| last.at.saturating_add(1))
}

/// A place that has a value.
struct Place {
    at: usize,
    bit: u32,
    value: f64,
}

/// The places from `from` on that have a value.
fn places(sketch: &Sketch<&[u64]>, from: usize) -> impl Iterator<Item = Place> {
    let (summary, bins) = (sketch.summary(), sketch.bins());
    let ends = numbered([summary.min, summary.max]).skip(from);
    let ends = ends.map(|(at, value)| Place { at, bit: 0, value });
    let len = bins.len();
    let last = len.saturating_sub(1);
    let behind = from.saturating_sub(2);
    let first_bit = behind.checked_div(len).unwrap_or(0) as u32;
    let counted = (first_bit..u32::BITS).flat_map(move |bit| {
        let start = (bit as usize).saturating_mul(len);
        numbered(bins.clone()).skip(behind.saturating_sub(start)).filter_map(move |(index, Bin { key, n })| {
            // Minimum and maximum have left before.
            let others = n.saturating_sub(u32::from(index == 0)).saturating_sub(u32::from(index == last));
            if others.wrapping_shr(bit) & 1 == 0 {
                return None;
            }
            let value = match key {
                mapping::INFINITE_KEY => summary.max,
                key if key == -mapping::INFINITE_KEY => summary.min,
                // A bin at an end reaches beyond it.
                key => shortest(key).max(summary.min).min(summary.max),
            };
            let at = start.saturating_add(index).saturating_add(2);
            Some(Place { at, bit, value })
        })
    });
    ends.chain(counted)
}

/// `2^bit`, for a bit of a count.
fn weight(bit: u32) -> f64 {
    1u64.checked_shl(bit).unwrap_or(u64::MAX) as f64
}

/// The shortest number with this key, of at most [`DIGITS`] digits where powers of ten are exact.
fn shortest(key: i16) -> f64 {
    let value = mapping::value(key.saturating_abs());
    let exponent = libm::floor(libm::log10(value));
    let found = (0..DIGITS).find_map(|digits| {
        let power = (exponent as i32).saturating_sub(digits);
        let scale = *POWERS.get(usize::try_from(power.unsigned_abs()).ok()?)?;
        let number = if power < 0 { libm::rint(value * scale) / scale } else { libm::rint(value / scale) * scale };
        (mapping::key(number) == key.saturating_abs()).then_some(number)
    });
    let number = found.unwrap_or(value);
    if key < 0 { -number } else { number }
}

#[cfg(test)]
mod tests {
    use super::{Gathered, after, shortest};
    use crate::sketch::{Sketch, mapping};
    use proptest::prelude::*;
    use std::{string::ToString, vec, vec::Vec};

    /// All that leaves: each value and its rate.
    fn sent(sketch: &Sketch<&[u64]>) -> Vec<(f64, f64)> {
        let (mut all, mut place) = (Vec::new(), 0);
        loop {
            let gathered = Gathered::from(sketch, place);
            let values = gathered.values();
            if values.is_empty() {
                return all;
            }
            // As if a line had room for 7 values.
            let taken = values.len().min(7);
            all.extend(values[..taken].iter().map(|sample| (f64::from_bits(sample[0]), f64::from_bits(sample[1]))));
            place = after(sketch, place, taken);
        }
    }

    fn sketch_of(values: &[(f64, f64)]) -> Sketch<Vec<u64>> {
        let mut sketch = Sketch::new(vec![0; 4096]);
        values.iter().for_each(|&(value, weight)| sketch.insert_n(value, weight));
        sketch
    }

    fn borrowed(sketch: &Sketch<Vec<u64>>) -> Sketch<&[u64]> {
        Sketch::from_parts(sketch.summary(), crate::sketch::Store::from_parts(words(sketch), sketch.bins().len()))
    }

    fn words(sketch: &Sketch<Vec<u64>>) -> &'static [u64] {
        let words: Vec<u64> = sketch.bins().map(crate::sketch::Bin::word).collect();
        words.leak()
    }

    #[test]
    fn a_bin_is_written_in_three_digits_at_most() {
        for key in -8000..8000 {
            let number = shortest(key);
            assert_eq!(mapping::key(number), key);
            let digits = std::format!("{number:e}");
            let digits = digits.split('e').next().unwrap().chars().filter(char::is_ascii_digit).count();
            assert!(digits <= 3 || !(1e-20..1e22).contains(&number.abs()), "{number}");
        }
        assert_eq!([mapping::key(100.0), mapping::key(0.25)].map(|key| shortest(key).to_string()), ["100", "0.25"]);
    }

    #[test]
    fn a_sum_is_off_by_less_than_a_bin_where_all_samples_stand_at_its_end() {
        // 7 is the shortest number of its bin, which goes on to here.
        let end = 7.0 * (1.0 + 1.0 / 66.0);
        assert_eq!(mapping::key(end), mapping::key(7.0));
        let sketch = sketch_of(&[(end, 1e6)]);
        let received = sketch_of(&sent(&borrowed(&sketch)));
        let error = (received.summary().sum / sketch.summary().sum - 1.0).abs();
        assert!(error < 1.0 / 64.0, "{error}");
    }

    #[test]
    fn every_key_has_a_number() {
        for key in -mapping::MAX_KEY..=mapping::MAX_KEY {
            assert_eq!(mapping::key(shortest(key)), key);
        }
    }

    proptest! {
        #[test]
        fn what_is_made_of_the_lines_has_the_same_bins_count_minimum_and_maximum(
            values in prop::collection::vec((-1e12..1e12f64, 1..100_000u32), 1..300),
        ) {
            let values: Vec<_> = values.into_iter().map(|(value, n)| (value, f64::from(n))).collect();
            let sketch = sketch_of(&values);
            prop_assume!(sketch.summary().count > 1);
            let received = sketch_of(&sent(&borrowed(&sketch)));
            let (ours, theirs) = (sketch.summary(), received.summary());
            prop_assert_eq!((ours.count, ours.min, ours.max), (theirs.count, theirs.min, theirs.max));
            prop_assert!(sketch.bins().eq(received.bins()));
            let size: f64 = values.iter().map(|(value, n)| value.abs() * n).sum();
            // The width of a bin.
            prop_assert!((ours.sum - theirs.sum).abs() <= size / 64.0);
        }
    }
}
