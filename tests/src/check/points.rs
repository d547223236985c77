//! Points that an aggregator hands out, next to what the naive one says of their samples.

use crate::naive::{Bytes, Key, Point, Sample};
use crate::owned;
use basenji_core::aggregate::{Aggregate, Histogram, Keep, Point as CorePoint, Samples, Series, Settings};
use basenji_core::sketch::{Bin, Sketch, Summary, mapping};
use std::collections::{BTreeMap, BTreeSet};

/// Rounding of sums, relative to the sum of all sizes.
const ROUNDING: f64 = 1e-9;
/// How far a quantile of a sketch may be off, relative to the sample: a bin and a half.
const QUANTILE: f64 = 0.0236;

/// One point, copied out of a flush.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Seen {
    key: Key,
    timestamp: u64,
    interval: u32,
    value: Value,
}

#[derive(Debug, Clone, PartialEq)]
enum Value {
    Count(f64),
    Gauge(f64),
    Set(u64),
    Histogram { count: u64, sum: f64, min: f64, aggregates: Vec<(Aggregate, f64)> },
    Distribution { summary: Summary, bins: Vec<Bin> },
    Samples { kept: Vec<(f64, f64)> },
    Member,
}

impl Seen {
    /// A copy of one item of a flush.
    pub(super) fn of(series: &Series<'_>) -> Self {
        let list: Vec<Bytes> = series.tags.iter().map(Bytes::from).collect();
        let tags: BTreeSet<Bytes> = list.iter().cloned().collect();
        assert_eq!(tags.len(), list.len(), "a tag stands twice: {list:?}");
        let key = Key {
            name: series.name.into(),
            host: series.host.into(),
            code: series.kind.code().to_owned(),
            tags,
            origin: owned::origin(&series.origin),
            member: if let CorePoint::Member(member) = series.point { member.into() } else { Bytes::default() },
        };
        let value = match series.point {
            CorePoint::Count(value) => Value::Count(value),
            CorePoint::Gauge(value) => Value::Gauge(value),
            CorePoint::Set(members) => Value::Set(members),
            CorePoint::Histogram(histogram) => Value::histogram(&histogram),
            CorePoint::Distribution(sketch) => Value::distribution(&sketch),
            CorePoint::Samples(Samples::Sketch(sketch)) => Value::distribution(&sketch),
            CorePoint::Samples(samples) => Value::Samples { kept: samples.iter().collect() },
            CorePoint::Member(_) => Value::Member,
        };
        Seen { key, timestamp: series.timestamp, interval: series.interval, value }
    }

    /// What points of one series and second are put in order by.
    pub(super) fn size(&self) -> (f64, f64) {
        match &self.value {
            Value::Count(value) | Value::Gauge(value) => (*value, 0.0),
            Value::Set(members) => (*members as f64, 0.0),
            Value::Histogram { sum, min, .. } => (*sum, *min),
            Value::Distribution { summary, .. } => (summary.sum, summary.min),
            Value::Samples { kept } => kept.first().map_or((0.0, 0.0), |(value, weight)| (value * weight, *value)),
            Value::Member => (1.0, 0.0),
        }
    }
}

impl Value {
    fn histogram(histogram: &Histogram<'_>) -> Self {
        Value::Histogram {
            count: histogram.count(),
            sum: histogram.sum(),
            min: histogram.min(),
            aggregates: histogram.aggregates().collect(),
        }
    }

    fn distribution(sketch: &Sketch<&[u64]>) -> Self {
        Value::Distribution { summary: sketch.summary(), bins: sketch.bins().collect() }
    }
}

/// What points of one series and second are put in order by.
pub(super) fn size(point: &Point) -> (f64, f64) {
    match point.key.code.as_str() {
        "g" => (point.samples.last().map_or(0.0, |sample| sample.value), 0.0),
        "s" => (members(&point.samples) as f64, 0.0),
        "c" => (sum(&point.samples), 0.0),
        _ => (sum(&point.samples), minimum(&point.samples)),
    }
}

