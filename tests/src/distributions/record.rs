//! The record: a JSON object, `tests/bench/record/distributions.json`.

use std::path::PathBuf;

use serde_json::{Map, Value, json};

use super::fleet;
use super::received::Received;
use super::samples::{QUANTILES, exact, percent_off};
use crate::bare::root;

/// Clients by the ending of their files, and how the page calls them; ours for Rust comes first and has no files.
pub const CLIENTS: [(&str, &str); 10] = [
    ("basenji", "Basenji, by default"),
    ("basenji-python", "Basenji for Python, by default"),
    ("basenji-node", "Basenji for Node, by default"),
    ("datadogpy", "datadogpy, by default"),
    ("datadogpy-1024", "datadogpy, aggregated, at most 1,024 samples"),
    ("datadog-go", "datadog-go, by default"),
    ("datadog-go-extended", "datadog-go, extended aggregation"),
    ("datadog-go-1024", "datadog-go, extended, at most 1,024 samples"),
    ("hot-shots", "hot-shots, buffers of 1432 bytes"),
    ("cadence", "cadence, buffers of 1432 bytes"),
];

/// The names of [`QUANTILES`].
pub const NAMES: [&str; QUANTILES.len()] = ["p50", "p90", "p99", "p99.9", "max"];

/// Where the record is.
pub fn path() -> PathBuf {
    root().join("tests/bench/record/distributions.json")
}

/// What was measured of one client and size, over its runs.
pub fn client(client: &str, count: usize, mut runs: Vec<(Vec<f64>, Received)>) -> Value {
    let mut off = vec![Vec::new(); QUANTILES.len()];
    for (samples, received) in &mut runs {
        samples.sort_by(f64::total_cmp);
        for (at, quantile) in QUANTILES.into_iter().enumerate() {
            off[at].push(percent_off(received.sketch.quantile(quantile), exact(samples, quantile)));
        }
    }
    let mean = |what: fn(&Received) -> f64| {
        (runs.iter().map(|(_, received)| what(received)).sum::<f64>() / runs.len() as f64).round() as u64
    };
    let mut row = Map::new();
    row.insert("client".into(), client.into());
    row.insert("samples".into(), count.into());
    row.insert("runs".into(), runs.len().into());
    row.insert("count".into(), mean(|received| received.sketch.summary().count as f64).into());
    row.insert("bytes".into(), mean(|received| received.bytes as f64).into());
    row.insert("datagrams".into(), mean(|received| received.datagrams as f64).into());
    for (name, off) in NAMES.iter().zip(off) {
        let average = rounded(off.iter().sum::<f64>() / off.len() as f64);
        row.insert((*name).into(), json!([average, rounded(off.into_iter().fold(0.0, f64::max))]));
    }
    row.into()
}

/// What dashboards make of a fleet.
pub fn fleet() -> Vec<Value> {
    let row = |(way, off): fleet::Row| {
        let mut row = Map::from_iter([("way".to_owned(), Value::from(way))]);
        row.extend(NAMES.iter().zip(off).map(|(name, off)| ((*name).to_owned(), off.map(rounded).into())));
        row.into()
    };
    fleet::rows().into_iter().map(row).collect()
}

/// All of it as text, a row a line.
pub fn text(clients: &[Value], fleet: &[Value]) -> String {
    let rows = |rows: &[Value]| rows.iter().map(|row| format!("    {row}")).collect::<Vec<_>>().join(",\n");
    format!("{{\n  \"clients\": [\n{}\n  ],\n  \"fleet\": [\n{}\n  ]\n}}\n", rows(clients), rows(fleet))
}

/// With two decimals, which is more than differs between machines.
fn rounded(percent: f64) -> f64 {
    (percent * 100.0).round() / 100.0
}
