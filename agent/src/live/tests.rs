//! The history: what is kept, what is given up, and what lines of many series come to.

use basenji::core::Time;
use basenji::core::aggregate::{Aggregator, Settings, Source};
use basenji::core::wire::Metric;
use basenji::server::{Bucket, Growing, Memory};

use super::list::{Sort, cardinality, metrics};
use super::series::{Ask, Gauges, metric};
use super::store::Store;
use crate::search::Search;

/// A bucket that ends at `end` and holds these lines.
fn bucket(end: u64, lines: &[String]) -> Bucket {
    let mut aggregator = Aggregator::new(Growing::new(Memory::default()), Settings::default());
    for line in lines {
        let parsed = Metric::parse(line.as_bytes()).expect("a metric");
        aggregator.record(&parsed, &Source::default(), Time::from_secs(end - 10)).expect("there is room");
    }
    let mut bucket = Bucket::at(Time::from_secs(end));
    bucket.extend(aggregator.flush_all(Time::from_secs(end)));
    bucket
}

fn lines(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|line| (*line).to_owned()).collect()
}

fn ask<'a>(name: &'a str, kind: &'a str, by: Option<&'a str>) -> Ask<'a> {
    Ask { name, kind, query: Search::default(), by, top: 8, gauges: Gauges::Average, by_samples: false, since: 0 }
}

#[test]
fn lines_are_sums_and_merged_sketches_over_the_chosen_tags() {
    let mut store = Store::new(1 << 20, 10);
    for end in [1010, 1020] {
        let samples: Vec<String> = (1..=100).map(|ms| format!("t:{ms}|d|#route:/a")).collect();
        let slow: Vec<String> = (901..=1000).map(|ms| format!("t:{ms}|d|#route:/b")).collect();
        let rest = lines(&["c:2|c|#env:x", "c:3|c|#env:y", "g:1|g|#h:1", "g:3|g|#h:2"]);
        store.push(&bucket(end, &[samples, slow, rest].concat()));
    }
    let all = metric(&store, &ask("t", "distribution", None));
    assert_eq!(all["times"], serde_json::json!([1000, 1010]));
    assert_eq!((all["lines"][0]["count"][1].as_u64(), all["series_total"].as_u64()), (Some(200), Some(2)));
    let p75 = all["lines"][0]["p75"][0].as_f64().expect("a number");
    assert!((p75 / 950.0 - 1.0).abs() < 0.03, "{p75}");
    let cells = all["heat"]["cells"].as_array().expect("cells");
    let counted: u64 = cells.iter().filter(|cell| cell[0] == 0).filter_map(|cell| cell[2].as_u64()).sum();
    assert_eq!(counted, 200);

    let split = metric(&store, &ask("t", "distribution", Some("route")));
    let labels: Vec<_> = split["lines"].as_array().expect("lines").iter().map(|line| &line["label"]).collect();
    assert_eq!(labels, ["/b", "/a"]);
    assert!(split["lines"][0]["p50"][0].as_f64() > Some(900.0) && split["lines"][1]["p99"][0].as_f64() < Some(103.0));

    assert_eq!(metric(&store, &ask("c", "count", None))["lines"][0]["values"], serde_json::json!([5.0, 5.0]));
    assert_eq!(metric(&store, &ask("g", "gauge", None))["lines"][0]["values"], serde_json::json!([2.0, 2.0]));
    let one = Ask { query: Search::parse("env:y"), ..ask("c", "count", None) };
    assert_eq!(metric(&store, &one)["lines"][0]["values"], serde_json::json!([3.0, 3.0]));
    assert_eq!(metric(&store, &ask("nobody", "count", None))["series_total"], 0);
}

#[test]
fn the_oldest_buckets_go_when_the_budget_is_spent_and_their_series_with_them() {
    let mut store = Store::new(300_000, 10);
    for round in 0..50_u64 {
        let many: Vec<String> = (0..100).map(|n| format!("m{round}:1|c|#n:{n}")).collect();
        store.push(&bucket(1010 + round * 10, &many));
        assert!(store.bytes() <= 300_000);
    }
    assert!(store.slots.len() > 3 && store.slots.len() < 50, "{}", store.slots.len());
    assert_eq!(store.names.len(), store.slots.len() * 100);
    assert_eq!(store.slots.back().map(|slot| slot.time), Some(1490));
}

#[test]
fn a_bucket_that_is_larger_than_the_budget_is_shown_in_part() {
    for text in [8, 7000] {
        let mut store = Store::new(1 << 20, 10);
        store.push(&bucket(1010, &lines(&["before:1|c"])));
        let many: Vec<String> = (0..20_000).map(|n| format!("m:1|c|#n:{n:0text$}")).collect();
        store.push(&bucket(1020, &many[..if text == 8 { 20_000 } else { 400 }]));
        assert!(store.bytes() <= 1 << 20, "{} bytes with texts of {text}", store.bytes());
        let (shown, left_out) = (store.names.len() as u64, store.left_out);
        assert!(shown > 40 && left_out > 100, "{shown} and {left_out}");
        assert_eq!(store.slots.back().map(|slot| slot.time), Some(1010));
        // Room comes back with the next buckets.
        store.push(&bucket(1030, &lines(&["after:1|c"])));
        assert_eq!(metric(&store, &ask("after", "", None))["series_total"], 1);
        for end in 2..200 {
            store.push(&bucket(1010 + end * 10, &lines(&["after:1|c"])));
        }
        assert_eq!((store.names.len(), store.left_out), (1, left_out));
        assert!(store.bytes() < 100_000, "{} bytes", store.bytes());
    }
}

