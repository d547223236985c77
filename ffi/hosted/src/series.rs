//! Finished series as C sees them.

use basenji::core::sketch::Summary;
use basenji::server::{Point, Series};
use basenji_ffi_core::*;

/// What quantiles of a series are asked of.
pub(crate) fn samples<'a>(series: &Series<'a>) -> Option<Quantiles<'a>> {
    match series.point {
        Point::Distribution(sketch) => Some(Quantiles::Sketch(sketch)),
        _ => None,
    }
}

/// A series as C sees it, with its samples.
pub(crate) fn series_view(series: &Series<'_>, samples: Option<&Quantiles<'_>>) -> bj_series {
    let (value, summary) = match &series.point {
        Point::Count(value) | Point::Gauge(value) => (*value, Summary::default()),
        Point::Set(members) => (*members as f64, Summary::default()),
        Point::Histogram(histogram) => (histogram.summary.avg, histogram.summary),
        Point::Distribution(sketch) => (sketch.summary().avg, sketch.summary()),
    };
    bj_series::of(series, value, &summary, samples)
}
