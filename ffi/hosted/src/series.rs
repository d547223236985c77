//! Finished series as C sees them.

use basenji::core::sketch::Summary;
use basenji::core::wire::Tags;
use basenji::server::{Point, Series};
use basenji_ffi_core::*;

/// What quantiles of a series are asked of.
pub(crate) fn samples<'a>(series: &Series<'a>) -> Option<Quantiles<'a>> {
    match series.point {
        Point::Distribution(sketch) => Some(Quantiles::Sketch(sketch)),
        _ => None,
    }
}

/// A series as C sees it, with its samples; `joined` is for its tags.
pub(crate) fn series_view(series: &Series<'_>, samples: Option<&Quantiles<'_>>, joined: &mut Vec<u8>) -> bj_series {
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
    let (value, summary) = match &series.point {
        Point::Count(value) | Point::Gauge(value) => (*value, Summary::default()),
        Point::Set(members) => (*members as f64, Summary::default()),
        Point::Histogram(histogram) => (histogram.summary.avg, histogram.summary),
        Point::Distribution(sketch) => (sketch.summary().avg, sketch.summary()),
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
        sketch: samples.map_or(std::ptr::null(), |samples| std::ptr::from_ref(samples).cast()),
    }
}
