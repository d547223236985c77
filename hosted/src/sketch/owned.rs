//! A sketch that owns its bins and takes no more memory than it needs.

use std::mem;
use std::ops::Deref;

use basenji_core::sketch::{BIN_LIMIT, Bin, Sketch, Store, Summary};
use basenji_core::state::{self, Form, StateError};

use super::tally::{CHUNK, Tally};

/// From so many values on the table, which has to be made and looked through, costs less than it saves.
const MANY: usize = 1024;

/// The Agent's sketch, see [`core::sketch`](crate::core::sketch), with bins that are added as they are needed, up to a limit. It reads as the
/// core's does.
///
/// # Example
///
/// ```
/// let mut sketch = basenji::OwnedSketch::default();
/// [12.0, 15.0, 250.0].iter().for_each(|&millis| sketch.add(millis, 1.0));
/// assert_eq!((sketch.summary().count, sketch.quantile(1.0)), (3, 250.0));
/// ```
#[derive(Debug, Clone)]
pub struct OwnedSketch {
    sketch: Sketch<Box<[u64]>>,
    limit: usize,
}

impl OwnedSketch {
    /// An empty sketch of at most `limit` bins, which counts as 1 to [`BIN_LIMIT`].
    pub fn new(limit: usize) -> Self {
        OwnedSketch { sketch: Sketch::new(Box::default()), limit: limit.clamp(1, BIN_LIMIT) }
    }

    /// The sketch of a summary and bins in any order, a key more than once too.
    pub fn from_bins(limit: usize, summary: Summary, bins: impl IntoIterator<Item = Bin>) -> Self {
        let mut bins: Vec<Bin> = bins.into_iter().collect();
        bins.sort_unstable();
        let limit = limit.clamp(1, BIN_LIMIT);
        let mut store = Store::new(vec![0; bins.len().min(limit)].into_boxed_slice());
        bins.iter().for_each(|bin| store.insert(bin.key, u64::from(bin.n)));
        OwnedSketch { sketch: Sketch::from_parts(summary, store), limit }
    }

    /// The most bins that it may have.
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// Counts a value `n` times, see [`Sketch::insert_n`].
    pub fn add(&mut self, value: f64, n: f64) {
        if n == 1.0 {
            return self.with_room(1).insert(value);
        }
        // A bin counts in 32 bits.
        self.with_room(((n / f64::from(u32::MAX)) as usize).saturating_add(1)).insert_n(value, n);
    }

    /// Counts each of several values once; NaN and infinities are ignored.
    ///
    /// The bins are those of [`OwnedSketch::add`], value by value. The sum is made of partial sums, so that its rounding errors are smaller. Many
    /// values cost a fifth each, and 200 kB of memory for the time of the call.
    ///
    /// # Example
    ///
    /// ```
    /// let mut sketch = basenji::OwnedSketch::default();
    /// sketch.add_all(&[12.0, 15.0, 250.0]);
    /// assert_eq!((sketch.summary().count, sketch.summary().sum), (3, 277.0));
    /// ```
    pub fn add_all(&mut self, values: &[f64]) {
        self.add_pieces(values.len(), |add| add(values));
    }

    /// Counts each of about `many` values once, as [`OwnedSketch::add_all`] does; `give` calls what it is given with some of them at a time.
    pub fn add_pieces(&mut self, many: usize, give: impl FnOnce(&mut dyn FnMut(&[f64]))) {
        if many < MANY {
            return give(&mut |values| values.iter().for_each(|value| self.add(*value, 1.0)));
        }
        let mut tally = Tally::new();
        give(&mut |values| {
            for chunk in values.chunks(CHUNK) {
                tally.add(chunk);
                if tally.is_full() {
                    self.add_tally(&mut tally);
                }
            }
        });
        self.add_tally(&mut tally);
    }

    fn add_tally(&mut self, tally: &mut Tally) {
        let (summary, bins) = tally.take();
        self.merge(&OwnedSketch::from_bins(self.limit, summary, bins));
    }

    /// Adds all that another sketch has counted.
    pub fn merge<S: AsRef<[u64]>>(&mut self, other: &Sketch<S>) {
        self.with_room(other.store().len()).merge(other);
    }

    /// All of it in a form that others read, see [`core::state`](crate::core::state).
    ///
    /// # Example
    ///
    /// ```
    /// use basenji::OwnedSketch;
    /// use basenji::core::state::Form;
    ///
    /// let mut here = OwnedSketch::default();
    /// here.add(250.0, 1.0);
    /// let there = OwnedSketch::from_bytes(&here.to_bytes(Form::Compact), Form::Compact)?;
    /// assert!(there == here);
    /// # Ok::<(), basenji::core::state::StateError>(())
    /// ```
    pub fn to_bytes(&self, form: Form) -> Vec<u8> {
        let mut bytes = vec![0; state::most_bytes(self, form)];
        let len = state::write(self, form, &mut bytes).unwrap_or(0);
        bytes.truncate(len);
        bytes
    }

