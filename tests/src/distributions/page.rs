//! The tables of the page, each between two lines that name it.

use std::path::PathBuf;

use serde_json::Value;

use super::record::{CLIENTS, NAMES};
use super::samples::RUNS;
use crate::bare::root;

/// Where the page is.
pub fn path() -> PathBuf {
    root().join("docs/distributions.md")
}

/// The page with the tables of this record.
///
/// # Panics
///
/// The page has no place for a table.
pub fn with_tables(page: &str, record: &Value) -> String {
    let tables = [("clients", clients(record)), ("fleet", fleet(record))];
    tables.into_iter().fold(page.to_owned(), |page, (name, table)| {
        let (begin, end) = (format!("<!-- begin {name} -->\n"), format!("<!-- end {name} -->"));
        let (before, rest) = page.split_once(&begin).unwrap_or_else(|| panic!("the page has no {begin:?}"));
        let (_, after) = rest.split_once(&end).unwrap_or_else(|| panic!("the page has no {end:?}"));
        format!("{before}{begin}{table}{end}{after}")
    })
}

fn clients(record: &Value) -> String {
    let mut text = String::new();
    for (count, runs) in RUNS {
        text += &format!("\n{} samples, {runs} runs:\n\n", grouped(count as f64));
        text += "| client | p50 | p90 | p99 | p99.9 | max | count | bytes | datagrams |\n| --- |";
        text += &" ---: |".repeat(8);
        text += "\n";
        let rows = record["clients"].as_array().expect("the record has clients");
        for row in rows.iter().filter(|row| row["samples"] == count) {
            text += &format!("| {} |", title(row));
            for name in NAMES {
                text += &format!(" {} |", worst(&row[name]));
            }
            for name in ["count", "bytes", "datagrams"] {
                text += &format!(" {} |", grouped(row[name].as_f64().unwrap_or_default()));
            }
            text += "\n";
        }
    }
    text + "\n"
}

fn fleet(record: &Value) -> String {
    let mut text = String::from("\n| what the dashboard shows | p50 | p90 | p99 | p99.9 | max |\n| --- |");
    text += &" ---: |".repeat(NAMES.len());
    for row in record["fleet"].as_array().expect("the record has a fleet") {
        text += &format!("\n| {} |", row["way"].as_str().unwrap_or_default());
        for name in NAMES {
            text += &row[name].as_f64().map_or_else(|| " not known |".into(), |off| format!(" {} |", percent(off)));
        }
    }
    text + "\n\n"
}

/// How the client of a row is called.
pub fn title(row: &Value) -> &'static str {
    CLIENTS.iter().find(|(name, _)| row["client"] == *name).map_or("a client without a name", |(_, title)| title)
}

/// The average of runs, and the worst where it differs.
fn worst(pair: &Value) -> String {
    let [average, worst] = [0, 1].map(|at| percent(pair[at].as_f64().unwrap_or_default()));
    if average == worst { average } else { format!("{average} ({worst})") }
}

/// A percentage as it is shown.
pub fn percent(percent: f64) -> String {
    match percent {
        0.0 => "0 %".into(),
        ..10.0 => format!("{percent:.2} %"),
        _ => format!("{percent:.0} %"),
    }
}

/// A number with commas.
pub fn grouped(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
