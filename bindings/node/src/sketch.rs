//! The sketch as a native object; what JavaScript hands in is checked in `lib/sketch.js`.

use basenji::core::sketch::{Bin, Sketch, Summary};
use basenji::core::state::{Form, StateError};
use basenji::{OwnedSketch, OwnedUniques};
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

    /// The sketch of a state; of one that is refused, what is wrong with it.
    #[napi]
    pub fn from_state(bytes: Uint8ArraySlice<'_>, form: u32) -> Either<NativeSketch, RefusedState> {
        match OwnedSketch::from_bytes(&bytes, self::form(form)) {
            Ok(sketch) => Either::A(NativeSketch { sketch }),
            Err(error) => Either::B(error.into()),
        }
    }

    /// The bytes of it in a form.
    #[napi]
    pub fn state(&self, form: u32) -> Buffer {
        self.sketch.to_bytes(self::form(form)).into()
    }

    /// Counts one value `weight` times.
    #[napi]
    pub fn add(&mut self, value: f64, weight: f64) {
        self.sketch.add(value, weight);
    }

    /// Counts each value `weight` times, read where JavaScript has them.
    #[napi]
    pub fn add_all(&mut self, values: Float64ArraySlice<'_>, weight: f64) {
        if weight == 1.0 {
            self.sketch.add_all(&values);
        } else {
            values.iter().for_each(|&value| self.sketch.add(value, weight));
        }
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

/// The form with this place in the list of `lib/states.js`.
fn form(place: u32) -> Form {
    Form::ALL.get(place as usize).copied().unwrap_or(Form::Compact)
}

/// Why a state is refused.
#[napi(object)]
pub struct RefusedState {
    pub message: String,
    pub code: u32,
    pub reason: String,
    pub offset: u32,
}

impl From<StateError> for RefusedState {
    fn from(error: StateError) -> Self {
        let StateError { fault, offset } = error;
        RefusedState {
            message: error.to_string(),
            code: fault.code().into(),
            reason: fault.name().into(),
            offset: u32::try_from(offset).unwrap_or(u32::MAX),
        }
    }
}

/// A count of members that owns its registers.
#[napi]
#[derive(Default)]
pub struct NativeUniques {
    uniques: OwnedUniques,
}

#[napi]
impl NativeUniques {
    /// Of no members.
    #[napi(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// The registers of a state; of one that is refused, what is wrong with it.
    #[napi]
    pub fn from_state(bytes: Uint8ArraySlice<'_>) -> Either<NativeUniques, RefusedState> {
        match OwnedUniques::from_bytes(&bytes) {
            Ok(uniques) => Either::A(NativeUniques { uniques }),
            Err(error) => Either::B(error.into()),
        }
    }

    /// The bytes of it.
    #[napi]
    pub fn state(&self) -> Buffer {
        self.uniques.to_bytes().into()
    }

    /// Counts a member.
    #[napi]
    pub fn add(&mut self, member: Either<String, Uint8ArraySlice<'_>>) {
        match member {
            Either::A(text) => self.uniques.add(text.as_bytes()),
            Either::B(bytes) => self.uniques.add(&bytes),
        }
    }

    /// Adds the members of another one.
    #[napi]
    pub fn merge(&mut self, other: &NativeUniques) {
        self.uniques.merge(&other.uniques);
    }

    /// About how many different members there were.
    #[napi]
    pub fn count(&self) -> f64 {
        self.uniques.count() as f64
    }

    /// Forgets everything.
    #[napi]
    pub fn clear(&mut self) {
        self.uniques.clear();
    }
}
