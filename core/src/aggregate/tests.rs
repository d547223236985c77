//! The Agent's known answers, and what the aggregator promises beyond them.

use super::aggregator::OPEN_BUCKETS;
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

#[test]
fn each_kind_emits_what_it_should() {
    let lines = one_bucket(&[
        "c:1|c",
        "c:2:3|c",
        "c:1|c|@0.1",
        "g:1:2|g",
        "g:3|g|@0.5",
        "s:a|s",
        "s:b|s",
        "s:a|s",
        "d:1|d",
        "d:2|d|@0.5",
    ]);
    assert_eq!(lines, ["c{} c 1000 16", "d{} d 1000 3 5", "g{} g 1000 3", "s{} s 1000 2"]);
}

#[test]
fn a_histogram_emits_its_aggregates() {
    let lines = one_bucket(&["h:1:10:4:5:2:2|h", "t:1|ms", "w:1|h", "w:2|h|@0.5", "w:3|h|@0.2", "w:10|h|@0.5"]);
    assert_eq!(
        lines,
        [
            "h{} h 1000 max=10 median=2 avg=4 count=6 95percentile=10",
            "t{} ms 1000 max=1 median=1 avg=1 count=1 95percentile=1",
            "w{} h 1000 max=10 median=3 avg=4 count=10 95percentile=10",
        ]
    );
}

#[test]
fn the_aggregates_are_those_of_the_settings() {
    let mut aggregates = Aggregates::none();
    for name in ["min", "max", "avg", "sum", "median"] {
        aggregates.push(Aggregate::from_name(name).expect(name)).expect("there is room");
    }
    for percent in [20, 80, 95] {
        aggregates.push(Aggregate::Percentile(percent)).expect("there is room");
    }
    let mut aggregator = Aggregator::new(Small::new(), Settings { aggregates, ..Settings::default() });
    for line in ["w:1|h", "w:2|h|@0.5", "w:3|h|@0.2", "w:10|h|@0.5"] {
        record(&mut aggregator, line, 1000).expect("there is room");
    }
    let shown = "w{} h 1000 min=1 max=10 avg=4 sum=40 median=3 20percentile=2 80percentile=3 95percentile=10";
    assert_eq!(flush(&mut aggregator, 1010), [shown]);
}

#[test]
fn a_value_that_is_not_finite_is_skipped_and_the_others_are_kept() {
    let mut aggregator = aggregator();
    for line in ["g:NaN|g", "c:1:Inf:2|c", "h:-inf|h"] {
        record(&mut aggregator, line, 1000).expect("there is room");
    }
    assert_eq!(flush(&mut aggregator, 1010), ["c{} c 1000 3"]);
    assert_eq!(aggregator.stats().skipped_values, 3);
}

#[test]
fn a_rate_outside_0_to_1_counts_as_1() {
    let mut aggregator = aggregator();
    for rate in ["0", "-1", "2", "NaN", "inf"] {
        record(&mut aggregator, &format!("c:1|c|@{rate}"), 1000).expect("there is room");
        record(&mut aggregator, &format!("h:1|h|@{rate}"), 1000).expect("there is room");
    }
    let histogram = "h{} h 1000 max=1 median=1 avg=1 count=5 95percentile=1";
    assert_eq!(flush(&mut aggregator, 1010), ["c{} c 1000 5", histogram]);
    assert_eq!(aggregator.stats().odd_rates, 10);
}

#[test]
fn a_timestamped_metric_is_a_point_of_its_own() {
    let mut aggregator = aggregator();
    for line in
        ["m:1|c|T5", "m:2|c|@0.5|T5", "m:4|c", "m:7|g|T6", "h:3|h|T7|@0.5", "d:1:2|d|T8", "s:x|s|T9", "t:1|ms|T9"]
    {
        record(&mut aggregator, line, 1000).expect("there is room");
    }
    assert_eq!(
        flush(&mut aggregator, 1010),
        [
            "d{} d 8 1 1",
            "d{} d 8 1 2",
            "h{} h 7 max=3 median=3 avg=3 count=2 95percentile=3",
            "m{} c 1000 4",
            "m{} c 5 1",
            "m{} c 5 2",
            "m{} g 6 7",
            "s{} s 9 1",
            "t{} ms 9 max=1 median=1 avg=1 count=1 95percentile=1",
        ]
    );
    assert_eq!(flush(&mut aggregator, 1020), ["m{} c 1010 0"]);
    assert_eq!(aggregator.stats().contexts, 1);
}

