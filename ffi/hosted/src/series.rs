//! Finished series as C sees them.

use std::ffi::c_void;

use basenji::core::sketch::{Sketch, Summary};
use basenji::core::wire::Tags;
use basenji::server::{Point, Series};
use basenji_ffi_core::*;

use crate::guard::guard;

/// One point of one series. All that it points to is there until the callback returns, or until its bucket is asked for the next series or freed.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct bj_series {
    /// The name of the metric.
    pub name: bj_bytes,
    /// The host; no bytes for none.
    pub host: bj_bytes,
    /// The tags, sorted, each once.
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
    /// For `bj_series_quantile`; NULL unless it is a distribution.
    pub sketch: *const c_void,
}

/// A series as C sees it; `joined` is for its tags.
pub(crate) fn series_view(series: &Series<'_>, joined: &mut Vec<u8>) -> bj_series {
    let tags = match series.tags {
        Tags::Text(text) => text,
        Tags::List(list) => {
            joined.clear();
            for tag in list {
                if !joined.is_empty() {
                    joined.push(b',');
                }
                joined.extend_from_slice(tag);
            }
            joined
        }
    };
    let (value, summary, sketch): (f64, Summary, Option<&Sketch<&[u64]>>) = match &series.point {
        Point::Count(value) | Point::Gauge(value) => (*value, Summary::default(), None),
        Point::Set(members) => (*members as f64, Summary::default(), None),
        Point::Histogram(histogram) => (histogram.summary.avg, histogram.summary, None),
        Point::Distribution(sketch) => (sketch.summary().avg, sketch.summary(), Some(sketch)),
    };
    bj_series {
        name: bj_bytes::of(series.name),
        host: bj_bytes::of(series.host),
        tags: bj_tags { text: if tags.is_empty() { bj_bytes::NONE } else { bj_bytes::of(tags) } },
        kind: series.kind as i32,
        interval: series.interval,
        timestamp: series.timestamp,
        value,
        count: summary.count,
        sum: summary.sum,
        min: summary.min,
        max: summary.max,
        sketch: sketch.map_or(std::ptr::null(), |sketch| std::ptr::from_ref(sketch).cast()),
    }
}

/// The value below which the share `q`, 0 to 1, of a distribution's samples lies, into `*value_out`: at most 2.4 % off. As long as what
/// the series points to is there. Cost: a walk over the bins, up to 4096.
///
/// Errors: `BJ_NULL_SERIES`, `BJ_NULL_OUT`, `BJ_NO_SKETCH` unless it is a distribution.
///
/// # Safety
///
/// `series` is NULL or what a callback or `bj_bucket_next_series` gave, whose pointers are still good; `value_out` is NULL or points to a double.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_series_quantile(series: *const bj_series, q: f64, value_out: *mut f64) -> bj_status {
    guard(|| {
        // SAFETY: the pointers are as this function's contract says; the sketch lives as long as its series.
        let (out, sketch) = unsafe {
            let series = input(series, BJ_NULL_SERIES)?;
            (output(value_out, BJ_NULL_OUT)?, input(series.sketch.cast::<Sketch<&[u64]>>(), BJ_NO_SKETCH)?)
        };
        *out = sketch.quantile(q);
        Ok(())
    })
}
