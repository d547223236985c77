//! Finished series.

use core::ffi::c_void;

use basenji_core::aggregate::{Histogram, Point, Series};
use basenji_core::sketch::{Sketch, Summary};
use basenji_core::wire::Tags;

use crate::bytes::{bj_bytes, input, output};
use crate::guard::guard;
use crate::status::*;
use crate::values::bj_tags;

/// One point of one series. All that it points to is there until the callback returns, or until its bucket is asked for the next series or freed.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct bj_series {
    /// The name of the metric.
    pub name: bj_bytes,
    /// The host; no bytes for none.
    pub host: bj_bytes,
    /// The tags, each once, in any order.
    pub tags: bj_tags,
    /// The type: a `bj_kind`.
    pub kind: i32,
    /// Length of the bucket in seconds.
    pub interval: u32,
    /// Seconds since 1970: the start of the bucket, or the point's own timestamp.
    pub timestamp: u64,
    /// The sum of a count, the last value of a gauge, how many different members a set has; the mean of the others.
    pub value: f64,
    /// Of a histogram, timing or distribution: how many samples, weighed by their rate.
    pub count: u64,
    /// Their sum.
    pub sum: f64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
    /// For `bj_series_quantile`; NULL where it has nothing to tell.
    pub sketch: *const c_void,
}

/// Takes a series. The pointers are good until it returns. It must not unwind or jump away. From a server it comes on another thread, and must
/// not stop or free it.
pub type bj_on_series = Option<unsafe extern "C" fn(user: *mut c_void, series: *const bj_series)>;

/// What `bj_series_quantile` looks at.
#[derive(Debug, Clone, Copy)]
pub enum Quantiles<'a> {
    /// Of a distribution.
    Sketch(Sketch<&'a [u64]>),
    /// Of a histogram or timing that is still whole.
    Histogram(Histogram<'a>),
}

impl Quantiles<'_> {
    fn quantile(&self, q: f64) -> f64 {
        match self {
            Quantiles::Sketch(sketch) => sketch.quantile(q),
            // What is no number, and below 0, becomes 0.
            Quantiles::Histogram(histogram) => histogram.percentile(((q * 100.0 + 0.5) as u8).min(100)),
        }
    }
}

/// Calls `work` with a series as C sees it.
pub(crate) fn with_series(series: &Series<'_>, work: impl FnOnce(&bj_series)) {
    let (value, summary, samples) = match series.point {
        Point::Count(value) | Point::Gauge(value) => (value, Summary::EMPTY, None),
        Point::Set(members) => (members as f64, Summary::EMPTY, None),
        Point::Histogram(histogram) => (histogram.avg(), histogram.summary(), Some(Quantiles::Histogram(histogram))),
        Point::Distribution(sketch) => (sketch.summary().avg, sketch.summary(), Some(Quantiles::Sketch(sketch))),
        // Only a client keeps these.
        Point::Samples(_) | Point::Member(_) => return,
    };
    work(&bj_series::of(series, value, &summary, samples.as_ref()));
}

impl bj_series {
    /// A series as C sees it, with what its point comes to. Its tags are joined already, or are a lone tag of no bytes.
    pub fn of<P>(series: &Series<'_, P>, value: f64, summary: &Summary, samples: Option<&Quantiles<'_>>) -> bj_series {
        let tags = match series.tags {
            Tags::Text(b"") => bj_bytes::NONE,
            Tags::Text(text) => bj_bytes::of(text),
            // A lone tag of no bytes, which its text cannot tell from none.
            Tags::List(_) => bj_bytes::of(b""),
        };
        bj_series {
            name: bj_bytes::of(series.name),
            host: bj_bytes::of(series.host),
            tags: bj_tags { text: tags },
            kind: series.kind as i32,
            interval: series.interval,
            timestamp: series.timestamp,
            value,
            count: summary.count,
            sum: summary.sum,
            min: summary.min,
            max: summary.max,
            sketch: samples.map_or(core::ptr::null(), |samples| core::ptr::from_ref(samples).cast()),
        }
    }
}

/// The value below which the share `q`, 0 to 1, of a series' samples lies, into `*value_out`. Of a distribution it is at most 2.4 % off; of an
/// aggregator's histogram or timing it is one of the samples, for `q` in whole percent. As long as what the series points to is
/// there. Cost: a walk over the bins, up to 4096, or over the samples.
///
/// Errors: `BJ_NULL_SERIES`, `BJ_NULL_OUT`, `BJ_NO_SKETCH` when the series has nothing to tell of it, `BJ_MISALIGNED`.
///
/// # Safety
///
/// `series` is NULL or what a callback or a bucket gave, whose pointers are still good; `value_out` is NULL or points to a double.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_series_quantile(series: *const bj_series, q: f64, value_out: *mut f64) -> bj_status {
    guard(|| {
        // SAFETY: the pointers are as this function's contract says; the samples live as long as their series.
        let (out, samples) = unsafe {
            let series = input(series, BJ_NULL_SERIES)?;
            (output(value_out, BJ_NULL_OUT)?, input(series.sketch.cast::<Quantiles<'_>>(), BJ_NO_SKETCH)?)
        };
        *out = samples.quantile(q);
        Ok(())
    })
}