/// Panics unless the points that were found are those that were expected.
pub(super) fn compare(mut expected: Vec<Point>, mut found: Vec<Seen>, settings: &Settings) {
    // Points of one series and second stay in their order.
    expected.sort_by(|left, right| (&left.key, left.timestamp).cmp(&(&right.key, right.timestamp)));
    found.sort_by(|left, right| (&left.key, left.timestamp).cmp(&(&right.key, right.timestamp)));
    let of_expected = expected.iter().map(|point| Some((&point.key, point.timestamp))).chain([None]);
    let of_found = found.iter().map(|seen| Some((&seen.key, seen.timestamp))).chain([None]);
    let differs = of_expected.zip(of_found).find(|(expected, found)| expected != found);
    assert!(differs.is_none(), "{} points, not {}, first {differs:?}", found.len(), expected.len());
    for (point, seen) in expected.iter().zip(&found) {
        assert_eq!(seen.interval, settings.bucket_secs);
        let fault = fault(&point.samples, &seen.value, settings);
        assert!(fault.is_none(), "{} is not {point:?} but {seen:?}", fault.unwrap_or_default());
    }
}

/// What is wrong with a point of these samples.
fn fault(samples: &[Sample], found: &Value, settings: &Settings) -> Option<&'static str> {
    let finished = settings.keep == Keep::Series;
    let near = |left: f64, right: f64| (left - right).abs() <= ROUNDING * sizes(samples) + f64::MIN_POSITIVE;
    match found {
        Value::Count(value) => (!near(*value, sum(samples))).then_some("the sum"),
        Value::Gauge(value) => (samples.last()?.value.to_bits() != value.to_bits()).then_some("the last value"),
        Value::Set(_) | Value::Histogram { .. } if !finished => Some("the kind of point"),
        Value::Samples { .. } | Value::Member if finished => Some("the kind of point"),
        Value::Member => None,
        Value::Samples { kept } => (!are_all(kept, samples, settings)).then_some("the samples"),
        Value::Set(found) => (!is_near_count(*found, members(samples), settings)).then_some("the number of members"),
        Value::Histogram { count, sum: found, min, aggregates } => {
            let exact = Exact::of(samples);
            let mut names = aggregates.iter().map(|(aggregate, _)| *aggregate);
            if *count != exact.count {
                Some("the count")
            } else if !near(*found, sum(samples)) || *min != minimum(samples) {
                Some("sum or minimum")
            } else if !settings.aggregates.iter().eq(names.by_ref()) {
                Some("the list of aggregates")
            } else {
                let bad = |(aggregate, value): &&(Aggregate, f64)| !exact.allows(*aggregate, *value, settings);
                aggregates.iter().find(bad).map(|_| "an aggregate")
            }
        }
        Value::Distribution { summary, bins } => {
            let exact = Exact::of(samples);
            let whole: f64 = samples.iter().map(|sample| sample.value * sample.weight.trunc()).sum();
            if (summary.count, summary.min, summary.max) != (exact.count, exact.min(), exact.max()) {
                Some("the summary")
            } else if !near(summary.sum, sum(samples)) || !near(summary.avg * exact.count as f64, whole) {
                Some("sum or average")
            } else {
                (!are_bins_of(bins, &exact, settings)).then_some("the bins")
            }
        }
    }
}

/// Whether these are the samples, no more than are kept one by one.
fn are_all(kept: &[(f64, f64)], samples: &[Sample], settings: &Settings) -> bool {
    let Keep::Samples { limit } = settings.keep else { return false };
    let in_order = |mut list: Vec<(f64, f64)>| {
        list.sort_by(|left, right| left.0.total_cmp(&right.0).then(left.1.total_cmp(&right.1)));
        list
    };
    let all = in_order(samples.iter().map(|sample| (sample.value, sample.weight)).collect());
    kept.len() <= limit as usize && in_order(kept.to_vec()) == all
}

fn sum(samples: &[Sample]) -> f64 {
    samples.iter().map(|sample| sample.value * sample.weight).sum()
}

/// The sum of the samples' sizes, to which rounding is relative.
fn sizes(samples: &[Sample]) -> f64 {
    samples.iter().map(|sample| (sample.value * sample.weight).abs()).sum()
}

fn minimum(samples: &[Sample]) -> f64 {
    samples.iter().map(|sample| sample.value).fold(f64::INFINITY, f64::min)
}

fn members(samples: &[Sample]) -> u64 {
    samples.iter().map(|sample| &sample.member).collect::<BTreeSet<_>>().len() as u64
}

