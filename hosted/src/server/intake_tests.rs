//! What a worker remembers of lines changes nothing but how long it takes: a line that ends in `\r\n` means the same and is never remembered.

use std::sync::atomic::{AtomicU64, Ordering};

use basenji_core::aggregate::Point;
use basenji_core::wire::Cardinality;
use proptest::prelude::*;

use super::super::merger::Merger;
use super::super::origin::Entity;
use super::super::rules::Editor;
use super::*;

/// Puts names into a namespace, tags them, and leaves out some.
struct Named(&'static [u8]);

impl Rules for Named {
    fn editor(&self) -> Box<dyn Editor> {
        Box::new(Naming { space: self.0, name: Vec::new() })
    }
}

struct Naming {
    space: &'static [u8],
    name: Vec<u8>,
}

impl Editor for Naming {
    fn edit<'a>(&'a mut self, metric: &Metric<'a>) -> Option<Metric<'a>> {
        self.name = [self.space, metric.name].concat();
        let tags = if metric.tags.is_empty() { Tags::Text(b"mapped") } else { metric.tags };
        (metric.name != b"c").then_some(Metric { name: &self.name, tags, ..*metric })
    }

    fn is_lasting(&self) -> bool {
        true
    }
}

/// Knows every container, by tags that change with its version.
#[derive(Default)]
struct Versions(AtomicU64);

impl Tagger for Versions {
    fn tags(&self, entity: Entity<'_>, _: Cardinality, each: &mut dyn FnMut(&[u8])) -> bool {
        let Entity::Container(id) = entity else { return false };
        each(&[b"id:", id].concat());
        each(format!("version:{}", self.version()).as_bytes());
        true
    }

    fn version(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Two workers in turn, whose shards change places at each flush.
struct World {
    intakes: Vec<Intake>,
    spare: Option<Box<Shard>>,
    tagger: Arc<Versions>,
}

impl World {
    fn new(config: &Config, with_tagger: bool, rules: Option<&Arc<dyn Rules>>) -> World {
        let merger = Merger::new(config.clone(), None);
        let tagger = Arc::new(Versions::default());
        let shared = with_tagger.then(|| Arc::clone(&tagger) as Arc<dyn Tagger>);
        let intake = |_| Intake::new(config, merger.shard(), Reporter::default(), None, shared.clone(), rules);
        World { intakes: (0..2).map(intake).collect(), spare: Some(merger.shard()), tagger }
    }

    fn receive(&mut self, worker: usize, text: &str, now: Time) {
        let datagram = Datagram { bytes: text.as_bytes(), truncated: false, listener: ListenerKind::Udp, pid: None };
        let intake = &mut self.intakes[worker];
        intake.turn(now);
        intake.datagram(datagram, now, || unreachable!("nothing is refused"));
    }

    /// What stands in the shards, which change places.
    fn flush(&mut self, now: Time) -> Vec<String> {
        let mut found = Vec::new();
        for intake in &mut self.intakes {
            let mut full = intake.swap(self.spare.take().expect("one is"), now);
            for series in full.aggregator.flush_all(now) {
                let tags: Vec<_> = series.tags.iter().map(String::from_utf8_lossy).collect();
                let value = match series.point {
                    Point::Distribution(sketch) => format!("{:?}", sketch.summary()),
                    point => format!("{point:?}"),
                };
                let name = String::from_utf8_lossy(series.name);
                found.push(format!("{name} {} {tags:?} {value}", series.timestamp));
            }
            full.clear(now);
            self.spare = Some(full);
        }
        found.sort();
        found
    }
}

#[derive(Debug, Clone)]
enum Step {
    Receive(usize, Vec<String>),
    Flush,
    Pass(u64),
    Learn,
    Change(u8),
}

fn step() -> impl Strategy<Value = Step> {
    let line = "[abc]:[1-9]{1,2}(:[1-9])?[|](c|g|ms|d|s)([|]@0[.]5)?([|]#(x|x,y|y,x))?([|]c:(k|l))?";
    prop_oneof![
        6 => (0..2usize, proptest::collection::vec(line, 0..24)).prop_map(|(worker, lines)| Step::Receive(worker, lines)),
        2 => Just(Step::Flush),
        1 => (1..70u64).prop_map(Step::Pass),
        1 => Just(Step::Learn),
        1 => (0..3u8).prop_map(Step::Change),
    ]
}

proptest! {
    #[test]
    fn what_is_remembered_of_lines_changes_nothing(
        steps in proptest::collection::vec(step(), 0..30), with_tagger: bool, copies: bool,
    ) {
        let rules: [Option<Arc<dyn Rules>>; 3] = [None, Some(Arc::new(Named(b"n."))), Some(Arc::new(Named(b"m.")))];
        let mut config = Config { workers: 2, ..Config::default() };
        config.copy_histograms = copies.then(|| "copy.".to_owned());
        let [mut with, mut without] = [(); 2].map(|()| World::new(&config, with_tagger, None));
        let mut now = Time::from_secs(1_000);
        for step in &steps {
            match step {
                Step::Receive(worker, lines) => {
                    with.receive(*worker, &lines.join("\n"), now);
                    without.receive(*worker, &lines.iter().map(|line| format!("{line}\r\n")).collect::<String>(), now);
                }
                Step::Flush => prop_assert_eq!(with.flush(now), without.flush(now)),
                Step::Pass(seconds) => now = now.plus_millis(seconds * 1000),
                Step::Learn => [&with, &without].iter().for_each(|world| {
                    world.tagger.0.fetch_add(1, Ordering::Relaxed);
                }),
                Step::Change(number) => {
                    let tags = vec![format!("common:{number}")];
                    let change = Change { tags, rules: rules[usize::from(*number)].clone() };
                    let intakes = with.intakes.iter_mut().chain(&mut without.intakes);
                    intakes.for_each(|intake| intake.change(&change));
                }
            }
        }
        for (one, other) in with.intakes.iter_mut().zip(&mut without.intakes) {
            prop_assert_eq!(one.stats.messages, other.stats.messages);
            prop_assert_eq!(one.stats.filtered_messages, other.stats.filtered_messages);
        }
        prop_assert_eq!(with.flush(now), without.flush(now));
        let known = |world: &World| world.intakes.iter().map(|intake| intake.shard.lines.len()).sum::<usize>();
        prop_assert_eq!(known(&without), 0);
    }
}

#[test]
fn a_line_is_parsed_once_under_rules_and_with_a_tagger() {
    let rules: Arc<dyn Rules> = Arc::new(Named(b"n."));
    for (with_tagger, rules) in [(false, None), (true, None), (false, Some(&rules)), (true, Some(&rules))] {
        let mut world = World::new(&Config::default(), with_tagger, rules);
        let now = Time::from_secs(1_000);
        world.receive(0, "a:1|c|c:k\nb:1|ms|#x,y", now);
        assert_eq!(world.intakes[0].shard.lines.len(), 2);
        world.receive(0, "a:2|c|c:k\nb:2|ms|#x,y\n", now);
        assert_eq!(world.intakes[0].shard.lines.len(), 2, "{with_tagger} {}", rules.is_some());
    }
}