#[test]
fn timestamped_points_keep_their_order_through_a_merge() {
    let (mut left, mut right) = (aggregator(), aggregator());
    for value in 1..=4 {
        let into = if value <= 2 { &mut left } else { &mut right };
        record(into, &format!("m:{value}|g|T5"), 1000).expect("there is room");
    }
    left.merge(&right).expect("there is room");
    let points: Vec<_> = left.flush(Time::from_secs(1000)).map(|series| show_one(&series)).collect();
    assert_eq!(points, ["m{} g 5 1", "m{} g 5 2", "m{} g 5 3", "m{} g 5 4"]);
}

#[test]
fn timestamped_points_stay_when_a_shard_without_any_is_merged() {
    let (mut left, mut right) = (aggregator(), aggregator());
    record(&mut left, "m:1|g|T5", 1000).expect("there is room");
    record(&mut right, "m:2|g", 1000).expect("there is room");
    left.merge(&right).expect("there is room");
    assert_eq!(flush(&mut left, 1010), ["m{} g 1000 2", "m{} g 5 1"]);
}

#[test]
fn a_full_table_refuses_a_new_context_and_keeps_counting_old_ones() {
    let mut aggregator = Aggregator::new(StaticStorage::<2, 64, 64>::new(), Settings::default());
    record(&mut aggregator, "a:1|c|#x,y", 1000).expect("there is room");
    record(&mut aggregator, "b:1|c", 1000).expect("there is room");
    assert_eq!(record(&mut aggregator, "c:1|c", 1000), Err(Full::Contexts));
    record(&mut aggregator, "a:1|c|#x,y", 1000).expect("it is known");
    record(&mut aggregator, "a:1|c|#y,x", 1000).expect("it is known");
    assert_eq!(flush(&mut aggregator, 1010), ["a{x,y} c 1000 3", "b{} c 1000 1"]);
    assert_eq!(aggregator.stats().refused_contexts, 1);

    let mut aggregator = Aggregator::new(StaticStorage::<8, 4, 64, 2>::new(), Settings::default());
    record(&mut aggregator, "a:1|c|#x", 1000).expect("there is room");
    assert_eq!(record(&mut aggregator, "abc:1|c", 1000), Err(Full::Bytes));
    assert_eq!(record(&mut aggregator, "a:1|c|#x,y,z", 1000), Err(Full::Tags));
    assert_eq!(record(&mut aggregator, "h:1|h", 1000), Ok(()));
    assert_eq!(flush(&mut aggregator, 1010).len(), 2);
}

#[test]
fn without_cells_counts_go_on_and_samples_are_refused_and_counted() {
    let mut aggregator = Aggregator::new(StaticStorage::<8, 64, 20>::new(), Settings::default());
    record(&mut aggregator, "h:1|h", 1000).expect("there is room");
    assert_eq!(record(&mut aggregator, "d:1:2|d", 1000), Err(Full::Cells));
    assert_eq!(record(&mut aggregator, "g:1|g|T5", 1000), Ok(()));
    assert_eq!(record(&mut aggregator, "g:1|g|T5", 1000), Err(Full::Cells));
    record(&mut aggregator, "c:1|c", 1000).expect("a count needs no cell");
    assert_eq!(aggregator.stats().refused_values, 3);
    let histogram = "h{} h 1000 max=1 median=1 avg=1 count=1 95percentile=1";
    assert_eq!(flush(&mut aggregator, 1010), ["c{} c 1000 1", "g{} g 5 1", histogram]);
}

#[test]
fn a_histogram_without_room_to_grow_becomes_a_sketch_and_loses_no_sample() {
    let mut aggregator = Aggregator::new(StaticStorage::<2, 64, 16>::new(), Settings::default());
    for value in 1..=100 {
        record(&mut aggregator, &format!("h:{value}|h"), 1000).expect("it turns into a sketch");
    }
    let Some(Series { point: Point::Histogram(histogram), .. }) = aggregator.flush(Time::from_secs(1010)).next() else {
        panic!("there is one histogram")
    };
    assert_eq!((histogram.count(), histogram.min(), histogram.max(), histogram.sum()), (100, 1.0, 100.0, 5050.0));
    assert!((histogram.percentile(99) - 99.0).abs() < 1.0);
}

