//! The sketch as a native object; what JavaScript hands in is checked in `lib/sketch.js`.

use basenji::OwnedSketch;
use basenji::core::sketch::{Bin, Sketch, Summary};
use basenji::core::state::{Form, StateError};
use napi::bindgen_prelude::*;
use napi_derive::napi;

/// A sketch that owns its bins.
#[napi(custom_finalize)]
pub struct NativeSketch {
    sketch: OwnedSketch,
    /// How many bytes of it V8 has been told of: by these it decides when to collect garbage.
    told: i64,
}

impl ObjectFinalize for NativeSketch {
    fn finalize(mut self, env: Env) -> Result<()> {
        self.sketch = OwnedSketch::new(1);
        self.tell(&env)
    }
}

#[napi]
impl NativeSketch {
    /// An empty sketch of at most `limit` bins.
    #[napi(constructor)]
    pub fn new(limit: u32) -> Self {
        NativeSketch { sketch: OwnedSketch::new(limit as usize), told: 0 }
    }

    /// The sketch of a count, four numbers (sum, minimum, maximum, average), keys and counts. The count is in decimal digits, as a double has not all of them.
    #[napi(factory)]
    pub fn from_columns(
        env: Env,
        limit: u32,
        count: String,
        summary: Float64ArraySlice<'_>,
        keys: Int32ArraySlice<'_>,
        counts: Uint32ArraySlice<'_>,
    ) -> Result<Self> {
        let bins = keys.iter().zip(counts.iter()).map(|(&key, &n)| Bin { key: key as i16, n });
        let summary = match summary[..] {
            [sum, min, max, avg] => {
                Summary { count: count.parse().unwrap_or(u64::MAX).min(Summary::MOST), sum, min, max, avg }
            }
            _ => Summary::EMPTY,
        };
        Self::made(&env, OwnedSketch::from_bins(limit as usize, summary, bins))
    }

    /// The sketch of a state; of one that is refused, what is wrong with it.
    #[napi]
    pub fn from_state(env: Env, bytes: Uint8ArraySlice<'_>, form: u32) -> Result<Either<NativeSketch, RefusedState>> {
        Ok(match OwnedSketch::from_bytes(&bytes, self::form(form)) {
            Ok(sketch) => Either::A(Self::made(&env, sketch)?),
            Err(error) => Either::B(error.into()),
        })
    }

    /// The bytes of it in a form.
    #[napi]
    pub fn state(&self, form: u32) -> Buffer {
        self.sketch.to_bytes(self::form(form)).into()
    }

    /// Counts one value `weight` times.
    #[napi]
    pub fn add(&mut self, env: Env, value: f64, weight: f64) -> Result<()> {
        self.sketch.add(value, weight);
        self.tell(&env)
    }

    /// Counts each value `weight` times, read where JavaScript has them.
    #[napi]
    pub fn add_all(&mut self, env: Env, values: Float64ArraySlice<'_>, weight: f64) -> Result<()> {
        if weight == 1.0 {
            self.sketch.add_all(&values);
        } else {
            values.iter().for_each(|&value| self.sketch.add(value, weight));
        }
        self.tell(&env)
    }

    /// Adds what another sketch has counted.
    #[napi]
    pub fn merge(&mut self, env: Env, other: &NativeSketch) -> Result<()> {
        self.sketch.merge(&other.sketch);
        self.tell(&env)
    }

    /// Adds what it has counted itself, once more.
    #[napi]
    pub fn double(&mut self, env: Env) -> Result<()> {
        let other = self.sketch.clone();
        self.sketch.merge(&other);
        self.tell(&env)
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

    /// The count in decimal digits, all of them.
    #[napi]
    pub fn count(&self) -> String {
        self.sketch.summary().count.to_string()
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
    pub(crate) fn copy_of(env: &Env, sketch: &Sketch<&[u64]>) -> Result<Self> {
        Self::made(env, sketch.into())
    }

    fn made(env: &Env, sketch: OwnedSketch) -> Result<Self> {
        let mut made = NativeSketch { sketch, told: 0 };
        made.tell(env)?;
        Ok(made)
    }

    /// Tells V8 how many bytes more, or fewer, there are than it knows of.
    fn tell(&mut self, env: &Env) -> Result<()> {
        let bytes = 8 * self.sketch.store().capacity() as i64;
        if bytes != self.told {
            env.adjust_external_memory(bytes - self.told)?;
            self.told = bytes;
        }
        Ok(())
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
