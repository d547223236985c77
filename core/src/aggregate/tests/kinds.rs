//! What each kind emits, refuses and merges.

use super::*;

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
fn a_set_is_estimated_and_its_registers_are_told_at_each_precision() {
    for set_precision in 4..=16 {
        let settings = Settings { set_precision, set_exact_members: 2, set_members: true, ..Settings::default() };
        let mut aggregator = Aggregator::new(StaticStorage::<2, 64, 16384>::new(), settings);
        for member in 0..1000 {
            record(&mut aggregator, &format!("s:user{member}|s"), 1000).expect("there is room");
        }
        let series = aggregator.flush(Time::from_secs(1010)).next().expect("there is a set");
        let Point::Set(count) = series.point else { panic!("it is one") };
        let error = 5.0 * 1.04 / f64::from(1 << set_precision).sqrt();
        assert!((count as f64 / 1000.0 - 1.0).abs() < error, "{count} at {set_precision}");
        assert_eq!((series.members.words().len(), series.members.count()), ((1 << set_precision) / 8, count));
    }
}

/// The registers of a set's members, whatever is known of them.
fn registers(members: Members<'_>) -> Vec<u8> {
    if members.precision() > 0 {
        return members.words().iter().flat_map(|word| word.to_le_bytes()).collect();
    }
    let mut registers = std::vec![0; 1 << 14];
    for &hash in members.words().iter().filter(|&&hash| hash != 0) {
        let register = &mut registers[(hash >> 50) as usize];
        *register = (*register).max(((hash << 14) | 1 << 13).leading_zeros() as u8 + 1);
    }
    registers
}

#[test]
fn the_members_of_sets_merge_wherever_they_were_counted_if_they_are_asked_for() {
    let members = |settings: Settings, members: std::ops::Range<u32>| {
        let mut aggregator = Aggregator::new(StaticStorage::<2, 64, 8192>::new(), settings);
        members.for_each(|member| record(&mut aggregator, &format!("s:{member}|s"), 1000).expect("there is room"));
        let flushed = aggregator.flush(Time::from_secs(1010)).next().expect("a set");
        (flushed.members != Members::NONE, registers(flushed.members))
    };
    let asking =
        |seed, set_exact_members| Settings { seed, set_members: true, set_exact_members, ..Settings::default() };
    let (_, whole) = members(asking(1, 4000), 0..3000);
    let (_, few) = members(asking(2, 4000), 0..40);
    let (_, many) = members(asking(3, 100), 30..3000);
    let union: Vec<u8> = few.iter().zip(&many).map(|(one, other)| *one.max(other)).collect();
    assert!(union == whole, "the union of parts is the whole");
    assert!(whole != members(Settings { set_seed: 1, ..asking(1, 4000) }, 0..3000).1);
    assert!(!members(Settings::default(), 0..30).0);
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
