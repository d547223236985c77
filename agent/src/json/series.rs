//! Finished series in JSON, one point a line.

use std::borrow::Cow;

use basenji::core::sketch::Sketch;
use basenji::server::{Histogram, Point, Series};
use serde::{Serialize, Serializer};

use super::Lossy;
use super::number::Number;
use super::origin::Origin;
use super::tags::sorted;

/// `{"metric":..,"kind":..,..}`
#[derive(Serialize)]
pub(crate) struct SeriesLine<'a> {
    metric: Lossy<'a>,
    kind: &'static str,
    host: Option<Lossy<'a>>,
    tags: Vec<Cow<'a, str>>,
    #[serde(flatten)]
    origin: Option<Origin<'a>>,
    timestamp: u64,
    interval: u32,
    #[serde(flatten)]
    value: Measure<'a>,
}

impl<'a> SeriesLine<'a> {
    /// The line of one point, with the origin fields if the daemon keys by them.
    pub(crate) fn new(series: &Series<'a>, with_origin: bool) -> Self {
        SeriesLine {
            metric: Lossy(series.name),
            kind: series.kind.name(),
            host: (!series.host.is_empty()).then_some(Lossy(series.host)),
            tags: sorted(series.tags),
            origin: with_origin.then(|| series.origin.into()),
            timestamp: series.timestamp,
            interval: series.interval,
            value: match series.point {
                Point::Count(value) | Point::Gauge(value) => Measure::Value(Number(value)),
                Point::Set(members) => Measure::Value(Number(members as f64)),
                Point::Histogram(histogram) => Measure::Aggregates(Aggregates(histogram)),
                Point::Distribution(sketch) => Measure::Sketch(sketch.into()),
            },
        }
    }
}

/// The last field, whose name depends on the kind.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Measure<'a> {
    Value(Number),
    Aggregates(Aggregates<'a>),
    Sketch(Quantiles),
}

/// The aggregates that the daemon is set to, in their order.
struct Aggregates<'a>(Histogram<'a>);

impl Serialize for Aggregates<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer
            .collect_map(self.0.aggregates.iter().map(|(aggregate, value)| (aggregate.to_string(), Number(*value))))
    }
}

/// What a sketch knows of its distribution.
#[derive(Serialize)]
struct Quantiles {
    count: u64,
    min: Number,
    max: Number,
    sum: Number,
    avg: Number,
    p50: Number,
    p75: Number,
    p90: Number,
    p95: Number,
    p99: Number,
}

impl<S: AsRef<[u64]>> From<Sketch<S>> for Quantiles {
    fn from(sketch: Sketch<S>) -> Self {
        let summary = sketch.summary();
        let quantile = |q| Number(sketch.quantile(q));
        Quantiles {
            count: summary.count,
            min: Number(summary.min),
            max: Number(summary.max),
            sum: Number(summary.sum),
            avg: Number(summary.avg),
            p50: quantile(0.5),
            p75: quantile(0.75),
            p90: quantile(0.9),
            p95: quantile(0.95),
            p99: quantile(0.99),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use basenji::core::aggregate::{Aggregate, Members};
    use basenji::core::sketch::Summary;
    use basenji::core::wire::{MetricKind, OriginFields, Tags};

    /// A series of this kind and value.
    fn series(kind: MetricKind, point: Point<'_>) -> Series<'_> {
        Series {
            name: b"http.requests",
            host: b"",
            kind,
            tags: Tags::Text(b"env:prod,a,env:prod"),
            origin: OriginFields { local_data: Some(b"x"), ..OriginFields::NONE },
            timestamp: 1_700_000_000,
            interval: 10,
            members: Members::NONE,
            point,
        }
    }

    fn json(series: &Series<'_>, with_origin: bool) -> String {
        serde_json::to_string(&SeriesLine::new(series, with_origin)).expect("a series is serialised")
    }

    /// What stands before the value.
    fn head(kind: &str) -> String {
        format!(
            r#"{{"metric":"http.requests","kind":"{kind}","host":null,"tags":["a","env:prod"],"timestamp":1700000000,"interval":10,"#
        )
    }

    #[test]
    fn count_gauge_and_set_have_a_value() {
        let count = series(MetricKind::Count, Point::Count(42.0));
        assert_eq!(json(&count, false), head("count") + r#""value":42.0}"#);
        let gauge = series(MetricKind::Gauge, Point::Gauge(-1.5));
        assert_eq!(json(&gauge, false), head("gauge") + r#""value":-1.5}"#);
        let set = series(MetricKind::Set, Point::Set(3));
        assert_eq!(json(&set, false), head("set") + r#""value":3.0}"#);
    }

    #[test]
    fn histogram_and_timing_have_aggregates() {
        let aggregates = &[(Aggregate::Max, 10.0), (Aggregate::Percentile(95), 9.5)];
        let histogram = Histogram { summary: Summary::default(), aggregates, sketch: None };
        let timing = series(MetricKind::Timing, Point::Histogram(histogram));
        assert_eq!(json(&timing, false), head("timing") + r#""aggregates":{"max":10.0,"95percentile":9.5}}"#);
    }

    #[test]
    fn distribution_has_a_sketch() {
        let mut sketch = Sketch::new([0; 8]);
        sketch.insert_n(5.0, 2.0);
        let (summary, store) = sketch.into_parts();
        let words = store.into_storage();
        let sketch = Sketch::from_parts(summary, basenji::core::sketch::Store::from_parts(&words[..], 1));
        let distribution = series(MetricKind::Distribution, Point::Distribution(sketch));
        let quantiles = r#""p50":5.0,"p75":5.0,"p90":5.0,"p95":5.0,"p99":5.0"#;
        let sketch = format!(r#""sketch":{{"count":2,"min":5.0,"max":5.0,"sum":10.0,"avg":5.0,{quantiles}}}}}"#);
        assert_eq!(json(&distribution, false), head("distribution") + &sketch);
    }

    #[test]
    fn host_and_origin_appear_where_they_are_known() {
        let count = Series { host: b"h", ..series(MetricKind::Count, Point::Count(1.0)) };
        let json = json(&count, true);
        assert!(json.contains(
            r#""host":"h","tags":["a","env:prod"],"container_id":"x","external_data":null,"cardinality":null,"#
        ));
    }
}
