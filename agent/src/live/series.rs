//! Many series as a few lines: summed, or split by a tag key, with the sketches of distributions merged.

use basenji::core::sketch::{BIN_LIMIT, Sketch, mapping};
use basenji::core::wire::MetricKind;
use serde_json::{Map, Value, json};

use super::names::Context;
use super::store::{Slot, Store};
use crate::search::Search;

/// Rows of a heat map.
const ROWS: i32 = 48;

/// The most series that an answer lists.
const LISTED: usize = 200;

/// Quantiles of a band, by name.
const QUANTILES: [(&str, f64); 5] = [("p50", 0.5), ("p75", 0.75), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99)];

/// What is asked of one metric.
pub(super) struct Ask<'a> {
    pub(super) name: &'a str,
    pub(super) kind: &'a str,
    pub(super) query: Search,
    /// The tag key to split by.
    pub(super) by: Option<&'a str>,
    /// How many lines at most.
    pub(super) top: usize,
    /// How the gauges of a line become one value.
    pub(super) gauges: Gauges,
    /// Whether the largest are those with the most samples, not those with the largest values.
    pub(super) by_samples: bool,
    /// The latest bucket that is known already.
    pub(super) since: u64,
}

/// How several gauges become one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gauges {
    Average,
    Sum,
    Largest,
}

/// A number, or what JSON has instead.
pub(super) fn number(value: f64) -> Value {
    serde_json::to_value(crate::json::Number(value)).unwrap_or_default()
}

/// One line of a chart.
struct Line<'a> {
    label: &'a str,
    series: usize,
    /// What decides which lines are shown.
    size: Size,
}

/// How much there is of a series or of several.
#[derive(Debug, Default, Clone, Copy)]
struct Size {
    sum: f64,
    count: f64,
}

impl Size {
    fn add(&mut self, sum: f64, count: f64) {
        self.sum += sum;
        self.count += count;
    }

    /// By what the largest come first.
    fn weight(self, kind: MetricKind, by_samples: bool) -> f64 {
        match kind {
            _ if by_samples => self.count,
            MetricKind::Count | MetricKind::Set => self.sum.abs(),
            _ => self.sum / self.count.max(1.0),
        }
    }
}

/// What the buckets hold of one series.
#[derive(Debug, Default, Clone, Copy)]
struct Held {
    size: Size,
    /// The last whole bucket that it is in, and where there.
    place: usize,
    index: usize,
    /// What it is there, if it is a number.
    number: f64,
}

/// Everything about one metric.
pub(super) fn metric(store: &Store, ask: &Ask<'_>) -> Value {
    // Without a kind the first of this name counts.
    let first = || store.names.iter().find(|(_, context)| context.name == ask.name).map(|(_, context)| context.kind);
    let wanted = match ask.kind {
        "" => first(),
        name => MetricKind::ALL.into_iter().find(|kind| kind.name() == name),
    };
    let of_metric = |context: &Context| context.name == ask.name && Some(context.kind) == wanted;
    let chosen: Vec<(u32, &Context)> = store
        .names
        .iter()
        .filter(|(_, context)| of_metric(context) && ask.query.fits(&context.name, &context.tags))
        .collect();
    let kind_name = wanted.map_or(ask.kind, |kind| kind.name());
    let Some(kind) = wanted.filter(|_| !chosen.is_empty()) else {
        return json!({"name": ask.name, "kind": kind_name, "interval": store.interval, "filling": false, "times": [],
            "lines": [], "lines_total": 0, "heat": null, "keys": [], "series": [], "series_total": 0});
    };
    let held = held(store);
    let size = |id: u32| held.get(id as usize).copied().flatten().unwrap_or_default().size;
    let weight = |size: Size| size.weight(kind, ask.by_samples);
    let label = |context: &'_ Context| -> String {
        let value = ask.by.map(|key| context.value_of(key).map_or_else(|| "(none)".to_owned(), str::to_owned));
        value.unwrap_or_default()
    };
    let labels: Vec<String> = chosen.iter().map(|(_, context)| label(context)).collect();
    let mut lines: Vec<Line<'_>> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for (label, (id, _)) in labels.iter().zip(&chosen) {
        let place = *places.entry(label.as_str()).or_insert_with(|| {
            lines.push(Line { label, series: 0, size: Size::default() });
            lines.len() - 1
        });
        lines[place].series += 1;
        let Size { sum, count } = size(*id);
        lines[place].size.add(sum, count);
    }
    lines.sort_by(|one, other| weight(other.size).total_cmp(&weight(one.size)).then(one.label.cmp(other.label)));
    let lines_total = lines.len();
    lines.truncate(ask.top);
    let place: std::collections::HashMap<&str, usize> =
        lines.iter().enumerate().map(|(place, line)| (line.label, place)).collect();
    let mut line_of = vec![None; store.names.end()];
    for ((id, _), label) in chosen.iter().zip(&labels) {
        line_of[*id as usize] = place.get(label.as_str()).copied();
    }

    let slots: Vec<&Slot> = store.slots.iter().filter(|slot| slot.time > ask.since).collect();
    let times: Vec<u64> = slots.iter().map(|slot| slot.time).collect();
    let (values, heat) = match kind.has_samples() {
        true => sampled(&slots, &line_of, lines.len()),
        false => (plain(&slots, &line_of, lines.len(), kind, ask.gauges), Value::Null),
    };
    let lines: Vec<Value> = lines
        .iter()
        .zip(values)
        .map(|(line, mut values)| {
            values.insert("label".to_owned(), line.label.into());
            values.insert("series".to_owned(), line.series.into());
            Value::Object(values)
        })
        .collect();
    let mut listed: Vec<&(u32, &Context)> = chosen.iter().collect();
    listed.sort_by(|one, other| weight(size(other.0)).total_cmp(&weight(size(one.0))));
    let series: Vec<Value> = listed
        .iter()
        .take(LISTED)
        .map(|(id, context)| {
            let held = held.get(*id as usize).copied().flatten();
            json!({"tags": context.tags, "value": held.map_or(Value::Null, |held| last_value(store, *id, held))})
        })
        .collect();
    json!({
        "name": ask.name,
        "kind": kind_name,
        "interval": store.interval,
        "filling": store.is_filling,
        "times": times,
        "lines": lines,
        "lines_total": lines_total,
        "heat": heat,
        "keys": keys(&chosen),
        "series": series,
        "series_total": chosen.len(),
    })
}