/// Exact up to the setting, else within six standard errors, and always within 3.
fn is_near_count(found: u64, exact: u64, settings: &Settings) -> bool {
    let allowed = if exact <= u64::from(settings.set_exact_members) {
        0.0
    } else {
        3.0 + 6.0 * 1.04 / f64::from(1u32 << settings.set_precision).sqrt() * exact as f64
    };
    (found as f64 - exact as f64).abs() <= allowed
}

/// Whether these are the bins of the samples, of which the lowest ones may be one where they are too many.
fn are_bins_of(bins: &[Bin], exact: &Exact, settings: &Settings) -> bool {
    let expected = exact.bins();
    let found: Vec<(i16, u64)> = bins.iter().map(|bin| (bin.key, u64::from(bin.n))).collect();
    let limit = usize::from(settings.sketch_bins);
    if expected.len() <= limit {
        return found == expected;
    }
    let total = |bins: &[(i16, u64)]| bins.iter().map(|(_, n)| n).sum::<u64>();
    found.len() == limit && expected.ends_with(&found[1..]) && total(&found) == total(&expected)
}

/// The samples of a bucket in order of value, each with the whole part of its weight.
struct Exact {
    sorted: Vec<(f64, u64)>,
    count: u64,
    avg: f64,
    sum: f64,
    rounding: f64,
}

impl Exact {
    fn of(samples: &[Sample]) -> Self {
        let mut sorted: Vec<(f64, u64)> = samples.iter().map(|sample| (sample.value, sample.weight as u64)).collect();
        sorted.sort_by(|left, right| left.0.total_cmp(&right.0));
        let count = sorted.iter().map(|(_, weight)| weight).sum();
        let sum = sum(samples);
        Exact { sorted, count, avg: sum / count as f64, sum, rounding: ROUNDING * sizes(samples) + f64::MIN_POSITIVE }
    }

    fn min(&self) -> f64 {
        self.sorted.first().map_or(0.0, |(value, _)| *value)
    }

    fn max(&self) -> f64 {
        self.sorted.last().map_or(0.0, |(value, _)| *value)
    }

    /// The first value whose cumulative weight is more than `passed`.
    fn at(&self, passed: u64) -> f64 {
        let mut weights = 0;
        let found = self.sorted.iter().find(|(_, weight)| {
            weights += weight;
            weights > passed
        });
        found.map_or(self.max(), |(value, _)| *value)
    }

    fn bins(&self) -> Vec<(i16, u64)> {
        let mut bins = BTreeMap::new();
        for (value, weight) in &self.sorted {
            *bins.entry(mapping::key(*value)).or_insert(0) += weight;
        }
        bins.into_iter().collect()
    }

    /// Whether a histogram of these samples may say so.
    fn allows(&self, aggregate: Aggregate, found: f64, settings: &Settings) -> bool {
        let near = |exact: f64| (found - exact).abs() <= self.rounding;
        match aggregate {
            Aggregate::Max => found == self.max(),
            Aggregate::Min => found == self.min(),
            Aggregate::Avg => near(self.avg),
            Aggregate::Sum => near(self.sum),
            Aggregate::Count => found == self.count as f64,
            Aggregate::Median => self.allows_rank((self.count - 1) / 2, found, settings),
            Aggregate::Percentile(percent) => {
                let scaled = u64::from(percent) * self.count;
                self.allows_rank(scaled.saturating_sub(1) / 100, found, settings)
            }
        }
    }

    fn allows_rank(&self, passed: u64, found: f64, settings: &Settings) -> bool {
        if self.sorted.len() as u64 <= u64::from(settings.histogram_exact_samples) {
            return found == self.at(passed);
        }
        // The sketch counts ranks in another way, which makes a difference of up to two.
        let (low, high) = (self.at(passed.saturating_sub(2)), self.at(passed.saturating_add(2)));
        // Where the bins are too many the lowest ones are one, of which only the ends are known.
        let bins = self.bins();
        let collapsed = (bins.len() + 1).checked_sub(usize::from(settings.sketch_bins)).filter(|lowest| *lowest > 1);
        if collapsed.is_some_and(|lowest| bins.get(lowest).is_none_or(|(key, _)| mapping::key(low) < *key)) {
            return found >= self.min() && found <= self.max();
        }
        found >= low - QUANTILE * low.abs() - 1e-9 && found <= high + QUANTILE * high.abs() + 1e-9
    }
}
