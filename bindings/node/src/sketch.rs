//! The sketch as a native object; what JavaScript hands in is checked in `lib/sketch.js`.

use basenji::core::sketch::{BIN_LIMIT, Bin, Sketch, Store, Summary};
use napi::bindgen_prelude::*;
use napi_derive::napi;

/// A sketch that owns its bins.
#[napi]
pub struct NativeSketch {
    sketch: Sketch<Box<[u64]>>,
    limit: usize,
}

#[napi]
impl NativeSketch {
    /// An empty sketch of at most `limit` bins.
    #[napi(constructor)]
    pub fn new(limit: u32) -> Self {
        let limit = limit as usize;
        NativeSketch { sketch: Sketch::new(Box::default()), limit }
    }

    /// The sketch of five numbers (count, sum, minimum, maximum, average), keys and counts.
    #[napi(factory)]
    pub fn from_columns(
        limit: u32,
        summary: Float64ArraySlice<'_>,
        keys: Int32ArraySlice<'_>,
        counts: Uint32ArraySlice<'_>,
    ) -> Self {
        let mut words: Vec<u64> =
            keys.iter().zip(counts.iter()).map(|(&key, &n)| Bin { key: key as i16, n }.word()).collect();
        words.sort_unstable();
        let store = Store::from_parts(&words[..], words.len());
        let summary = match summary[..] {
            [count, sum, min, max, avg] => Summary { count: count as u64, sum, min, max, avg },
            _ => Summary::EMPTY,
        };
        let limit = limit as usize;
        let mut sketch = Sketch::new(vec![0; limit].into());
        sketch.merge(&Sketch::from_parts(Summary::EMPTY, store));
        let (_, store) = sketch.into_parts();
        NativeSketch { sketch: Sketch::from_parts(summary, store), limit }
    }

    /// Counts one value `weight` times.
    #[napi]
    pub fn add(&mut self, value: f64, weight: f64) {
        self.with_room(bins(weight)).insert_n(value, weight);
    }

    /// Counts each value `weight` times, read where JavaScript has them.
    #[napi]
    pub fn add_all(&mut self, values: Float64ArraySlice<'_>, weight: f64) {
        let bins = bins(weight);
        values.iter().for_each(|&value| self.with_room(bins).insert_n(value, weight));
    }

    /// Adds what another sketch has counted.
    #[napi]
    pub fn merge(&mut self, other: &NativeSketch) {
        self.with_room(other.sketch.store().len()).merge(&other.sketch);
    }

    /// Adds what it has counted itself, once more.
    #[napi]
    pub fn double(&mut self) {
        let other = self.sketch.clone();
        self.with_room(other.store().len()).merge(&other);
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
        self.limit as u32
    }

    /// Forgets everything.
    #[napi]
    pub fn clear(&mut self) {
        self.sketch.clear();
    }

    /// A copy of a sketch, which takes no more memory than its bins until it is changed.
    pub(crate) fn copy_of(sketch: &Sketch<&[u64]>) -> Self {
        let (summary, store) = sketch.into_parts();
        let len = store.len();
        let words = store.into_storage().get(..len).unwrap_or_default();
        NativeSketch { sketch: Sketch::from_parts(summary, Store::from_parts(words.into(), len)), limit: BIN_LIMIT }
    }

    /// The sketch with room for `more` bins, as far as its limit allows; room is doubled, so that a sketch of few bins stays small.
    fn with_room(&mut self, more: usize) -> &mut Sketch<Box<[u64]>> {
        let (len, capacity) = (self.sketch.store().len(), self.sketch.store().capacity());
        if len.saturating_add(more) > capacity && capacity < self.limit {
            let (summary, store) = self.sketch.clone().into_parts();
            let mut words = store.into_storage().into_vec();
            words.resize(len.saturating_add(more).max(2 * capacity).min(self.limit), 0);
            self.sketch = Sketch::from_parts(summary, Store::from_parts(words.into(), len));
        }
        &mut self.sketch
    }
}

/// How many bins a value of this weight may take: a bin counts in 32 bits.
fn bins(weight: f64) -> usize {
    1 + (weight / f64::from(u32::MAX)) as usize
}
