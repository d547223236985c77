//! What the table remembers: the last buckets of each series.
//!
//! Memory is bounded: at most [`Rows::MOST`] series, each with [`Rows::BUCKETS`] figures. A series that has shown
//! nothing for that many buckets is forgotten.

use std::collections::{BTreeMap, VecDeque};

use basenji::core::aggregate::Aggregate;
use basenji::core::wire::MetricKind;
use basenji::server::{Point, Series};

use super::number::short;
use super::text::printable;
use crate::json::Lossy;

/// What a series is known by, in the order of the table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) name: String,
    pub(super) tags: Vec<String>,
    pub(super) kind: MetricKind,
}

impl Key {
    fn of(series: &Series<'_>) -> Self {
        let mut tags = Vec::new();
        if !series.host.is_empty() {
            tags.push(format!("host:{}", Lossy(series.host)));
        }
        tags.extend(series.tags.iter().map(|tag| Lossy(tag).to_string()));
        let origin = series.origin;
        for (key, text) in [("c:", origin.local_data), ("e:", origin.external_data), ("card:", origin.cardinality)] {
            tags.extend(text.map(|text| format!("|{key}{}", Lossy(text))));
        }
        Key { name: printable(Lossy(series.name)), tags: tags.iter().map(printable).collect(), kind: series.kind }
    }
}

/// One series.
#[derive(Debug)]
pub(super) struct Row {
    /// The last value in words.
    pub(super) value: String,
    /// One figure a bucket, the youngest last.
    figures: VecDeque<Option<f64>>,
    /// Flushes since the last value.
    pub(super) silent_for: usize,
    timestamp: u64,
}

impl Row {
    /// The last figure.
    pub(super) fn last(&self) -> f64 {
        self.figures.iter().flatten().next_back().copied().unwrap_or_default()
    }

    /// In how many of the last buckets the figure was another one than before.
    pub(super) fn changes(&self) -> usize {
        let known = self.figures.iter().flatten();
        1 + known.clone().zip(known.skip(1)).filter(|(before, after)| before != after).count()
    }

    /// The figures of the last `count` buckets, up to now.
    pub(super) fn last_figures(&self, count: usize) -> impl Iterator<Item = Option<f64>> + Clone {
        let silent = std::iter::repeat_n(None, self.silent_for);
        let length = self.figures.len() + self.silent_for;
        let missing = std::iter::repeat_n(None, count.saturating_sub(length));
        missing.chain(self.figures.iter().copied()).chain(silent).skip(length.saturating_sub(count))
    }
}

/// The series of the last buckets.
#[derive(Debug, Default)]
pub(super) struct Rows {
    rows: BTreeMap<Key, Row>,
    left_out: usize,
}

impl Rows {
    /// The most buckets that a sparkline shows.
    pub(super) const BUCKETS: usize = 16;

    /// The most series that are remembered.
    const MOST: usize = 2000;

    /// Begins a new flush.
    pub(super) fn begin_flush(&mut self) {
        self.left_out = 0;
        for row in self.rows.values_mut() {
            row.silent_for += 1;
        }
        self.rows.retain(|_, row| row.silent_for <= Self::BUCKETS);
    }

    /// Takes in one point.
    pub(super) fn push(&mut self, series: &Series<'_>) {
        let key = Key::of(series);
        if self.rows.len() >= Self::MOST && !self.rows.contains_key(&key) {
            self.left_out += 1;
            return;
        }
        let row = self.rows.entry(key).or_insert_with(|| Row {
            value: String::new(),
            figures: VecDeque::new(),
            silent_for: 0,
            timestamp: series.timestamp,
        });
        let interval = u64::from(series.interval.max(1));
        // A timestamped point may lie anywhere; only a step ahead leaves a gap.
        let gap = (series.timestamp.saturating_sub(row.timestamp) / interval).saturating_sub(1);
        let gap = usize::try_from(gap).unwrap_or(Self::BUCKETS).min(Self::BUCKETS);
        row.figures.extend(std::iter::repeat_n(None, gap));
        row.figures.push_back(Some(figure(&series.point)));
        row.figures.drain(..row.figures.len().saturating_sub(Self::BUCKETS));
        row.timestamp = series.timestamp;
        row.silent_for = 0;
        row.value = in_words(&series.point);
    }

    /// The series in the order of their names.
    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = (&Key, &Row)> {
        self.rows.iter()
    }

    /// Points of this flush whose series there was no room for.
    pub(super) fn left_out(&self) -> usize {
        self.left_out
    }
}

/// The value, or of many samples their mean.
fn figure(point: &Point<'_>) -> f64 {
    match point {
        Point::Count(value) | Point::Gauge(value) => *value,
        Point::Set(members) => *members as f64,
        Point::Histogram(histogram) => histogram.summary.avg,
        Point::Distribution(sketch) => sketch.summary().avg,
    }
}

fn in_words(point: &Point<'_>) -> String {
    let list = |numbers: &mut dyn Iterator<Item = (String, f64)>| {
        let numbers: Vec<_> = numbers.map(|(name, number)| format!("{name} {}", short(number))).collect();
        numbers.join("  ")
    };
    match point {
        Point::Count(value) | Point::Gauge(value) => short(*value),
        Point::Set(members) => short(*members as f64),
        Point::Histogram(histogram) => {
            list(&mut histogram.aggregates.iter().map(|(aggregate, value)| (abbreviated(*aggregate), *value)))
        }
        Point::Distribution(sketch) => {
            let quantiles = [("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("max", 1.0)];
            let quantiles = quantiles.iter().map(|(name, q)| (name.to_string(), sketch.quantile(*q)));
            let count = (abbreviated(Aggregate::Count), sketch.summary().count as f64);
            list(&mut [count].into_iter().chain(quantiles))
        }
    }
}

/// A name that leaves room for numbers.
fn abbreviated(aggregate: Aggregate) -> String {
    match aggregate {
        Aggregate::Count => "n".to_owned(),
        Aggregate::Median => "med".to_owned(),
        Aggregate::Percentile(percent) => format!("p{percent}"),
        other => other.to_string(),
    }
}
