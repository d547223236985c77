//! The Agent's sketch: a distribution in bins of logarithmic width, from which quantiles are read.
//!
//! - A value goes into the bin that the Agent puts it into ([`mapping`]), so sketches made here and there merge without
//!   loss.
//! - Memory is the caller's: bins live packed in a slice of `u64`, one word a bin ([`Store`]); the length of the slice
//!   is the limit on bins. The Agent's limit is [`BIN_LIMIT`]; a firmware takes far fewer. When the limit is reached
//!   the lowest bins collapse into one, so the high quantiles stay as they are.
//! - Counts of a bin are 32 bits wide, as in the newest Agent; a key with more has several bins.
//! - Nothing panics: not on NaN, infinities, absurd rates or words that are not bins.
//! - An insert costs a binary search, and for a new key one shift of the bins above it; a merge one walk over both
//!   sketches, or an insert for each bin of the other where the limit is reached.
//!
//! ```
//! use basenji_core::sketch::Sketch;
//!
//! let mut sketch = Sketch::new([0; 64]);
//! for millis in [12.0, 15.0, 11.0, 250.0, 13.0] {
//!     sketch.insert(millis);
//! }
//! assert_eq!(sketch.summary().count, 5);
//! assert_eq!(sketch.quantile(1.0), 250.0);
//! assert!((sketch.quantile(0.5) / 13.0 - 1.0).abs() < 0.01);
//! ```

mod bin;
pub mod mapping;
mod merge;
mod store;
mod summary;

use crate::numbered::numbered;
pub use bin::{Bin, Bins};
pub use store::Store;
pub use summary::Summary;

/// The most bins that a sketch of the Agent has.
pub const BIN_LIMIT: usize = 4096;

/// A summary and the bins of a distribution, over any storage of `u64` words.
///
/// `S` is an array, a mutable slice, a box; for reading also a shared slice.
#[derive(Debug, Clone, Copy)]
pub struct Sketch<S> {
    summary: Summary,
    store: Store<S>,
}

impl<S: AsRef<[u64]>> Sketch<S> {
    /// An empty sketch of at most as many bins as `storage` has words; what the words hold does not matter.
    pub const fn new(storage: S) -> Self {
        Sketch { summary: Summary::EMPTY, store: Store::new(storage) }
    }

    /// The sketch of a summary and the bins that belong to it.
    pub const fn from_parts(summary: Summary, store: Store<S>) -> Self {
        Sketch { summary, store }
    }

    /// The summary and the bins.
    pub fn into_parts(self) -> (Summary, Store<S>) {
        (self.summary, self.store)
    }

    /// Count, sum, minimum, maximum and average, exact but for rounding.
    pub const fn summary(&self) -> Summary {
        self.summary
    }

    /// The store of the bins.
    pub const fn store(&self) -> &Store<S> {
        &self.store
    }

    /// The bins, lowest key first.
    pub fn bins(&self) -> Bins<'_> {
        self.store.bins()
    }

    /// The column `k` of a payload: the key of each bin, lowest first. A key may repeat.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = i32> + '_ {
        self.bins().map(|bin| i32::from(bin.key))
    }

    /// The column `n` of a payload: the count of each bin, in the order of [`Sketch::keys`].
    pub fn counts(&self) -> impl ExactSizeIterator<Item = u32> + '_ {
        self.bins().map(|bin| bin.n)
    }

    /// Whether nothing has been counted; such a sketch makes no point.
    pub const fn is_empty(&self) -> bool {
        self.summary.count == 0
    }

    /// The value below which the share `q` of all values lies; 0 if there are none.
    ///
    /// For `q` of 0 or less, and NaN, the minimum; for 1 or more the maximum. Between them the Agent's interpolation.
    /// While the bins hold every value, its size is at most 0.8 % too small (1.6 % in the lowest bin, where it starts
    /// at the minimum) and 2.4 % too large, and it is never outside minimum and maximum. Costs a walk over the bins.
    pub fn quantile(&self, q: f64) -> f64 {
        let Summary { count, min, max, .. } = self.summary;
        if count == 0 {
            return 0.0;
        }
        if q >= 1.0 {
            return max;
        }
        // NaN as well.
        if !matches!(q.partial_cmp(&0.0), Some(core::cmp::Ordering::Greater)) {
            return min;
        }
        let rank = libm::rint(q * count.saturating_sub(1) as f64);
        let mut below = 0u64;
        for (at, bin) in numbered(self.bins()) {
            below = below.wrapping_add(u64::from(bin.n));
            if below > rank as u64 {
                let weight = (below as f64 - rank) / f64::from(bin.n);
                let value = mapping::value(bin.key);
                if !value.is_finite() {
                    // The outermost bins have no other end; minimum or maximum is nearest.
                    return clamp(value, min, max);
                }
                let low = if at == 0 { min } else { value };
                let high = value * mapping::GAMMA;
                return clamp(low * weight + high * (1.0 - weight), min, max);
            }
        }
        max
    }
}

impl<S: AsRef<[u64]> + AsMut<[u64]>> Sketch<S> {
    /// Counts a value once. NaN and infinities are ignored.
    pub fn insert(&mut self, value: f64) {
        if value.abs() <= f64::MAX {
            self.summary.add(value);
            self.store.insert(mapping::key(value), 1);
        }
    }

    /// Counts a value `n` times, where `n` is 1 divided by the sample rate.
    ///
    /// The bins and the count take the whole part of `n`, the sum all of it, as in the Agent. An `n` below 1 or NaN and
    /// a value that is not finite are ignored; an `n` above [`Summary::MOST`] counts as that. What a bin in a full
    /// store cannot count is lost there, not in the summary.
    ///
    /// # Example
    ///
    /// ```
    /// use basenji_core::sketch::Sketch;
    ///
    /// let mut sketch = Sketch::new([0; 64]);
    /// sketch.insert_n(12.0, 1.0 / 0.25); // a sample that was sent at a rate of 0.25
    /// assert_eq!((sketch.summary().count, sketch.summary().sum), (4, 48.0));
    /// ```
    pub fn insert_n(&mut self, value: f64, n: f64) {
        if value.is_finite() {
            let whole = self.summary.add_n(value, n);
            self.store.insert(mapping::key(value), whole);
        }
    }

    /// Adds all that another sketch has counted.
    ///
    /// # Example
    ///
    /// ```
    /// use basenji_core::sketch::Sketch;
    ///
    /// let (mut one, mut other) = (Sketch::new([0; 64]), Sketch::new([0; 64]));
    /// one.insert(1.0);
    /// other.insert(100.0);
    /// one.merge(&other);
    /// assert_eq!((one.summary().count, one.quantile(0.0), one.quantile(1.0)), (2, 1.0, 100.0));
    /// ```
    pub fn merge<T: AsRef<[u64]>>(&mut self, other: &Sketch<T>) {
        self.summary.merge(&other.summary);
        self.store.merge(&other.store);
    }

    /// Forgets everything.
    pub const fn clear(&mut self) {
        self.summary = Summary::EMPTY;
        self.store.clear();
    }
}

/// Two sketches are equal if they have counted the same, whatever the storage.
impl<S: AsRef<[u64]>, T: AsRef<[u64]>> PartialEq<Sketch<T>> for Sketch<S> {
    fn eq(&self, other: &Sketch<T>) -> bool {
        self.summary == other.summary && self.bins().eq(other.bins())
    }
}

/// `f64::clamp` without its panic.
fn clamp(value: f64, min: f64, max: f64) -> f64 {
    value.max(min).min(max)
}

#[cfg(test)]
mod tests;
