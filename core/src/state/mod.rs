//! Sketches and counts of different members as bytes, in the forms that engines read, and back.
//!
//! - Nothing is allocated: a form is written into bytes of the caller ([`most_bytes`] says how many are enough) and read into storage of the caller.
//! - Bytes of a stranger do no harm: what is corrupt is refused with a reason and a place ([`StateError`]), in time linear in the bytes, and for
//!   each bin the move of those above it.
//! - [`Form::Compact`] keeps everything, and what merges afterwards merges as if it had never been written. The other forms keep what they have a
//!   place for; of each, `docs/states.md` says what is lost, and describes our own byte by byte.
//!
//! ```
//! use basenji_core::sketch::Sketch;
//! use basenji_core::state::{self, Form};
//!
//! let mut here = Sketch::new([0; 64]);
//! [12.0, 15.0, 250.0].into_iter().for_each(|millis| here.insert(millis));
//! let mut bytes = [0; 256];
//! let len = state::write(&here, Form::Compact, &mut bytes)?;
//!
//! // On another machine, in another language:
//! let mut there = Sketch::new([0; 64]);
//! there.insert(13.0);
//! there.merge(&state::read(&bytes[..len], Form::Compact, [0; 64]).unwrap());
//! assert_eq!((there.summary().count, there.quantile(1.0)), (4, 250.0));
//! # Ok::<(), basenji_core::Full>(())
//! ```

pub mod agent;
mod checksum;
mod clickhouse;
mod compact;
pub mod exponential;
mod fault;
mod filling;
pub mod otlp;
mod pen;
pub mod prometheus;
mod reader;
mod uniques;

pub use fault::{Fault, StateError};
pub use pen::{FIELD, Pen, zigzag};
pub use uniques::{read_uniques, write_uniques};

use crate::Full;
use crate::sketch::Sketch;
use reader::Reader;

/// What a sketch is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Form {
    /// Our own: all of it, in as few bytes as that takes, with a checksum.
    Compact = 0,
    /// The `Dogsketch` of the Datadog Agent's payload: all of it. Its time is not written; reading passes over it.
    Agent = 1,
    /// OpenTelemetry's `ExponentialHistogramDataPoint` of scale 6, without attributes and times: no average, and no bins of infinity.
    Otlp = 2,
    /// Prometheus' native histogram of schema 6, `io.prometheus.client.Histogram`: no minimum, maximum and average, and no bins of infinity.
    Prometheus = 3,
    /// ClickHouse's state of `quantilesDD(1 / 129, …)`: only bins, and none of infinity.
    ClickHouse = 4,
}

impl Form {
    /// Every form; `ALL[form as usize] == form`.
    pub const ALL: &'static [Form] = &[Form::Compact, Form::Agent, Form::Otlp, Form::Prometheus, Form::ClickHouse];

    /// One stable word.
    pub const fn name(self) -> &'static str {
        match self {
            Form::Compact => "compact",
            Form::Agent => "agent",
            Form::Otlp => "otlp",
            Form::Prometheus => "prometheus",
            Form::ClickHouse => "clickhouse",
        }
    }

    /// The form of this name.
    pub fn from_name(name: &str) -> Option<Form> {
        Form::ALL.iter().copied().find(|form| form.name() == name)
    }
}

/// How many bytes are enough for a sketch in a form. Costs a walk over the bins.
pub fn most_bytes<S: AsRef<[u64]>>(sketch: &Sketch<S>, form: Form) -> usize {
    /// Of all numbers but those of the bins, in any form.
    const NUMBERS: usize = 16 * FIELD;
    let bins = sketch.bins().len();
    let each: usize = match form {
        Form::Compact | Form::Agent => 3 + 5,
        Form::Otlp => 10,
        Form::Prometheus => prometheus::BUCKET,
        Form::ClickHouse => 3 + 8,
    };
    let empty = match form {
        Form::Otlp => exponential::span(exponential::positive(sketch.bins()))
            .saturating_add(exponential::span(exponential::negative(sketch.bins()))),
        _ => 0,
    };
    bins.saturating_mul(each).saturating_add(empty).saturating_add(NUMBERS)
}

