//! The lists of the page: all metrics with their last values, and the names with the most series.

use std::collections::{HashMap, HashSet};

use basenji::core::wire::MetricKind;
use serde_json::{Value, json};

use super::names::Context;
use super::series::number;
use super::store::{Said, Slot, Store};
use crate::search::Search;

/// Buckets of a sparkline.
const SPARK: usize = 30;

/// The most bytes of text of what was received in one answer.
const MOST_TEXT: usize = 256 << 10;

/// Seconds for which a series counts as new.
const NEW: u64 = 120;

/// By what metrics are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    Name,
    Rate,
    Series,
    Change,
}

impl Sort {
    pub(super) fn parse(word: &str) -> Option<Sort> {
        match word {
            "name" => Some(Sort::Name),
            "rate" => Some(Sort::Rate),
            "series" => Some(Sort::Series),
            "change" => Some(Sort::Change),
            _ => None,
        }
    }
}

/// One metric: the sums over its series.
struct Row<'a> {
    name: &'a str,
    kind: MetricKind,
    series: usize,
    /// The bucket of its last point.
    last: u64,
    /// The bucket in which its value changed last.
    changed: u64,
    /// Values, or numbers of samples, of the last buckets, and how many series each is of.
    spark: Vec<Option<(f64, u32)>>,
}

/// The first `limit` of these, or fewer if their texts are very long.
fn within<T>(items: impl Iterator<Item = T>, limit: usize, text: impl Fn(&T) -> usize) -> impl Iterator<Item = T> {
    items.take(limit).scan(MOST_TEXT, move |left, item| {
        *left = left.checked_sub(text(&item))?;
        Some(item)
    })
}

/// What was asked for: the metrics that fit, up to `limit` of them.
pub(super) fn metrics(store: &Store, query: &Search, sort: Sort, limit: usize) -> Value {
    let mut rows: Vec<Row<'_>> = Vec::new();
    let mut places: HashMap<(&str, MetricKind), usize> = HashMap::new();
    let mut row_of: Vec<Option<usize>> = vec![None; store.names.end()];
    for (id, context) in store.names.iter().filter(|(_, context)| query.fits(&context.name, &context.tags)) {
        let place = *places.entry((&context.name, context.kind)).or_insert_with(|| {
            let (name, kind) = (&context.name, context.kind);
            rows.push(Row { name, kind, series: 0, last: 0, changed: 0, spark: Vec::new() });
            rows.len() - 1
        });
        rows[place].series += 1;
        row_of[id as usize] = Some(place);
    }
    let shown = store.slots.len().min(SPARK);
    let first = store.slots.len() - shown;
    rows.iter_mut().for_each(|row| row.spark = vec![None; shown]);
    for (place, slot) in store.slots.iter().enumerate() {
        let mut take = |id: u32, value: f64| {
            let Some(Some(row)) = row_of.get(id as usize) else { return };
            let row = &mut rows[*row];
            row.last = slot.time;
            if let Some(place) = place.checked_sub(first) {
                let (sum, series) = row.spark[place].get_or_insert((0.0, 0));
                *sum += value;
                *series += 1;
            }
        };
        slot.numbers.iter().for_each(|(id, value)| take(*id, *value));
        slot.samples.iter().for_each(|samples| take(samples.id, samples.summary.count as f64));
    }
    for row in &mut rows {
        if row.kind == MetricKind::Gauge {
            row.spark.iter_mut().flatten().for_each(|(sum, series)| *sum /= f64::from(*series));
        }
        let times = store.slots.iter().skip(first).map(|slot| slot.time);
        let mut before = None;
        for (value, time) in row.spark.iter().zip(times) {
            let value = value.map(|(value, _)| value);
            if value != before && value.is_some() {
                row.changed = time;
            }
            before = value;
        }
    }
    let complete = shown - usize::from(store.is_filling && shown > 1);
    let value = |row: &Row<'_>| {
        let whole = &row.spark[..complete];
        // What has not been said again still is what it was.
        let is_kept = matches!(row.kind, MetricKind::Gauge | MetricKind::Set);
        let found = if is_kept { whole.iter().rev().find_map(|value| *value) } else { whole.last().copied().flatten() };
        found.map(|(value, _)| value)
    };
    let by_name = |one: &Row<'_>, other: &Row<'_>| one.name.cmp(other.name).then(one.kind.cmp(&other.kind));
    // The daemon's own counters come last.
    let is_own = |row: &Row<'_>| row.name.starts_with("basenji.");
    let order = |one: &Row<'_>, other: &Row<'_>| match sort {
        Sort::Name => by_name(one, other),
        Sort::Rate => {
            let rate = |row: &Row<'_>| value(row).filter(|_| row.kind != MetricKind::Gauge).unwrap_or(-1.0);
            rate(other).total_cmp(&rate(one)).then_with(|| by_name(one, other))
        }
        Sort::Series => other.series.cmp(&one.series).then_with(|| by_name(one, other)),
        Sort::Change => other.changed.cmp(&one.changed).then_with(|| by_name(one, other)),
    };
    rows.sort_by(|one, other| is_own(one).cmp(&is_own(other)).then_with(|| order(one, other)));
    let total = rows.len();
    let listed: Vec<Value> = within(rows.iter(), limit, |row| row.name.len())
        .map(|row| {
            let spark: Vec<Value> =
                row.spark.iter().map(|value| value.map_or(Value::Null, |(value, _)| number(value))).collect();
            json!({"name": row.name, "kind": row.kind.name(), "series": row.series, "last": row.last,
                "value": value(row).map(number), "spark": spark})
        })
        .collect();
    json!({"metrics": listed, "total": total, "series": store.names.len(), "interval": store.interval,
        "filling": store.is_filling})
}