#[test]
fn a_histogram_of_many_samples_is_a_sketch_within_its_error() {
    let mut aggregator = Aggregator::new(StaticStorage::<2, 64, 8192>::new(), Settings::default());
    for value in 1..=2000 {
        record(&mut aggregator, &format!("h:{value}|h"), 1000).expect("there is room");
    }
    let Some(Series { point: Point::Histogram(histogram), .. }) = aggregator.flush(Time::from_secs(1010)).next() else {
        panic!("there is one histogram")
    };
    assert_eq!((histogram.count(), histogram.avg()), (2000, 1000.5));
    assert!((histogram.median() / 1000.0 - 1.0).abs() < 0.01, "{}", histogram.median());
    assert!((histogram.percentile(95) / 1900.0 - 1.0).abs() < 0.01, "{}", histogram.percentile(95));
}

#[test]
fn a_histogram_that_becomes_a_sketch_of_few_bins_keeps_the_highest() {
    let settings = Settings { sketch_bins: 16, histogram_exact_samples: 100, ..Settings::default() };
    let mut aggregator = Aggregator::new(StaticStorage::<2, 64, 8192>::new(), settings);
    for value in 1..=200 {
        record(&mut aggregator, &format!("h:{value}|h"), 1000).expect("there is room");
    }
    let Some(Series { point: Point::Histogram(histogram), .. }) = aggregator.flush(Time::from_secs(1010)).next() else {
        panic!("there is one histogram")
    };
    assert_eq!((histogram.count(), histogram.max()), (200, 200.0));
    assert!((histogram.percentile(95) / 190.0 - 1.0).abs() < 0.024, "{}", histogram.percentile(95));
}

#[test]
fn a_set_is_exact_up_to_its_limit_and_near_beyond_it() {
    for (members, error) in [(1, 0.0), (1024, 0.0), (5_000, 0.03), (200_000, 0.03)] {
        let mut aggregator = Aggregator::new(StaticStorage::<2, 64, 8192>::new(), Settings::default());
        for round in 0..2 {
            for member in 0..members {
                record(&mut aggregator, &format!("s:user{member}|s"), 1000 + round).expect("there is room");
            }
        }
        let Some(Series { point: Point::Set(count), .. }) = aggregator.flush(Time::from_secs(1010)).next() else {
            panic!("there is one set")
        };
        assert!((count as f64 / members as f64 - 1.0).abs() <= error, "{count} for {members}");
    }
}

#[test]
fn merged_sets_are_the_union() {
    for (limit, error) in [(1024, 0.0), (64, 0.03)] {
        let settings = Settings { set_exact_members: limit, ..Settings::default() };
        let storage = StaticStorage::<2, 64, 8192>::new();
        let mut halves = [Aggregator::new(storage.clone(), settings.clone()), Aggregator::new(storage, settings)];
        for member in 0..900 {
            record(&mut halves[0], &format!("s:{}|s", member % 40), 1000).expect("there is room");
            record(&mut halves[1], &format!("s:{member}|s"), 1000).expect("there is room");
        }
        let [mut few, mut many] = halves;
        let both = many.clone();
        many.merge(&few).expect("there is room");
        few.merge(&both).expect("there is room");
        for mut merged in [many, few] {
            let Some(Series { point: Point::Set(count), .. }) = merged.flush(Time::from_secs(1010)).next() else {
                panic!("there is one set")
            };
            assert!((count as f64 / 900.0 - 1.0).abs() <= error, "{count}");
        }
    }
}

#[test]
fn a_flush_that_nobody_looks_at_takes_its_buckets_away_all_the_same() {
    let mut aggregator = aggregator();
    record(&mut aggregator, "g:1|g", 1000).expect("there is room");
    aggregator.flush(Time::from_secs(1010));
    let mut other = self::aggregator();
    other.merge(&aggregator).expect("there is room");
    assert_eq!(flush(&mut other, 1010), [""; 0]);
    record(&mut aggregator, "g:2|g", 1011).expect("there is room");
    assert_eq!(flush(&mut aggregator, 1020), ["g{} g 1010 2"]);
}

#[test]
fn flush_all_hands_out_open_buckets_too() {
    let mut aggregator = aggregator();
    record(&mut aggregator, "g:1|g", 1000).expect("there is room");
    record(&mut aggregator, "g:2|g", 1015).expect("there is room");
    assert_eq!(show(aggregator.flush_all(Time::from_secs(1012))), ["g{} g 1000 1", "g{} g 1010 2"]);
}

#[test]
fn a_cleared_aggregator_knows_its_contexts_and_has_no_samples() {
    let mut aggregator = aggregator();
    for line in ["g:1|g", "h:1:2|h", "c:1|c|T5"] {
        record(&mut aggregator, line, 1000).expect("there is room");
    }
    aggregator.clear(Time::from_secs(1001));
    assert_eq!((aggregator.stats().contexts, aggregator.stats().cells), (2, 0));
    assert_eq!(flush(&mut aggregator, 1010), [""; 0]);
}

