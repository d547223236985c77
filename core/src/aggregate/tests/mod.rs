//! The Agent's known answers, and what the aggregator promises beyond them.

mod kinds;
mod memory;

use super::buckets::OPEN_BUCKETS;
use super::*;
use crate::wire::{Message, Metric, OriginFields, Tags};
use crate::{Full, Time};
use std::collections::BTreeMap;
use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

type Small = StaticStorage<32, 1024, 4096>;

fn aggregator() -> Aggregator<Small> {
    Aggregator::new(Small::new(), Settings::default())
}

fn record<S: Storage>(aggregator: &mut Aggregator<S>, line: &str, secs: u64) -> Result<(), Full> {
    record_at(aggregator, line, Time::from_secs(secs))
}

fn metric(line: &str) -> Metric<'_> {
    match Message::parse(line.as_bytes()) {
        Ok(Message::Metric(metric)) => metric,
        other => panic!("{other:?}"),
    }
}

fn record_at<S: Storage>(aggregator: &mut Aggregator<S>, line: &str, now: Time) -> Result<(), Full> {
    aggregator.record(&metric(line), &Source::default(), now)
}

#[test]
fn memory_that_was_in_use_before_is_as_good_as_new() {
    let mut storage = Small::new();
    let mut earlier = Aggregator::new(&mut storage, Settings::default());
    record(&mut earlier, "a:1|c|#x", 100).expect("there is room");
    let mut aggregator = Aggregator::new(&mut storage, Settings::default());
    assert_eq!(aggregator.stats(), Stats::default());
    record(&mut aggregator, "b:1|c", 100).expect("there is room");
    record(&mut aggregator, "a:2|c|#x", 100).expect("there is room");
    assert_eq!(flush(&mut aggregator, 110), ["a{x} c 100 2", "b{} c 100 1"]);
}

/// `name{tags}@host kind timestamp value` of each point, sorted.
fn show(flush: Flush<'_>) -> Vec<String> {
    let mut lines: Vec<_> = flush.map(|series| show_one(&series)).collect();
    lines.sort();
    lines
}

fn show_one(series: &Series<'_>) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut tags: Vec<_> = series.tags.iter().map(text).collect();
    tags.sort();
    let value = match series.point {
        Point::Count(value) | Point::Gauge(value) => value.to_string(),
        Point::Set(members) => members.to_string(),
        Point::Histogram(histogram) => histogram
            .aggregates()
            .map(|(aggregate, value)| format!("{aggregate}={value}"))
            .collect::<Vec<_>>()
            .join(" "),
        Point::Distribution(sketch) => format!("{} {}", sketch.summary().count, sketch.summary().sum),
        Point::Samples(samples) => format!("{:?}", samples.iter().collect::<Vec<_>>()),
        Point::Member(member) => text(member),
    };
    let host = if series.host.is_empty() { String::new() } else { format!("@{}", text(series.host)) };
    let (name, kind) = (text(series.name), series.kind.code());
    format!("{name}{{{}}}{host} {kind} {} {value}", tags.join(","), series.timestamp)
}

fn flush<S: Storage>(aggregator: &mut Aggregator<S>, secs: u64) -> Vec<String> {
    show(aggregator.flush(Time::from_secs(secs)))
}

/// Records the lines at one moment and shows their bucket.
fn one_bucket(lines: &[&str]) -> Vec<String> {
    let mut aggregator = aggregator();
    for line in lines {
        record(&mut aggregator, line, 1000).expect(line);
    }
    flush(&mut aggregator, 1010)
}

#[test]
fn a_flush_hands_out_the_buckets_that_are_over() {
    let mut aggregator = aggregator();
    for secs in [12345, 12355, 12365] {
        record(&mut aggregator, "m:1|g", secs).expect("there is room");
    }
    assert_eq!(flush(&mut aggregator, 12360), ["m{} g 12340 1", "m{} g 12350 1"]);
    assert_eq!(flush(&mut aggregator, 12369), [""; 0]);
    assert_eq!(flush(&mut aggregator, 12370), ["m{} g 12360 1"]);
    assert_eq!(aggregator.next_flush_at(Time::from_secs(12370)), Time::from_secs(12380));
}