/// What the buckets hold of each series, by its number.
fn held(store: &Store) -> Vec<Option<Held>> {
    let mut all: Vec<Option<Held>> = vec![None; store.names.end()];
    // The bucket that is filling is the last one only of what is in no other.
    let whole = store.slots.len() - usize::from(store.is_filling);
    for place in (whole..store.slots.len()).chain(0..whole) {
        let mut take = |id: u32, index, sum: f64, count: f64, number: Option<f64>| {
            let Some(one) = all.get_mut(id as usize) else { return };
            let before = one.filter(|one| one.place == place);
            let held = one.get_or_insert_default();
            held.size.add(sum, count);
            (held.place, held.index) = (place, index);
            // Several points of one bucket: parts of a count.
            held.number = number.unwrap_or_else(|| sum + before.map_or(0.0, |before| before.number));
        };
        let slot = &store.slots[place];
        for (index, (id, value)) in slot.numbers.iter().enumerate() {
            let is_count = store.names.kind(*id) == Some(MetricKind::Count);
            take(*id, index, *value, 1.0, Some(*value).filter(|_| !is_count));
        }
        for (index, samples) in slot.samples.iter().enumerate() {
            let summary = &samples.summary;
            take(samples.id, index, summary.sum, summary.count as f64, Some(summary.avg));
        }
    }
    all
}

/// The last value of one series, in figures.
fn last_value(store: &Store, id: u32, held: Held) -> Value {
    let slot = &store.slots[held.place];
    let Some(samples) = slot.samples.get(held.index).filter(|samples| samples.id == id) else {
        return number(held.number);
    };
    let mut value = json!({"count": samples.summary.count, "avg": number(samples.summary.avg),
        "min": number(samples.summary.min), "max": number(samples.summary.max)});
    if samples.has_bins() {
        let sketch = slot.sketch(samples);
        value["p50"] = number(sketch.quantile(0.5));
        value["p99"] = number(sketch.quantile(0.99));
    }
    value
}

/// Counts, gauges and sets.
fn plain(
    slots: &[&Slot],
    line_of: &[Option<usize>],
    lines: usize,
    kind: MetricKind,
    gauges: Gauges,
) -> Vec<Map<String, Value>> {
    let mut values = vec![Vec::with_capacity(slots.len()); lines];
    for slot in slots {
        let mut sums: Vec<Option<(f64, f64, f64)>> = vec![None; lines];
        for (id, value) in &slot.numbers {
            let Some(Some(line)) = line_of.get(*id as usize) else { continue };
            let (sum, count, largest) = sums[*line].get_or_insert((0.0, 0.0, f64::NEG_INFINITY));
            *sum += value;
            *count += 1.0;
            *largest = largest.max(*value);
        }
        for (values, sum) in values.iter_mut().zip(sums) {
            values.push(sum.map_or(Value::Null, |(sum, count, largest)| {
                number(match (kind, gauges) {
                    (MetricKind::Gauge, Gauges::Average) => sum / count,
                    (MetricKind::Gauge, Gauges::Largest) => largest,
                    _ => sum,
                })
            }));
        }
    }
    values.into_iter().map(|values| Map::from_iter([("values".to_owned(), Value::Array(values))])).collect()
}