/// Writes a sketch in a form; returns how many bytes that are. Cost: linear in the bins, and in OpenTelemetry's form in the bytes.
///
/// # Errors
///
/// `Buffer`: there are too few bytes, and those that are there mean nothing.
///
/// # Example
///
/// ```
/// use basenji_core::sketch::Sketch;
/// use basenji_core::state::{self, Form};
///
/// let mut sketch = Sketch::new([0; 8]);
/// sketch.insert(1.0);
/// let mut bytes = [0; 64];
/// let len = state::write(&sketch, Form::Agent, &mut bytes)?;
/// // The fields 2 to 8: count, min, max, avg, sum, keys, counts.
/// assert_eq!(bytes[..3], [0x10, 1, 0x19]);
/// assert_eq!(bytes[len - 7..len], [0x3a, 2, 0xf4, 0x14, 0x42, 1, 1]);
/// # Ok::<(), basenji_core::Full>(())
/// ```
pub fn write<S: AsRef<[u64]>>(sketch: &Sketch<S>, form: Form, bytes: &mut [u8]) -> Result<usize, Full> {
    let bins = || sketch.bins();
    let summary = sketch.summary();
    write_with(bytes, form == Form::Compact, |pen| match form {
        Form::Compact => compact::write(pen, sketch),
        Form::Agent => agent::fields(pen, sketch),
        Form::Otlp => otlp::fields(
            pen,
            &summary,
            exponential::SCHEMA.into(),
            exponential::zero(bins()),
            exponential::positive(bins()),
            exponential::negative(bins()),
        ),
        Form::Prometheus => prometheus::fields(
            pen,
            &summary,
            exponential::zero(bins()),
            exponential::positive(bins()),
            exponential::negative(bins()),
        ),
        Form::ClickHouse => clickhouse::write(pen, sketch),
    })
}

/// Writes what `write` writes, with a checksum behind it where there is to be one.
fn write_with(bytes: &mut [u8], is_compact: bool, write: impl FnOnce(&mut Pen<'_>)) -> Result<usize, Full> {
    let room = bytes.len();
    let mut pen = Pen::new(&mut *bytes);
    write(&mut pen);
    let (is_full, written) = (pen.is_full(), room.wrapping_sub(pen.left()));
    if is_full {
        return Err(Full::Buffer);
    }
    if !is_compact {
        return Ok(written);
    }
    let (state, rest) = bytes.split_at_mut_checked(written).ok_or(Full::Buffer)?;
    *rest.first_chunk_mut().ok_or(Full::Buffer)? = checksum::checksum(state).to_le_bytes();
    Ok(written.saturating_add(4))
}

/// Reads a sketch of a form into `storage`, whose words are the most bins that it may have, as those of [`Sketch::new`].
///
/// What a form does not say is worked out: an average of sum and count, a minimum, maximum and sum of the values that the bins stand for. Histograms of
/// other scales than ours are read too, by the middles of their buckets.
///
/// # Errors
///
/// What is corrupt and where; what stands in the storage means nothing then.
pub fn read<S: AsRef<[u64]> + AsMut<[u64]>>(bytes: &[u8], form: Form, storage: S) -> Result<Sketch<S>, StateError> {
    match form {
        Form::Compact => compact::read(bytes, storage),
        Form::Agent => agent::read(Reader::new(bytes), storage),
        Form::Otlp => otlp::read(Reader::new(bytes), storage),
        Form::Prometheus => prometheus::read(Reader::new(bytes), storage),
        Form::ClickHouse => clickhouse::read(Reader::new(bytes), storage),
    }
}

#[cfg(test)]
mod tests;
