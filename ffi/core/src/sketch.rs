//! The sketch: a distribution in words of the caller.

use basenji_core::sketch::{Sketch, Store, Summary};
use basenji_core::state::{self, Form};

use crate::bytes::{corrupt, input, output, slice, slice_mut};
use crate::guard::guard;
use crate::status::*;

/// What is known of all values without looking into the bins.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct bj_summary {
    /// How many values.
    pub count: u64,
    /// Their sum.
    pub sum: f64,
    /// The smallest; 0 if there are none.
    pub min: f64,
    /// The largest; 0 if there are none.
    pub max: f64,
    /// Their average; 0 if there are none.
    pub avg: f64,
}

/// A distribution, in bins of logarithmic width. Begin with `bj_sketch_init`. Its members are to be read, and belong to the functions.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct bj_sketch {
    /// The bins, a word each.
    pub words: *mut u64,
    /// How many words there are: the most bins.
    pub len: usize,
    /// How many are in use.
    pub bins: usize,
    /// Of all values.
    pub summary: bj_summary,
}

/// One bin of a sketch, as in the columns `k` and `n` of a payload.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct bj_bin {
    /// Which values: those around 1.015625 to the power of `key - 1338`; 0 is zero, and a negative key is that of negative values.
    pub key: i32,
    /// How many.
    pub n: u32,
}

/// What a sketch is written as; docs/states.md says what each keeps.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum bj_form {
    /// Our own: all of it, in as few bytes as that takes, with a checksum.
    BJ_FORM_COMPACT = 0,
    /// The `Dogsketch` of the Datadog Agent's payload: all of it, without a time.
    BJ_FORM_AGENT = 1,
    /// OpenTelemetry's `ExponentialHistogramDataPoint` of scale 6, without attributes and times.
    BJ_FORM_OTLP = 2,
    /// Prometheus' native histogram of schema 6, `io.prometheus.client.Histogram`.
    BJ_FORM_PROMETHEUS = 3,
    /// ClickHouse's state of `quantilesDD(1 / 129, ...)`.
    BJ_FORM_CLICKHOUSE = 4,
}

impl From<Summary> for bj_summary {
    fn from(summary: Summary) -> Self {
        let Summary { count, sum, min, max, avg } = summary;
        bj_summary { count, sum, min, max, avg }
    }
}

impl From<bj_summary> for Summary {
    fn from(summary: bj_summary) -> Self {
        let bj_summary { count, sum, min, max, avg } = summary;
        Summary { count, sum, min, max, avg }
    }
}

/// The sketch that `sketch` points to, to read.
unsafe fn read<'a>(sketch: *const bj_sketch) -> Result<Sketch<&'a [u64]>, bj_status> {
    // SAFETY: as the contracts of the exports say.
    unsafe {
        let sketch = input(sketch, BJ_NULL_SKETCH)?;
        let words = slice(sketch.words.cast_const(), sketch.len, BJ_NULL_SKETCH)?;
        Ok(Sketch::from_parts(sketch.summary.into(), Store::from_parts(words, sketch.bins)))
    }
}

/// Changes the sketch that `sketch` points to.
unsafe fn change(sketch: *mut bj_sketch, change: impl FnOnce(&mut Sketch<&mut [u64]>)) -> Result<(), bj_status> {
    // SAFETY: as the contracts of the exports say.
    let (sketch, words) = unsafe {
        let sketch = output(sketch, BJ_NULL_SKETCH)?;
        let words = slice_mut(sketch.words, sketch.len, BJ_NULL_SKETCH)?;
        (sketch, words)
    };
    if words.is_empty() {
        return Err(BJ_NULL_SKETCH);
    }
    let mut changed = Sketch::from_parts(sketch.summary.into(), Store::from_parts(words, sketch.bins));
    change(&mut changed);
    let (summary, store) = changed.into_parts();
    (sketch.summary, sketch.bins) = (summary.into(), store.len());
    Ok(())
}

/// Makes `*sketch_out` a sketch of no values, over `len` words of the caller, at least one: the most bins that it has. The Agent's has 4096; with
/// fewer the lowest bins become one when they are full, and the high quantiles stay as they are. What the words hold does not matter. Constant
/// cost. Any thread.
///
/// Errors: `BJ_NULL_OUT`, `BJ_NULL_SKETCH` when there are no words, `BJ_MISALIGNED`.
///
/// # Safety
///
/// `sketch_out` is NULL or points to a sketch; `words` is NULL or points to `len` words that stay as long as the sketch is used.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_sketch_init(sketch_out: *mut bj_sketch, words: *mut u64, len: usize) -> bj_status {
    guard(|| {
        // SAFETY: the pointers are as this function's contract says.
        let out = unsafe {
            if slice(words.cast_const(), len, BJ_NULL_SKETCH)?.is_empty() {
                return Err(BJ_NULL_SKETCH);
            }
            output(sketch_out, BJ_NULL_OUT)?
        };
        *out = bj_sketch { words, len, bins: 0, summary: Summary::EMPTY.into() };
        Ok(())
    })
}