/// What has the most series, and what has grown.
pub(super) fn cardinality(store: &Store, limit: usize) -> Value {
    let now = store.slots.back().map_or(0, |slot| slot.time);
    let first = store.slots.front().map_or(0, |slot| slot.time);
    // What came with the first bucket that is kept may be of any age.
    let is_new = |context: &Context| context.since + NEW > now && context.since > first;
    let mut names: HashMap<&str, (usize, usize)> = HashMap::new();
    let mut keys: HashMap<&str, (HashSet<&str>, HashSet<&str>, usize)> = HashMap::new();
    for (_, context) in store.names.iter() {
        let (series, new) = names.entry(&context.name).or_default();
        *series += 1;
        *new += usize::from(is_new(context));
        for tag in &context.tags {
            let (key, value) = tag.split_once(':').unwrap_or((tag, ""));
            let (values, new, series) = keys.entry(key).or_default();
            *series += 1;
            values.insert(value);
            if is_new(context) {
                new.insert(value);
            }
        }
    }
    let mut names: Vec<_> = names.into_iter().collect();
    names.sort_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(other.0)));
    let mut keys: Vec<_> =
        keys.into_iter().map(|(key, (values, new, series))| (key, values.len(), new.len(), series)).collect();
    keys.sort_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(other.0)));
    let names: Vec<Value> = within(names.iter(), limit, |(name, _)| name.len())
        .map(|(name, (series, new))| json!({"name": name, "series": series, "new": new}))
        .collect();
    let keys: Vec<Value> = within(keys.iter(), limit, |(key, ..)| key.len())
        .map(|(key, values, new, series)| json!({"key": key, "values": values, "new": new, "series": series}))
        .collect();
    json!({"series": store.names.len(), "names": names, "keys": keys, "new_seconds": NEW})
}

/// Events and service checks after `since`, the youngest last, up to `limit`.
pub(super) fn said(store: &Store, since: u64, limit: usize) -> Value {
    let mut said: Vec<&Said> = store.slots.iter().flat_map(|slot: &Slot| &slot.said).collect();
    said.retain(|one| one.at > since);
    said.sort_by_key(|one| one.at);
    let total = said.len();
    let mut said: Vec<&Value> = within(said.into_iter().rev(), limit, |one| one.bytes).map(|one| &one.value).collect();
    said.reverse();
    json!({"said": said, "left_out": total - said.len()})
}
