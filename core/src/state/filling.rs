//! A sketch on its way out of a state.

use super::fault::{Fault, StateError};
use crate::sketch::mapping::{self, INFINITE_KEY};
use crate::sketch::{Sketch, Store, Summary};

/// What has been read of the bins.
pub(super) struct Filling<S> {
    store: Store<S>,
    counted: u64,
    /// The lowest key and the highest.
    ends: Option<(i16, i16)>,
}

/// What a form says of all values; what is `None` is worked out from the bins.
#[derive(Default)]
pub(super) struct Said {
    pub(super) count: Option<u64>,
    pub(super) sum: Option<f64>,
    pub(super) min: Option<f64>,
    pub(super) max: Option<f64>,
    pub(super) avg: Option<f64>,
}

impl<S: AsRef<[u64]> + AsMut<[u64]>> Filling<S> {
    pub(super) fn new(storage: S) -> Self {
        Filling { store: Store::new(storage), counted: 0, ends: None }
    }

    /// Counts a key that stands at `offset`.
    pub(super) fn add(&mut self, key: i16, n: u64, offset: usize) -> Result<(), StateError> {
        if key < -INFINITE_KEY {
            return Err(StateError { fault: Fault::Number, offset });
        }
        if n > 0 {
            self.store.insert(key, n);
            self.counted = self.counted.saturating_add(n);
            self.ends = Some(self.ends.map_or((key, key), |(low, high)| (low.min(key), high.max(key))));
        }
        Ok(())
    }

    /// The whole sketch; `offset` is where what is said of it stands.
    pub(super) fn finish(self, said: Said, offset: usize) -> Result<Sketch<S>, StateError> {
        let fail = |fault| Err(StateError { fault, offset });
        let count = said.count.unwrap_or(self.counted);
        if count > Summary::MOST {
            return fail(Fault::Number);
        }
        if self.counted > count {
            return fail(Fault::Count);
        }
        if count == 0 {
            return Ok(Sketch::from_parts(Summary::EMPTY, self.store));
        }
        let (low, high) = self.ends.unwrap_or_default();
        let finite = |key| match mapping::value(key) {
            value if value.is_finite() => value,
            infinity => f64::MAX.copysign(infinity),
        };
        let (min, max) = (said.min.unwrap_or_else(|| finite(low)), said.max.unwrap_or_else(|| finite(high)));
        let sum = said.sum.unwrap_or_else(|| {
            self.store.bins().fold(0.0, |sum, bin| sum + mapping::value(bin.key) * f64::from(bin.n))
        });
        let avg = said.avg.unwrap_or_else(|| (sum / count as f64).max(min).min(max));
        if !(min.is_finite() && max.is_finite() && avg.is_finite() && min <= max) {
            return fail(Fault::Summary);
        }
        Ok(Sketch::from_parts(Summary { count, sum, min, max, avg }, self.store))
    }
}