/// Counts a value once. Cost: a binary search, and for a new bin a move of those above it. Any thread, one at a time for one `sketch`.
///
/// Errors: `BJ_NULL_SKETCH`, `BJ_MISALIGNED`, `BJ_BAD_VALUE` when it is not finite, which counts nothing.
///
/// # Safety
///
/// `sketch` is NULL or as its members say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_sketch_add(sketch: *mut bj_sketch, value: f64) -> bj_status {
    guard(|| {
        if !value.is_finite() {
            return Err(BJ_BAD_VALUE);
        }
        // SAFETY: the pointer is as this function's contract says.
        unsafe { change(sketch, |sketch| sketch.insert(value)) }
    })
}

/// Counts a value `n` times, 1 divided by the sample rate: the count grows by the whole part of `n`, the sum by all of it. Cost as
/// `bj_sketch_add`. Any thread, one at a time for one `sketch`.
///
/// Errors: `BJ_NULL_SKETCH`, `BJ_MISALIGNED`, `BJ_BAD_VALUE` when the value is not finite, `BJ_BAD_WEIGHT` when `n` is below 1 or no number; each
/// counts nothing.
///
/// # Safety
///
/// `sketch` is NULL or as its members say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_sketch_add_n(sketch: *mut bj_sketch, value: f64, n: f64) -> bj_status {
    guard(|| {
        if !value.is_finite() {
            return Err(BJ_BAD_VALUE);
        }
        if n.is_nan() || n < 1.0 {
            return Err(BJ_BAD_WEIGHT);
        }
        // SAFETY: the pointer is as this function's contract says.
        unsafe { change(sketch, |sketch| sketch.insert_n(value, n)) }
    })
}

/// Adds all that another sketch has counted. Cost: a walk over both, or a search for each bin of the other where there are too few words. Any
/// thread, one at a time for each of both.
///
/// Errors: `BJ_NULL_SKETCH`, `BJ_MISALIGNED`, `BJ_OVERLAP` when both share words.
///
/// # Safety
///
/// `sketch` and `other` are NULL or as their members say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_sketch_merge(sketch: *mut bj_sketch, other: *const bj_sketch) -> bj_status {
    // SAFETY: the pointers are as this function's contract says.
    guard(|| unsafe {
        let (ours, theirs) = (read(sketch)?, read(other)?);
        let words = |sketch: &Sketch<&[u64]>| sketch.into_parts().1.into_storage().as_ptr_range();
        let (a, b) = (words(&ours), words(&theirs));
        if core::ptr::eq(sketch, other) || a.start < b.end && b.start < a.end {
            return Err(BJ_OVERLAP);
        }
        change(sketch, |sketch| sketch.merge(&theirs))
    })
}

/// The value below which the share `q`, 0 to 1, of all values lies, into `*value_out`: at most 2.4 % off, never outside of minimum and maximum;
/// 0 if there are none. Cost: a walk over the bins. Any thread, while nobody changes the sketch.
///
/// Errors: `BJ_NULL_SKETCH`, `BJ_NULL_OUT`, `BJ_MISALIGNED`.
///
/// # Safety
///
/// `sketch` is NULL or as its members say; `value_out` is NULL or points to a double.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_sketch_quantile(sketch: *const bj_sketch, q: f64, value_out: *mut f64) -> bj_status {
    guard(|| {
        // SAFETY: the pointers are as this function's contract says.
        let (sketch, out) = unsafe { (read(sketch)?, output(value_out, BJ_NULL_OUT)?) };
        *out = sketch.quantile(q);
        Ok(())
    })
}

/// The bin with this place, the lowest is 0, into `*bin_out`; a key may have several. Returns `BJ_END` behind the last one. Constant cost. Any
/// thread, while nobody changes the sketch.
///
/// Errors: `BJ_NULL_SKETCH`, `BJ_NULL_OUT`, `BJ_MISALIGNED`.
///
/// # Safety
///
/// `sketch` is NULL or as its members say; `bin_out` is NULL or points to a bin.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_sketch_bin(sketch: *const bj_sketch, place: usize, bin_out: *mut bj_bin) -> bj_status {
    guard(|| {
        // SAFETY: the pointers are as this function's contract says.
        let (sketch, out) = unsafe { (read(sketch)?, output(bin_out, BJ_NULL_OUT)?) };
        let bin = sketch.bins().nth(place).ok_or(BJ_END)?;
        *out = bj_bin { key: bin.key.into(), n: bin.n };
        Ok(())
    })
}