#[test]
fn counters_show_zeros_until_they_expire() {
    let mut aggregator = aggregator();
    let mut count = |line: &str, secs| record(&mut aggregator, line, secs).expect("there is room");
    count("one:1|c", 1004);
    count("two:2|c", 1002);
    assert_eq!(flush(&mut aggregator, 1010), ["one{} c 1000 1", "two{} c 1000 2"]);
    let mut count = |line: &str, secs| record(&mut aggregator, line, secs).expect("there is room");
    count("two:2|c", 1034);
    count("one:1|c", 1010);
    count("two:2|c", 1020);
    assert_eq!(
        flush(&mut aggregator, 1040),
        ["one{} c 1010 1", "one{} c 1020 0", "one{} c 1030 0", "two{} c 1010 0", "two{} c 1020 2", "two{} c 1030 2"]
    );
    assert_eq!(flush(&mut aggregator, 1045), [""; 0]);
    assert_eq!(flush(&mut aggregator, 1050), ["one{} c 1040 0", "two{} c 1040 0"]);
    assert_eq!(flush(&mut aggregator, 1329), ["two{} c 1310 0"]);
    assert_eq!(flush(&mut aggregator, 1800), [""; 0]);
    aggregator.flush(Time::from_secs(1810));
    assert_eq!(aggregator.stats().contexts, 0);
}

#[test]
fn an_open_bucket_leaves_an_empty_one_without_zeros() {
    let mut aggregator = aggregator();
    record(&mut aggregator, "c:1|c", 1000).expect("there is room");
    flush(&mut aggregator, 1010);
    record(&mut aggregator, "c:1|c", 1021).expect("there is room");
    assert_eq!(flush(&mut aggregator, 1020), [""; 0]);
    assert_eq!(flush(&mut aggregator, 1030), ["c{} c 1020 1"]);
}

#[test]
fn zeros_can_be_switched_off() {
    let settings = Settings { counter_zeros: false, ..Settings::default() };
    let mut aggregator = Aggregator::new(Small::new(), settings);
    record(&mut aggregator, "c:1|c", 1000).expect("there is room");
    assert_eq!(flush(&mut aggregator, 1010), ["c{} c 1000 1"]);
    assert_eq!(flush(&mut aggregator, 1020), [""; 0]);
}

#[test]
fn contexts_without_samples_are_forgotten_and_the_others_stay() {
    let mut aggregator = aggregator();
    record(&mut aggregator, "old.name:1|g|#a", 1000).expect("there is room");
    record(&mut aggregator, "c:1|c|#b", 1000).expect("there is room");
    flush(&mut aggregator, 1010);
    record(&mut aggregator, "g:1|g|#c", 1020).expect("there is room");
    flush(&mut aggregator, 1030);
    record(&mut aggregator, "c:2|c|#b", 1031).expect("there is room");
    assert_eq!(aggregator.stats().contexts, 2);
    assert_eq!(aggregator.stats().bytes, "cbgc".len());
    assert_eq!(flush(&mut aggregator, 1040), ["c{b} c 1030 2"]);
}

#[test]
fn order_and_duplicates_of_tags_do_not_matter_and_types_do() {
    let lines = one_bucket(&["m:1|c|#a,b", "m:1|c|#b,a", "m:1|c|#a,b,a", "m:5|g|#a,b", "m:1|c|#ab", "m:1|c"]);
    assert_eq!(lines, ["m{a,b} c 1000 3", "m{a,b} g 1000 5", "m{ab} c 1000 1", "m{} c 1000 1"]);
}

