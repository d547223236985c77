//! Every message is in exactly one account, and known series go on.

use std::sync::Arc;

use basenji::core::Time;
use basenji::core::aggregate::Aggregate;
use basenji::core::wire::{Metric, MetricKind};
use basenji::server::{Bucket, Change, Config, Editor, Engine, ListenerKind, MessageKind, Point, Rules, Stats};

const COUNT: MessageKind = MessageKind::Metric(MetricKind::Count);
const HISTOGRAM: MessageKind = MessageKind::Metric(MetricKind::Histogram);

/// An engine, driven bucket by bucket.
struct World {
    engine: Engine,
    secs: u64,
}

impl World {
    fn new(change: impl FnOnce(&mut Config)) -> World {
        World::with_rules(change, None)
    }

    fn with_rules(change: impl FnOnce(&mut Config), rules: Option<Arc<dyn Rules>>) -> World {
        let mut config = Config::default();
        config.telemetry = false;
        config.receive_buffer = 65507;
        change(&mut config);
        World { engine: Engine::new(config, rules, ["memory".to_owned()]).unwrap(), secs: 1000 }
    }

    fn send(&mut self, worker: usize, lines: &str) {
        let now = Time::from_secs(self.secs);
        self.engine.receive(worker, ListenerKind::Udp, lines.as_bytes(), false, now);
    }

    /// The end of a bucket.
    fn flush(&mut self) -> Arc<Bucket> {
        self.secs += 10;
        self.engine.flush(Time::from_secs(self.secs));
        self.engine.take(0).expect("it was flushed")
    }

    fn stats(&mut self) -> Stats {
        let stats = self.engine.stats();
        assert!(stats.accounts().all(|account| account.is_balanced()), "{stats:?}");
        stats
    }
}

/// Names of the series that are no zeros.
fn names(bucket: &Bucket) -> Vec<String> {
    let is_zero = |point: &basenji::server::Point<'_>| matches!(point, basenji::server::Point::Count(0.0));
    let shown = bucket.series().filter(|series| !is_zero(&series.point));
    shown.map(|series| String::from_utf8_lossy(series.name).into_owned()).collect()
}

#[test]
fn what_is_refused_is_counted_in_messages_whichever_shard_it_comes_to() {
    let mut world = World::new(|config| config.memory.contexts = 10);
    (0..10).for_each(|name| world.send(0, &format!("a{name}:1|c")));
    assert_eq!(world.flush().series().len(), 10);
    for _ in 0..1000 {
        (0..10).for_each(|name| world.send(0, &format!("b{name}:1|c")));
    }
    (0..500).for_each(|_| world.send(0, "b:1:2:3:4|h"));
    assert!(names(&world.flush()).is_empty());
    let stats = world.stats();
    assert_eq!((stats.messages.get(COUNT), stats.shown_messages.get(COUNT)), (10_010, 10));
    assert_eq!((stats.refused_messages.get(COUNT), stats.refused_messages.get(HISTOGRAM)), (10_000, 500));
    let [refusals, _] = world.engine.refusals();
    assert_eq!(refusals.names.first(2), [(&b"b0"[..], 1000), (b"b1", 1000)]);
    assert_eq!(refusals.origins.first(2), [(&b"listener udp"[..], 10_500)]);
}

#[test]
fn nothing_is_refused_in_silence() {
    let mut world = World::new(|config| config.memory.contexts = 1);
    world.send(0, "a:1|c");
    world.flush();
    world.send(0, "h:1|h");
    for _ in 0..9 {
        world.flush();
        assert_eq!(world.stats().refused.total(), 1);
    }
}

#[test]
fn a_series_that_is_known_goes_on_whatever_fills_the_other_shard_first() {
    for workers in [1, 3] {
        let mut world = World::new(|config| (config.memory.contexts, config.workers) = (10, workers));
        world.send(0, "known:1|c");
        assert_eq!(names(&world.flush()), ["known"]);
        for bucket in 0..6 {
            (0..100).for_each(|junk| world.send(bucket % workers, &format!("junk{bucket}.{junk}:1|c")));
            (0..100).for_each(|_| world.send((bucket + 1) % workers, "known:1|c"));
            let shown = world.flush();
            let known = shown.series().find(|series| series.name == b"known").expect("it is shown");
            assert!(matches!(known.point, basenji::server::Point::Count(100.0)));
        }
        let stats = world.stats();
        assert!(stats.refused_messages.get(COUNT) > 0 && stats.contexts <= 10);
    }
}

#[test]
fn a_series_that_two_workers_see_takes_the_room_of_one() {
    let mut world = World::new(|config| (config.memory.contexts, config.workers) = (10, 4));
    for name in 0..10 {
        (0..4).for_each(|worker| world.send(worker, &format!("a{name}:1|c")));
    }
    assert_eq!(world.flush().series().len(), 10);
    assert_eq!(world.stats().refused.total(), 0);
}

#[test]
fn a_repeated_histogram_counts_what_is_odd_about_it_once() {
    let mut world = World::new(|config| config.copy_histograms = Some("copy.".to_owned()));
    world.send(0, "h:1:nan:inf|h|@7\nh:nan|h|@0.5");
    assert_eq!(names(&world.flush()), ["h", "copy.h"]);
    let stats = world.stats();
    assert_eq!((stats.skipped_values, stats.odd_rates, stats.messages.total()), (3, 1, 2));
    assert_eq!((stats.shown_messages.total(), stats.skipped_messages.total()), (1, 1));
}

