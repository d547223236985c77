//! The sketch as a native object; what JavaScript hands in is checked in `lib/sketch.js`.

use basenji::OwnedSketch;
use basenji::core::sketch::{Bin, Sketch, Summary};
use napi::bindgen_prelude::*;
use napi_derive::napi;

/// A sketch that owns its bins.
#[napi]
pub struct NativeSketch {
    sketch: OwnedSketch,
}

#[napi]
impl NativeSketch {
    /// An empty sketch of at most `limit` bins.
    #[napi(constructor)]
    pub fn new(limit: u32) -> Self {
        NativeSketch { sketch: OwnedSketch::new(limit as usize) }
    }

    /// The sketch of five numbers (count, sum, minimum, maximum, average), keys and counts.
    #[napi(factory)]
    pub fn from_columns(
        limit: u32,
        summary: Float64ArraySlice<'_>,
        keys: Int32ArraySlice<'_>,
        counts: Uint32ArraySlice<'_>,
    ) -> Self {
        let bins = keys.iter().zip(counts.iter()).map(|(&key, &n)| Bin { key: key as i16, n });
        let summary = match summary[..] {
            [count, sum, min, max, avg] => Summary { count: count as u64, sum, min, max, avg },
            _ => Summary::EMPTY,
        };
        NativeSketch { sketch: OwnedSketch::from_bins(limit as usize, summary, bins) }
    }

    /// Counts one value `weight` times.
    #[napi]
    pub fn add(&mut self, value: f64, weight: f64) {
        self.sketch.add(value, weight);
    }

    /// Counts each value `weight` times, read where JavaScript has them.
    #[napi]
    pub fn add_all(&mut self, values: Float64ArraySlice<'_>, weight: f64) {
        values.iter().for_each(|&value| self.sketch.add(value, weight));
    }

    /// Adds what another sketch has counted.
    #[napi]
    pub fn merge(&mut self, other: &NativeSketch) {
        self.sketch.merge(&other.sketch);
    }

    /// Adds what it has counted itself, once more.
    #[napi]
    pub fn double(&mut self) {
        let other = self.sketch.clone();
        self.sketch.merge(&other);
    }

    /// The value below which the share `q` lies.
    #[napi]
    pub fn quantile(&self, q: f64) -> f64 {
        self.sketch.quantile(q)
    }

    /// Count, sum, minimum, maximum, average.
    #[napi]
    pub fn summary(&self) -> Float64Array {
        let Summary { count, sum, min, max, avg } = self.sketch.summary();
        Float64Array::new(vec![count as f64, sum, min, max, avg])
    }

    /// The keys of the bins, ascending.
    #[napi]
    pub fn keys(&self) -> Int32Array {
        Int32Array::new(self.sketch.keys().collect())
    }

    /// The counts of the bins, in the order of the keys.
    #[napi]
    pub fn counts(&self) -> Uint32Array {
        Uint32Array::new(self.sketch.counts().collect())
    }

    /// The most bins that it may have.
    #[napi]
    pub fn limit(&self) -> u32 {
        self.sketch.limit() as u32
    }

    /// Forgets everything.
    #[napi]
    pub fn clear(&mut self) {
        self.sketch.clear();
    }

    /// A copy of a sketch, which takes no more memory than its bins until it is changed.
    pub(crate) fn copy_of(sketch: &Sketch<&[u64]>) -> Self {
        NativeSketch { sketch: sketch.into() }
    }
}