#[test]
fn the_slowest_come_first_whoever_comes_most_and_each_series_has_its_last_value() {
    let mut store = Store::new(1 << 20, 10);
    let busy: Vec<String> = (0..50).map(|_| "t:5|d|#route:/busy".to_owned()).collect();
    store.push(&bucket(1010, &[busy, lines(&["t:900|d|#route:/slow", "g:7|g|#a:1", "g:1|g|#a:2"])].concat()));
    store.push(&bucket(1020, &lines(&["t:6|d|#route:/busy", "g:2|g|#a:2"])));
    let first = |ask: &Ask<'_>| {
        let found = metric(&store, ask);
        (found["lines"][0]["label"].clone(), found["series"][0].clone())
    };
    let by_route = Ask { top: 1, ..ask("t", "distribution", Some("route")) };
    let (label, series) = first(&by_route);
    assert_eq!((label, &series["value"]["max"], &series["value"]["count"]), ("/slow".into(), &900.0.into(), &1.into()));
    let (label, series) = first(&Ask { by_samples: true, ..by_route });
    assert_eq!((label, &series["value"]["max"], &series["value"]["count"]), ("/busy".into(), &6.0.into(), &1.into()));
    assert_eq!(first(&ask("g", "", Some("a"))).1, serde_json::json!({"tags": ["a:1"], "value": 7.0}));
    assert_eq!(metric(&store, &ask("g", "", None))["kind"], "gauge");
    let list = metrics(&store, &Search::default(), Sort::Name, 10);
    assert_eq!(list["metrics"][0]["value"], 2.0);
    // Of what is filling only what is nowhere else is the last value.
    store.push_open(&bucket(1030, &lines(&["g:9|g|#a:2", "g:3|g|#a:3"])));
    assert_eq!(
        metric(&store, &ask("g", "gauge", None))["series"],
        serde_json::json!([{"tags": ["a:1"], "value": 7.0}, {"tags": ["a:2"], "value": 2.0}, {"tags": ["a:3"], "value": 3.0}])
    );
}

#[test]
fn an_answer_is_short_however_long_the_names_are() {
    let mut store = Store::new(64 << 20, 10);
    let long: Vec<String> = (0..500).map(|n| format!("{n:08000}:1|c|#{n:07000}:1")).collect();
    store.push(&bucket(1010, &long));
    let size = |value: &serde_json::Value| value.to_string().len();
    let list = metrics(&store, &Search::default(), Sort::Name, 1000);
    assert!(size(&list) < 300_000 && list["total"] == 500, "{}", size(&list));
    let most = cardinality(&store, 1000);
    assert!(size(&most) < 600_000, "{}", size(&most));
}

#[test]
fn a_copy_of_the_open_bucket_gives_way_to_the_next_one_and_to_the_finished_bucket() {
    let mut store = Store::new(1 << 20, 10);
    let values = |store: &Store| metric(store, &ask("c", "count", None))["lines"][0]["values"].clone();
    store.push_open(&bucket(1005, &lines(&["c:1|c"])));
    // The lines are those of a bucket that began ten seconds before.
    store.push_open(&bucket(1010, &lines(&["c:2|c"])));
    assert!(store.is_filling);
    assert_eq!(values(&store), serde_json::json!([2.0]));
    store.push(&bucket(1010, &lines(&["c:3|c"])));
    assert!(!store.is_filling);
    assert_eq!(values(&store), serde_json::json!([3.0]));
    store.push_open(&bucket(1010, &lines(&["c:9|c"])));
    assert_eq!(values(&store), serde_json::json!([3.0]), "a finished bucket stays as it is");
}

#[test]
fn lists_are_searched_sorted_and_cut() {
    let mut store = Store::new(1 << 20, 10);
    store
        .push(&bucket(1010, &lines(&["a.one:1|c|#env:x", "a.two:5|c|#env:y", "b:1|g|#env:x,u:1", "b:1|g|#env:x,u:2"])));
    let names = |query: &str, sort| {
        let found = metrics(&store, &Search::parse(query), sort, 10);
        let rows = found["metrics"].as_array().expect("rows").clone();
        rows.iter().map(|row| row["name"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names("", Sort::Name), ["a.one", "a.two", "b"]);
    assert_eq!(names("", Sort::Series), ["b", "a.one", "a.two"]);
    assert_eq!(names("", Sort::Rate), ["a.two", "a.one", "b"]);
    assert_eq!(names("a.*", Sort::Name), ["a.one", "a.two"]);
    assert_eq!(names("TWO", Sort::Name), ["a.two"]);
    assert_eq!(names("env:x", Sort::Name), ["a.one", "b"]);
    assert_eq!(names("-env:x", Sort::Name), ["a.two"]);
    assert_eq!(names("-a env:*", Sort::Name), ["b"]);
    assert_eq!(metrics(&store, &Search::default(), Sort::Name, 1)["total"], 3);
    let most = cardinality(&store, 2);
    assert_eq!(most["names"][0], serde_json::json!({"name": "b", "series": 2, "new": 0}));
    assert_eq!(most["keys"][0]["key"], "env");
}