/// Shows of `h` no aggregate at all, and of `i` no maximum.
struct Hides;

impl Rules for Hides {
    fn editor(&self) -> Box<dyn Editor> {
        struct AsItIs;
        impl Editor for AsItIs {
            fn edit<'a>(&'a mut self, metric: &Metric<'a>) -> Option<Metric<'a>> {
                Some(*metric)
            }
        }
        Box::new(AsItIs)
    }

    fn shows(&self, name: &[u8], aggregate: Aggregate) -> bool {
        name != b"h" && !(name == b"i" && aggregate == Aggregate::Max)
    }
}

#[test]
fn a_histogram_without_an_aggregate_to_show_is_filtered() {
    let mut world = World::with_rules(|_| {}, Some(Arc::new(Hides)));
    world.send(0, "h:1|h\nh:2:3|ms\ni:1|h\nh:1|c");
    assert_eq!(names(&world.flush()), ["i", "h"]);
    let stats = world.stats();
    assert_eq!((stats.filtered_messages.total(), stats.shown_messages.total()), (2, 2));
    assert_eq!(stats.filtered_aggregates, 1);
}

/// The aggregates that a bucket shows of its only histogram.
fn shown(bucket: &Bucket) -> Vec<Aggregate> {
    let mut histograms = bucket.series().filter_map(|series| match series.point {
        Point::Histogram(histogram) => Some(histogram.aggregates.iter().map(|(aggregate, _)| *aggregate).collect()),
        _ => None,
    });
    let shown = histograms.next().expect("there is a histogram");
    assert!(histograms.next().is_none());
    shown
}

#[test]
fn what_was_taken_in_before_rules_that_hide_it_is_shown_by_those_before() {
    let hides = || Change { tags: Vec::new(), rules: Some(Arc::new(Hides)) };
    let shows = || Change { tags: Vec::new(), rules: None };
    let mut world = World::new(|_| {});
    world.send(0, "h:1|h");
    let all = shown(&world.flush());
    assert!(all.len() > 1, "{all:?}");
    // Once, and after a change and back in the same bucket, and in a bucket that is open at the flush of the one before.
    for changes in 1..4 {
        world.send(0, "h:1|h");
        for number in 0..changes {
            world.engine.change(if number % 2 == 0 { hides() } else { shows() }).unwrap();
        }
        world.engine.change(hides()).unwrap();
        world.send(0, "h:1|h");
        assert_eq!(shown(&world.flush()), all);
        assert!(names(&world.flush()).is_empty());
        world.engine.change(shows()).unwrap();
    }
    let before = world.stats();
    assert_eq!(
        (before.filtered_messages.total(), before.shown_messages.total(), before.filtered_aggregates),
        (3, 4, 0)
    );
    world.secs += 10;
    world.send(0, "h:1|h");
    world.engine.change(hides()).unwrap();
    world.engine.flush(Time::from_secs(world.secs));
    assert_eq!(world.engine.take(0).unwrap().series().len(), 0);
    assert_eq!(shown(&world.flush()), all);
    let stats = world.stats();
    assert_eq!((stats.shown_messages.total(), stats.waiting_messages.total()), (5, 0));
}

#[test]
fn bytes_in_bound_bytes_held() {
    let mut world = World::new(|_| {});
    let tag = "x".repeat(3800);
    let values = ":1".repeat(2000);
    (0..80).for_each(|_| world.send(0, &format!("m{values}|c|T1700000000|#{tag}")));
    let before = world.engine.memory();
    let bucket = world.flush();
    assert_eq!(bucket.series().len(), 160_000);
    assert!(bucket.size() < 6 << 20, "{}", bucket.size());
    assert!(before + world.engine.memory() < 40 << 20, "{} {}", before, world.engine.memory());
}

#[test]
fn a_new_service_finds_room_beside_a_name_that_explodes() {
    let mut world = World::new(|config| config.memory.contexts = 10_000);
    for user in 0..50_000 {
        world.send(0, &format!("flood:1|c|#user:{user}"));
    }
    for name in 0..50 {
        (0..10).for_each(|route| world.send(0, &format!("service.{name}:1|c|#route:{route}")));
    }
    let shown = names(&world.flush());
    assert_eq!(shown.iter().filter(|name| name.starts_with("service.")).count(), 500);
    assert_eq!(shown.iter().filter(|name| *name == "flood").count(), 9000);
    let [refusals, last] = world.engine.refusals();
    assert_eq!(refusals.names.first(9), [(&b"flood"[..], 41_000)]);
    assert_eq!(last.tag_keys.first(9), [(&b"user"[..], 41_000)]);
}

#[test]
fn after_a_flood_memory_is_given_back() {
    let mut world = World::new(|config| config.workers = 2);
    let steady = |world: &mut World| {
        (0..5000).for_each(|name| world.send(name % 2, &format!("steady{name}:1|g|#a:b,c:d")));
        world.flush()
    };
    (0..4).for_each(|_| drop(steady(&mut world)));
    let before = world.engine.memory();
    for series in 0..40_000 {
        world.send(series % 2, &format!("flood:1|d|#user:{series},pod:{series}"));
    }
    world.flush();
    assert!(world.engine.memory() > 4 * before);
    // Two times the twenty seconds after which a series is forgotten.
    (0..4).for_each(|_| drop(steady(&mut world)));
    assert!(world.engine.memory() <= before * 3 / 2, "{} before, {} after", before, world.engine.memory());
    assert_eq!(world.engine.contexts_let_in(), 5000);
}