#[test]
fn an_empty_tag_is_a_tag() {
    let lines = one_bucket(&["m:1|c|#a,,b", "m:1|c|#,", "m:1|c|#", "m:1|c"]);
    assert_eq!(lines, ["m{,a,b} c 1000 1", "m{} c 1000 1", "m{} c 1000 2"]);
}

#[test]
fn an_empty_tag_of_a_list_is_a_tag_and_stays_one_through_a_merge() {
    let (mut left, mut right) = (aggregator(), aggregator());
    record(&mut left, "m:1|c", 1000).expect("there is room");
    record(&mut right, "m:2|c|#,", 1000).expect("there is room");
    left.merge(&right).expect("there is room");
    let metric = Metric { tags: Tags::List(&[b""]), ..metric("m:4|c") };
    left.record(&metric, &Source::default(), Time::from_secs(1000)).expect("there is room");
    let counts: Vec<_> =
        left.flush(Time::from_secs(1010)).map(|series| (series.tags.iter().count(), show_one(&series))).collect();
    assert_eq!(counts, [(0, "m{} c 1000 1".to_string()), (1, "m{} c 1000 6".to_string())]);
}

#[test]
fn a_sample_that_is_refused_leaves_no_cell_taken() {
    let settings = Settings { set_exact_members: 0, ..Settings::default() };
    let mut small = Aggregator::new(StaticStorage::<2, 64, 256>::new(), settings);
    for line in ["s:a|s", "s:a|s|T5"] {
        assert_eq!(record(&mut small, line, 1000), Err(Full::Cells));
    }
    assert_eq!(small.stats().cells, 0);
}

#[test]
fn the_host_tag_is_the_host_and_internal_tags_are_gone() {
    let lines = one_bucket(&[
        "m:1|c|#host:x,a",
        "m:1|c|#a,host:y,host:x",
        "m:1|c|#a,dd.internal.entity_id:p",
        "m:1|c|#a,host:",
    ]);
    assert_eq!(lines, ["m{a} c 1000 2", "m{a}@x c 1000 2"]);
}

#[test]
fn what_the_source_adds_is_part_of_identity() {
    let mut aggregator = aggregator();
    let now = Time::from_secs(1000);
    let source = Source { host: b"web", tags: Tags::Text(b"env:dev,b") };
    aggregator.record(&metric("m:1|c|#a,b"), &source, now).expect("there is room");
    aggregator.record(&metric("m:1|c|#a,b"), &source, now).expect("there is room");
    aggregator.record(&metric("m:1|c|#b,a,env:dev,host:web"), &Source::default(), now).expect("there is room");
    let list = Metric { tags: Tags::List(&[b"a"]), ..metric("m:1|c") };
    aggregator.record(&list, &source, now).expect("there is room");
    assert_eq!(flush(&mut aggregator, 1010), ["m{a,b,env:dev}@web c 1000 4"]);
}

#[test]
fn the_origin_is_part_of_identity_only_if_the_settings_say_so() {
    assert_eq!(one_bucket(&["m:1|c|c:x", "m:1|c|c:y|card:low", "m:1|c|e:z"]), ["m{} c 1000 3"]);
    let settings = Settings { key_by_origin: true, ..Settings::default() };
    let mut aggregator = Aggregator::new(Small::new(), settings);
    for line in ["m:1|c|c:x", "m:1|c|card:low|c:x|e:z", "m:1|c|c:x", "m:1|c"] {
        record(&mut aggregator, line, 1000).expect("there is room");
    }
    let by_origin: BTreeMap<String, String> = aggregator
        .flush(Time::from_secs(1010))
        .map(|series| (format!("{:?}", series.origin), show_one(&series)))
        .collect();
    assert_eq!(by_origin.len(), 3);
    let both = OriginFields { local_data: Some(b"x"), external_data: Some(b"z"), cardinality: Some(b"low") };
    assert_eq!(by_origin.get(&format!("{both:?}")).map(String::as_str), Some("m{} c 1000 1"));
}