/// Distributions, histograms and timings: figures of the merged samples of each line, and a heat map of all of them.
fn sampled(slots: &[&Slot], line_of: &[Option<usize>], lines: usize) -> (Vec<Map<String, Value>>, Value) {
    let mut names = vec!["count", "min", "max", "avg", "sum"];
    names.extend(QUANTILES.map(|(name, _)| name));
    let mut columns: Vec<Vec<Vec<Value>>> = vec![vec![Vec::with_capacity(slots.len()); names.len()]; lines];
    let mut merged: Vec<Sketch<Vec<u64>>> = (0..lines).map(|_| Sketch::new(vec![0; BIN_LIMIT])).collect();
    let mut bins: Vec<Vec<(i16, u64)>> = Vec::with_capacity(slots.len());
    for slot in slots {
        merged.iter_mut().for_each(Sketch::clear);
        for samples in &slot.samples {
            if let Some(Some(line)) = line_of.get(samples.id as usize) {
                merged[*line].merge(&slot.sketch(samples));
            }
        }
        let mut heat = Vec::new();
        for (sketch, columns) in merged.iter().zip(&mut columns) {
            let summary = sketch.summary();
            if sketch.is_empty() {
                columns.iter_mut().for_each(|column| column.push(Value::Null));
                continue;
            }
            let figures = [summary.min, summary.max, summary.avg, summary.sum].map(number);
            // Samples of a histogram from before a look have no bins, and so no quantiles.
            let has_bins = !sketch.store().is_empty();
            let quantile = |(_, q): &(&str, f64)| if has_bins { number(sketch.quantile(*q)) } else { Value::Null };
            let quantiles = QUANTILES.iter().map(quantile);
            let all = std::iter::once(Value::from(summary.count)).chain(figures).chain(quantiles);
            columns.iter_mut().zip(all).for_each(|(column, value)| column.push(value));
            heat.extend(sketch.bins().map(|bin| (bin.key, u64::from(bin.n))));
        }
        bins.push(heat);
    }
    let lines = columns.into_iter().map(|columns| {
        names.iter().zip(columns).map(|(name, column)| ((*name).to_owned(), Value::Array(column))).collect()
    });
    (lines.collect(), heat_map(&bins))
}

/// Cells of time and value: the edges of the rows, and of each cell its column, row and count.
fn heat_map(bins: &[Vec<(i16, u64)>]) -> Value {
    let keys = || bins.iter().flatten().map(|(key, _)| i32::from(*key)).filter(|key| key.abs() < 32767);
    let (Some(least), Some(most)) = (keys().min(), keys().max()) else { return Value::Null };
    let rows = (most - least + 1).min(ROWS);
    let row_of = |key: i16| ((i32::from(key).clamp(least, most) - least) * rows / (most - least + 1)).min(rows - 1);
    let edge = |row: i32| {
        let key = least + (row * (most - least + 1) + rows - 1) / rows;
        number(mapping::value(i16::try_from(key).unwrap_or(i16::MAX)))
    };
    let edges: Vec<Value> = (0..=rows).map(edge).collect();
    let mut cells = Vec::new();
    for (column, bins) in bins.iter().enumerate() {
        let mut counts = vec![0_u64; usize::try_from(rows).unwrap_or_default()];
        for (key, n) in bins {
            counts[usize::try_from(row_of(*key)).unwrap_or_default()] += n;
        }
        let filled = counts.iter().enumerate().filter(|(_, count)| **count > 0);
        cells.extend(filled.map(|(row, count)| json!([column, row, count])));
    }
    json!({"edges": edges, "cells": cells})
}

/// The tag keys of these series, those with the most values first.
fn keys(chosen: &[(u32, &Context)]) -> Value {
    let mut values: std::collections::HashMap<&str, std::collections::HashSet<&str>> = Default::default();
    for tag in chosen.iter().flat_map(|(_, context)| &context.tags) {
        let (key, value) = tag.split_once(':').unwrap_or((tag, ""));
        values.entry(key).or_default().insert(value);
    }
    let mut keys: Vec<_> = values.into_iter().map(|(key, values)| (values.len(), key)).collect();
    keys.sort_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(other.1)));
    keys.into_iter().map(|(values, key)| json!({"key": key, "values": values})).collect()
}