#[test]
fn a_merge_takes_the_gauge_that_came_last() {
    let (mut left, mut right) = (aggregator(), aggregator());
    record_at(&mut left, "g:1|g", Time::from_millis(1_000_900)).expect("there is room");
    record_at(&mut right, "g:2|g", Time::from_millis(1_000_100)).expect("there is room");
    left.merge(&right).expect("there is room");
    assert_eq!(flush(&mut left, 1010), ["g{} g 1000 1"]);
}

#[test]
fn more_buckets_than_can_be_open_are_refused() {
    let mut aggregator = aggregator();
    for bucket in 0..OPEN_BUCKETS as u64 {
        record(&mut aggregator, "c:1|c", 1000 + 10 * bucket).expect("there is room");
    }
    assert_eq!(record(&mut aggregator, "c:1|c", 5000), Err(Full::Buckets));
    record(&mut aggregator, "c:1|c", 1005).expect("this bucket is open");
    assert_eq!(flush(&mut aggregator, 1010), ["c{} c 1000 2"]);
}

fn keeping(limit: u32) -> Aggregator<Small> {
    let settings = Settings { keep: Keep::Samples { limit }, seed: 7, ..Settings::default() };
    Aggregator::new(Small::new(), settings)
}

/// The samples of the only series.
fn samples(aggregator: &mut Aggregator<Small>) -> (u64, f64, Vec<(f64, f64)>) {
    match aggregator.flush(Time::from_secs(1010)).next().map(|series| series.point) {
        Some(Point::Samples(samples)) => (samples.came(), samples.weight(), samples.iter().collect()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_client_keeps_samples_as_they_came() {
    let mut aggregator = keeping(100);
    for line in ["d:3:1:2|d", "d:5|d|@0.5"] {
        record(&mut aggregator, line, 1000).expect("there is room");
    }
    assert_eq!(samples(&mut aggregator), (4, 5.0, std::vec![(3.0, 1.0), (1.0, 1.0), (2.0, 1.0), (5.0, 2.0)]));
}

#[test]
fn a_client_keeps_each_member_of_a_set_as_a_series() {
    let mut aggregator = keeping(100);
    for line in ["s:a|s|#x", "s:b|s|#x", "s:a|s|#x"] {
        record(&mut aggregator, line, 1000).expect("there is room");
    }
    let members: Vec<_> = aggregator
        .flush(Time::from_secs(1010))
        .map(|series| match series.point {
            Point::Member(member) => (series.name.to_vec(), member.to_vec()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(members, [(b"s".to_vec(), b"a".to_vec()), (b"s".to_vec(), b"b".to_vec())]);
}

#[test]
fn beyond_the_limit_every_sample_has_the_same_chance_to_be_kept() {
    let mut kept_from_first_half = 0;
    for seed in 0..200 {
        let mut aggregator = keeping(10);
        aggregator.settings.seed = seed * 0x9e37_79b9;
        for value in 0..100 {
            record(&mut aggregator, &format!("d:{value}|d"), 1000).expect("there is room");
        }
        let (came, weight, kept) = samples(&mut aggregator);
        assert_eq!((came, weight, kept.len()), (100, 100.0, 10));
        kept_from_first_half += kept.iter().filter(|(value, _)| *value < 50.0).count();
    }
    // 1000 are expected; the standard deviation is about 21.
    assert!((900..1100).contains(&kept_from_first_half), "{kept_from_first_half}");
}

#[test]
fn merged_samples_come_and_weigh_what_both_did() {
    let (mut left, mut right) = (keeping(4), keeping(4));
    for value in 0..6 {
        record(&mut left, &format!("d:{value}|d|@0.5"), 1000).expect("there is room");
        record(&mut right, &format!("d:{value}|d"), 1000).expect("there is room");
    }
    left.merge(&right).expect("there is room");
    let (came, weight, kept) = samples(&mut left);
    assert_eq!((came, weight, kept.len()), (12, 18.0, 4));
}

#[test]
fn a_name_that_no_context_can_have_is_refused_without_asking_for_memory() {
    let mut aggregator = Aggregator::new(StaticStorage::<2, 200_000, 64>::new(), Settings::default());
    let line = format!("{}:1|c", "n".repeat(65_536));
    assert_eq!(record(&mut aggregator, &line, 1000), Err(Full::Length));
    assert_eq!(record(&mut aggregator, &line[1..], 1000), Ok(()));
}