    /// The sketch that was written in a form, with the Agent's limit.
    ///
    /// # Errors
    ///
    /// What is corrupt, and where.
    pub fn from_bytes(bytes: &[u8], form: Form) -> Result<Self, StateError> {
        state::read(bytes, form, vec![0; BIN_LIMIT].into_boxed_slice()).map(|sketch| Self::from(&sketch))
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.sketch.clear();
    }

    /// The sketch with room for `more` bins, as far as its limit allows. Room is doubled, so that a sketch of few bins stays small.
    fn with_room(&mut self, more: usize) -> &mut Sketch<Box<[u64]>> {
        let (len, capacity) = (self.sketch.store().len(), self.sketch.store().capacity());
        if len.saturating_add(more) > capacity && capacity < self.limit {
            let (summary, store) = mem::replace(&mut self.sketch, Sketch::new(Box::default())).into_parts();
            let mut words = store.into_storage().into_vec();
            words.resize(len.saturating_add(more).max(2 * capacity).min(self.limit), 0);
            self.sketch = Sketch::from_parts(summary, Store::from_parts(words.into(), len));
        }
        &mut self.sketch
    }
}

impl Default for OwnedSketch {
    /// An empty one with the Agent's limit.
    fn default() -> Self {
        OwnedSketch::new(BIN_LIMIT)
    }
}

/// A copy, with the Agent's limit, of as much memory as there are bins.
impl<S: AsRef<[u64]>> From<&Sketch<S>> for OwnedSketch {
    fn from(sketch: &Sketch<S>) -> Self {
        let words: Box<[u64]> = sketch.bins().map(Bin::word).collect();
        let len = words.len();
        let store = Store::from_parts(words, len);
        OwnedSketch { sketch: Sketch::from_parts(sketch.summary(), store), limit: BIN_LIMIT }
    }
}

impl Deref for OwnedSketch {
    type Target = Sketch<Box<[u64]>>;

    fn deref(&self) -> &Self::Target {
        &self.sketch
    }
}

/// Two sketches are equal if they have counted the same, whatever their limits.
impl PartialEq for OwnedSketch {
    fn eq(&self, other: &Self) -> bool {
        self.sketch == other.sketch
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sketch of the core with all the room that there can be.
    fn roomy() -> Sketch<Vec<u64>> {
        Sketch::new(vec![0; BIN_LIMIT])
    }

    #[test]
    fn it_counts_as_a_sketch_that_has_all_room_from_the_start() {
        let (mut owned, mut core) = (OwnedSketch::default(), roomy());
        for n in 0..20_000u32 {
            let value = f64::from(n.wrapping_mul(2_654_435_761)) / 1e3 - 1e6;
            owned.add(value, 1.0);
            core.insert(value);
        }
        owned.add(7.0, 1e10);
        core.insert_n(7.0, 1e10);
        for n in [f64::INFINITY, f64::NAN, -1.0] {
            owned.add(8.0, n);
            core.insert_n(8.0, n);
        }
        assert!(*owned == core);
        assert!(owned.store().capacity() <= 2 * owned.store().len());
        let mut twice = owned.clone();
        twice.merge(&owned);
        core.merge(&owned);
        assert!(*twice == core);
    }

    #[test]
    fn a_limit_is_kept_and_a_copy_has_the_agents() {
        let mut small = OwnedSketch::new(8);
        (1..1000).for_each(|value| small.add(f64::from(value), 1.0));
        assert_eq!((small.store().len(), small.limit(), small.summary().count), (8, 8, 999));
        let mut copy = OwnedSketch::from(&*small);
        assert!(copy == small);
        copy.add(1e9, 1.0);
        assert_eq!((copy.store().len(), copy.limit()), (9, BIN_LIMIT));
        assert_eq!((OwnedSketch::new(0).limit(), OwnedSketch::new(usize::MAX).limit()), (1, BIN_LIMIT));
    }

    #[test]
    fn bins_and_summary_make_the_sketch_again() {
        let mut sketch = OwnedSketch::default();
        [-5.0, 0.0, 7.0, 7.0, 1e9].iter().for_each(|&value| sketch.add(value, 1.0));
        let mut bins: Vec<Bin> = sketch.bins().collect();
        bins.reverse();
        assert!(OwnedSketch::from_bins(BIN_LIMIT, sketch.summary(), bins.iter().copied()) == sketch);
        let doubled: Vec<Bin> = bins.iter().chain(&bins).copied().collect();
        let mut twice = sketch.clone();
        twice.merge(&sketch);
        assert!(OwnedSketch::from_bins(BIN_LIMIT, twice.summary(), doubled) == twice);
        assert_eq!(OwnedSketch::from_bins(2, sketch.summary(), bins).store().len(), 2);
        assert!(OwnedSketch::from_bins(1, Summary::EMPTY, []).is_empty());
    }
}
