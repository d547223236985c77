//! The bins of a sketch as buckets of an exponential histogram: Prometheus' native ones, OpenTelemetry's.
//!
//! A bucket `i` of the schema `s` holds the values above `2^((i - 1) / 2^s)` up to `2^(i / 2^s)`. [`SCHEMA`] is the first
//! one in which no two keys share a bucket, so nothing is lost: what is merged afterwards is what a merged sketch would
//! have become. A value that stands for a key is at most 0.55 % from the middle of the bucket, so the middle has the key.

use crate::sketch::Bin;
use crate::sketch::mapping::{BIAS, INFINITE_KEY, MAX_KEY, MIN_VALUE};

/// The finest schema that is used, Prometheus' word; OpenTelemetry calls it the scale.
pub const SCHEMA: u32 = 6;

/// Below it, values count as zero: less than any value of a key, and no bucket of a key reaches it.
pub const ZERO_THRESHOLD: f64 = MIN_VALUE / 2.0;

/// The logarithm of [`GAMMA`](crate::sketch::mapping::GAMMA) to base 2.
const OCTAVES_A_KEY: f64 = 0.022_367_813_028_454_51;

/// Buckets that a key is wide, in parts of 2 to the power of -40.
const PARTS_A_KEY: i64 = (OCTAVES_A_KEY * (1 << SCHEMA) as f64 * (1_u64 << 40) as f64) as i64;

/// The bucket of a key above 0.
///
/// The logarithm is irrational: over all keys no product comes nearer to an integer than 2.5e-5, but that of
/// [`BIAS`], which is exact. So what is cut off behind 40 bits decides nothing.
#[inline]
pub fn index(key: i16) -> i32 {
    let parts = i64::from(key).wrapping_sub(i64::from(BIAS)).wrapping_mul(PARTS_A_KEY);
    // To the next integer above.
    (parts.wrapping_add((1 << 40) - 1) >> 40) as i32
}

/// The key of the middle of a bucket, 0 where it is below all keys; that of any bucket that [`index`] gives is the key it was given.
pub fn key(index: i64, schema: i64) -> i16 {
    let middle = libm::ldexp(index as f64 - 0.5, (schema.wrapping_neg()).clamp(-64, 64) as i32);
    // Conversion saturates.
    let key = (libm::rint(middle / OCTAVES_A_KEY) as i32).saturating_add(BIAS.into());
    i16::try_from(key.max(0)).map_or(INFINITE_KEY, |key| if key > MAX_KEY { INFINITE_KEY } else { key })
}

/// Buckets and counts, lowest bucket first, each once; keys of infinity have none.
pub(super) fn positive(bins: impl Iterator<Item = Bin> + Clone) -> impl Iterator<Item = (i32, u64)> + Clone {
    let above = bins.filter(|bin| (1..=MAX_KEY).contains(&bin.key));
    Buckets { bins: above.map(|bin| (index(bin.key), u64::from(bin.n))), next: None }
}

/// The same of negative values, by the bucket of their magnitude.
pub(super) fn negative(bins: impl DoubleEndedIterator<Item = Bin> + Clone) -> impl Iterator<Item = (i32, u64)> + Clone {
    let below = bins.rev().filter(|bin| (-MAX_KEY..0).contains(&bin.key));
    Buckets { bins: below.map(|bin| (index(bin.key.wrapping_neg()), u64::from(bin.n))), next: None }
}

/// How many values are zero.
pub(super) fn zero(bins: impl Iterator<Item = Bin>) -> u64 {
    bins.filter(|bin| bin.key == 0).fold(0, |sum, bin| sum.saturating_add(bin.n.into()))
}

/// From the first bucket to the last one, those without values included: what a dense form takes.
pub(super) fn span(mut buckets: impl Iterator<Item = (i32, u64)>) -> usize {
    let Some((first, _)) = buckets.next() else { return 0 };
    let last = buckets.fold(first, |_, (index, _)| index);
    (i64::from(last).wrapping_sub(i64::from(first)).unsigned_abs() as usize).saturating_add(1)
}

/// Bins of which those of one key are together.
#[derive(Clone)]
struct Buckets<I> {
    bins: I,
    next: Option<(i32, u64)>,
}

impl<I: Iterator<Item = (i32, u64)>> Iterator for Buckets<I> {
    type Item = (i32, u64);

    fn next(&mut self) -> Option<(i32, u64)> {
        let (index, mut sum) = self.next.take().or_else(|| self.bins.next())?;
        for (other, count) in self.bins.by_ref() {
            if other != index {
                self.next = Some((other, count));
                break;
            }
            sum = sum.saturating_add(count);
        }
        Some((index, sum))
    }
}