/// The form of this number.
fn form(form: i32) -> Result<Form, bj_status> {
    usize::try_from(form).ok().and_then(|form| Form::ALL.get(form)).copied().ok_or(BJ_BAD_FORM)
}

/// How many bytes are enough for `bj_sketch_write` with this `form`, a `bj_form`, into `*len_out`. Cost: a walk over the bins. Any thread, while
/// nobody changes the sketch.
///
/// Errors: `BJ_NULL_SKETCH`, `BJ_NULL_OUT`, `BJ_MISALIGNED`, `BJ_BAD_FORM`.
///
/// # Safety
///
/// `sketch` is NULL or as its members say; `len_out` is NULL or points to a number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_sketch_most_bytes(sketch: *const bj_sketch, form: i32, len_out: *mut usize) -> bj_status {
    guard(|| {
        // SAFETY: the pointers are as this function's contract says.
        let (sketch, out) = unsafe { (read(sketch)?, output(len_out, BJ_NULL_OUT)?) };
        *out = state::most_bytes(&sketch, self::form(form)?);
        Ok(())
    })
}

/// Writes a sketch as `form`, a `bj_form`, into `capacity` bytes at `buffer`, and how many bytes that are into `*len_out`. Such a state can be read
/// by every language of Basenji, and by what the form is named after. Cost: linear in the bins, for `BJ_FORM_OTLP` in the bytes. Any thread, while
/// nobody changes the sketch.
///
/// Errors: `BJ_FULL_BUFFER`, when what was written means nothing; `BJ_NULL_SKETCH`, `BJ_NULL_OUT` when `buffer` or `len_out` is NULL,
/// `BJ_MISALIGNED`, `BJ_BAD_FORM`.
///
/// # Safety
///
/// `sketch` is NULL or as its members say; `buffer` is NULL or points to `capacity` bytes; `len_out` is NULL or points to a number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_sketch_write(
    sketch: *const bj_sketch,
    form: i32,
    buffer: *mut u8,
    capacity: usize,
    len_out: *mut usize,
) -> bj_status {
    guard(|| {
        // SAFETY: the pointers are as this function's contract says.
        let (sketch, buffer, out) =
            unsafe { (read(sketch)?, slice_mut(buffer, capacity, BJ_NULL_OUT)?, output(len_out, BJ_NULL_OUT)?) };
        *out = state::write(&sketch, self::form(form)?, buffer).map_err(|_| BJ_FULL_BUFFER)?;
        Ok(())
    })
}

/// Makes `sketch`, which has its words from `bj_sketch_init`, the one that was written as `form`, a `bj_form`, in `len` bytes. What it had counted is
/// forgotten; if the state is refused it is empty then, and the place of the fault, in bytes from the start, is in `*offset_out`, which may be NULL.
/// Cost: linear in the bytes, and for each bin a move of those above it. Any thread, one at a time for one `sketch`.
///
/// Errors: `BJ_STATE_CUT`, `BJ_STATE_FORM`, `BJ_STATE_VERSION`, `BJ_STATE_KIND`, `BJ_STATE_NUMBER`, `BJ_STATE_ORDER`, `BJ_STATE_COUNT`,
/// `BJ_STATE_SUMMARY`, `BJ_STATE_WIDTH`, `BJ_STATE_FIELD`, `BJ_STATE_CHECKSUM`, `BJ_STATE_TRAILING`; `BJ_NULL_SKETCH`, `BJ_NULL_DATAGRAM` when
/// `bytes` is NULL and `len` is not 0, `BJ_MISALIGNED`, `BJ_BAD_FORM`.
///
/// # Safety
///
/// `sketch` is NULL or as its members say; `bytes` is NULL or points to `len` bytes; `offset_out` is NULL or points to a number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_sketch_read(
    sketch: *mut bj_sketch,
    form: i32,
    bytes: *const u8,
    len: usize,
    offset_out: *mut usize,
) -> bj_status {
    guard(|| {
        // SAFETY: the pointers are as this function's contract says.
        let (sketch, words, bytes) = unsafe {
            let bytes = slice(bytes, len, BJ_NULL_DATAGRAM)?;
            let sketch = output(sketch, BJ_NULL_SKETCH)?;
            let words = slice_mut(sketch.words, sketch.len, BJ_NULL_SKETCH)?;
            (sketch, words, bytes)
        };
        if words.is_empty() {
            return Err(BJ_NULL_SKETCH);
        }
        let form = self::form(form)?;
        (sketch.summary, sketch.bins) = (Summary::EMPTY.into(), 0);
        // SAFETY: as above.
        let read = state::read(bytes, form, words).map_err(|error| unsafe { corrupt(error, offset_out) })?;
        let (summary, store) = read.into_parts();
        (sketch.summary, sketch.bins) = (summary.into(), store.len());
        Ok(())
    })
}
