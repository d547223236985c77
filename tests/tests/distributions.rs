//! `docs/distributions.md` shows what was measured, and what was measured of ours is so still.

use std::fs;

use basenji_tests::bare::root;
use basenji_tests::distributions::samples::{RUNS, of_run};
use basenji_tests::distributions::{page, picture, received, record};
use serde_json::Value;

fn recorded() -> Value {
    serde_json::from_str(&fs::read_to_string(record::path()).unwrap()).unwrap()
}

/// Runs on this machine and the one of the record may round differently in the last place.
fn is_near(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_near(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(key, one)| other.get(key).is_some_and(|other| is_near(one, other)))
        }
        (Value::Number(one), Value::Number(other)) => {
            let (one, other) = (one.as_f64().unwrap(), other.as_f64().unwrap());
            (one - other).abs() <= 0.011_f64.max(0.001 * other)
        }
        _ => one == other,
    }
}

#[test]
fn the_tables_and_pictures_are_those_of_the_record() {
    let record = recorded();
    let shown = fs::read_to_string(page::path()).unwrap();
    assert!(shown == page::with_tables(&shown, &record), "run `cargo xtask distributions`");
    for (path, picture) in picture::all(&record) {
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(fs::read_to_string(&path).unwrap() == picture, "{name} is another: run `cargo xtask distributions`");
        assert!(shown.contains(&format!("src=\"pictures/{name}\"")), "the page does not show {name}");
    }
}

#[test]
fn our_own_rows_are_what_our_client_and_sketch_do() {
    let record = recorded();
    // A million takes too long without optimisation.
    for (count, runs) in RUNS.into_iter().take(2) {
        let of_seed = |seed| {
            let samples = of_run(count, seed);
            let received = received::from_ours(&samples);
            (samples, received)
        };
        let now = record::client("basenji", count, (1..=runs).map(of_seed).collect());
        let rows = record["clients"].as_array().unwrap();
        let then = rows.iter().find(|row| row["client"] == "basenji" && row["samples"] == count).unwrap();
        assert!(is_near(&now, then), "run `cargo xtask distributions`:\n{now}\n{then}");
    }
}

#[test]
fn what_dashboards_make_of_a_fleet_is_worked_out_as_recorded() {
    let now = Value::Array(record::fleet());
    assert!(is_near(&now, &recorded()["fleet"]), "run `cargo xtask distributions`:\n{now:#}");
}

#[test]
fn ours_keeps_every_sample_and_is_off_by_no_more_than_a_sketch_of_all_of_them() {
    let record = recorded();
    let rows = record["clients"].as_array().unwrap();
    for (count, _) in RUNS {
        let row = |client| rows.iter().find(|row| row["client"] == client && row["samples"] == count);
        let ours = row("basenji").unwrap();
        assert_eq!(ours["count"], count, "{ours}");
        assert_eq!(ours["max"][1], 0.0, "{ours}");
        for name in &record::NAMES[..4] {
            assert!(ours[*name][1].as_f64().unwrap() < 1.2, "{ours}");
            for same in ["basenji-python", "basenji-node"].into_iter().filter_map(row) {
                assert_eq!((&ours[*name], &ours["count"]), (&same[*name], &same["count"]), "{name}: {same}");
            }
            // It sends each sample.
            if let Some(all) = row("datadog-go") {
                assert_eq!(ours[*name], all[*name], "{name}: {ours}");
            }
        }
    }
}

#[test]
fn the_page_names_the_versions_that_are_asked() {
    let read = |file: &str| fs::read_to_string(root().join(file)).unwrap();
    let shown = read("docs/distributions.md");
    for (name, file, before) in [
        ("datadogpy", "tests/bench/distributions/requirements.txt", "datadog=="),
        ("datadog-go", "tests/bench/distributions/go.mod", "datadog-go/v5 v"),
        ("hot-shots", "xtask/src/node.rs", "hot-shots@"),
        ("cadence", "tests/bench/peers/Cargo.toml", "cadence = \""),
    ] {
        let text = read(file);
        let (_, rest) = text.split_once(before).unwrap();
        let version = rest.split(|byte: char| !byte.is_ascii_digit() && byte != '.').next().unwrap();
        assert!(shown.contains(&format!("{name} {version}")), "{name} {version}");
    }
}
