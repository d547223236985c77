//! A memory of lines changes nothing but how long it takes.

use super::super::{Outcome, Settings, Source, StaticStorage};
use super::*;
use crate::Time;
use crate::wire::{Message, Tags};
use std::string::String;
use std::vec::Vec;

type Memory = LineMemory<[LinePlace; 32], [u8; 200]>;
type Small = Aggregator<StaticStorage<12, 256, 128, 8>>;

const NO_MEMORY: Memory =
    LineMemory { places: [[0; 4]; 32], text: [0; 200], mask: 0, len: 0, used: 0, is_full: false, moves: 0 };

/// What a scope stands for here.
fn source(scope: u32) -> Source<'static> {
    Source { tags: Tags::Text([&b""[..], b"added", b"z,y"][scope as usize % 3]), ..Source::default() }
}

/// Takes in what stands in a datagram; returns the outcomes, and how many lines were known.
fn receive(
    memory: &mut Memory,
    aggregator: &mut Small,
    datagram: &[u8],
    scope: u32,
    now: Time,
) -> (Vec<Outcome>, usize) {
    let (mut messages, mut ahead) = (Messages::new(datagram), LinesAhead::default());
    let (mut outcomes, mut known) = (Vec::new(), 0);
    loop {
        memory.look_ahead(&mut ahead, &mut messages, scope, aggregator);
        loop {
            let mut taken = 0;
            let other = ahead.take(aggregator, now, |_| taken += 1);
            outcomes.extend((0..taken).map(|_| Outcome::Bucket));
            known += taken;
            let Some((line, other)) = other else { break };
            if let Some((_, outcome)) = other {
                known += 1;
                outcomes.push(outcome);
            } else if let Ok(Message::Metric(metric)) = line.outline().parse() {
                outcomes.push(aggregator.take_in(&metric, &source(scope), now));
                memory.remember(line, &metric, aggregator);
            }
        }
        match messages.next() {
            Some(Ok(Message::Metric(metric))) => outcomes.push(aggregator.take_in(&metric, &source(scope), now)),
            Some(_) => {}
            None => return (outcomes, known),
        }
    }
}

fn flushed(aggregator: &mut Small, now: Time) -> Vec<String> {
    aggregator.flush(now).map(|series| std::format!("{series:?}")).collect()
}

#[test]
fn a_line_is_known_by_all_but_its_value() {
    let mut memory = Memory::new([[0; 4]; 32], [0; 200]);
    let (mut aggregator, now) = (Small::new(StaticStorage::new(), Settings::new()), Time::from_secs(15));
    let mut known = |datagram: &str, scope| receive(&mut memory, &mut aggregator, datagram.as_bytes(), scope, now).1;
    let first = "a:1|c|#x,y\na:1|c|@0.5|#x,y\na:1|ms\nm:a|s\n";
    assert_eq!(known(first, 0), 0);
    assert_eq!(known(&first.replace(":1", ":22:3"), 0), 4);
    assert_eq!(known("m:b:c|s\na:1e3|ms\na:0x10p0|c|#x,y", 0), 3);
    assert_eq!(known(first, 1), 0, "another scope");
    for other in
        ["a:1|c|#y,x", "a:1|c", "a:1|ms|", "a:1|c|#x,y,", "aa:1|ms", "a:x|ms", "a:|ms", "m:|s", "a:1|c|@0.5|#x,yc"]
    {
        assert_eq!(known(other, 0), 0, "{other}");
    }
    for never in ["t:1|c|T5", "r:1|c|@0", "r:1|c|@7"] {
        assert_eq!((known(never, 0), known(never, 0)), (0, 0), "{never}");
    }
}

#[test]
fn lines_are_forgotten_with_contexts() {
    let mut memory = Memory::new([[0; 4]; 32], [0; 200]);
    let mut aggregator = Small::new(StaticStorage::new(), Settings { counter_expiry_secs: 0, ..Settings::new() });
    let mut at = |datagram: &[u8], secs| receive(&mut memory, &mut aggregator, datagram, 0, Time::from_secs(secs)).1;
    assert_eq!((at(b"a:1|g\nb:1|g\n", 15), at(b"b:1|g\n", 100)), (0, 1));
    assert_eq!(flushed(&mut aggregator, Time::from_secs(110)).len(), 3);
    // The context of `a` is gone, and `b` has its number.
    let mut at = |datagram: &[u8], secs| receive(&mut memory, &mut aggregator, datagram, 0, Time::from_secs(secs)).1;
    assert_eq!((at(b"b:5|g\n", 115), at(b"b:6|g\n", 115), at(b"a:7|g\n", 115)), (0, 1, 0));
    let series = flushed(&mut aggregator, Time::from_secs(120));
    assert!(series.iter().any(|series| series.contains("Gauge(6.0)")) && series.len() == 2, "{series:?}");
}

#[test]
fn what_was_looked_for_before_a_flush_is_not_taken_in_after_it() {
    let mut memory = Memory::new([[0; 4]; 32], [0; 200]);
    let mut aggregator = Small::new(StaticStorage::new(), Settings { counter_expiry_secs: 0, ..Settings::new() });
    receive(&mut memory, &mut aggregator, b"a:1|g\nb:1|g\n", 0, Time::from_secs(15));
    receive(&mut memory, &mut aggregator, b"b:1|g\n", 0, Time::from_secs(100));
    let (mut messages, mut ahead) = (Messages::new(b"b:2|g\nb:3|g\n"), LinesAhead::default());
    memory.look_ahead(&mut ahead, &mut messages, 0, &aggregator);
    // The context of `a` goes, and `b` gets its number, as soon as something is taken in.
    assert_eq!(flushed(&mut aggregator, Time::from_secs(110)).len(), 3);
    let now = Time::from_secs(115);
    assert!(matches!(ahead.take(&mut aggregator, now, |_| ()), Some((_, None))));
    let other = Message::parse(b"c:1|g");
    let Ok(Message::Metric(other)) = other else { unreachable!("it is one") };
    aggregator.record(&other, &source(0), now).unwrap();
    assert!(matches!(ahead.take(&mut aggregator, now, |_| ()), Some((_, None))));
    assert!(ahead.take(&mut aggregator, now, |_| ()).is_none());
    assert_eq!(flushed(&mut aggregator, Time::from_secs(120)).len(), 1);
}

#[test]
fn a_line_that_comes_twice_at_once_is_remembered_once() {
    let mut memory = Memory::new([[0; 4]; 32], [0; 200]);
    let mut aggregator = Small::new(StaticStorage::new(), Settings::new());
    receive(&mut memory, &mut aggregator, b"a:1|c\na:2|c\na:3|c|#x,y", 0, Time::from_secs(15));
    assert_eq!(memory.len(), 2);
}

#[test]
fn a_memory_that_is_full_goes_on_with_what_it_has() {
    let mut memory = Memory::new([[0; 4]; 32], [0; 200]);
    let mut aggregator = Aggregator::new(StaticStorage::new(), Settings::new());
    let lines: String = (0..40).map(|number| std::format!("a:1|c|@0.1{number:02}\n")).collect();
    receive(&mut memory, &mut aggregator, lines.as_bytes(), 0, Time::from_secs(15));
    assert!(memory.is_full() && memory.len() > 8, "{memory:?}");
    assert!(receive(&mut memory, &mut aggregator, b"a:1|c|@0.100\n", 0, Time::from_secs(15)).1 == 1);
    memory.forget();
    assert!(memory.is_empty() && !memory.is_full());
    let mut none = NO_MEMORY;
    let (outcomes, known) = receive(&mut none, &mut aggregator, lines.as_bytes(), 0, Time::from_secs(15));
    assert_eq!((outcomes.len(), known, none.len()), (40, 0, 0));
}

proptest::proptest! {
    #[test]
    fn an_aggregate_with_a_memory_of_lines_is_the_one_without(
        datagrams in proptest::collection::vec(
            ("((a|bb|a{40})(:-?[0-9]{1,3}([.]5)?|:nan|:x){1,3}[|](c|g|ms|d|s)([|]@(0[.]5|2))?([|]#(x,y|y,x|x|host:h))?([|]T9)?(\r|)\n){0,20}", 0u32..3, 0u64..15, proptest::bool::ANY),
            0..12,
        ),
        origin: bool, keep: bool,
    ) {
        let keep = if keep { Keep::Samples { limit: 3 } } else { Keep::Series };
        let settings = Settings { key_by_origin: origin, keep, counter_expiry_secs: 20, ..Settings::new() };
        let new = || Small::new(StaticStorage::new(), settings.clone());
        let (mut with, mut without) = (new(), new());
        let (mut memory, mut none) = (Memory::new([[0; 4]; 32], [0; 200]), NO_MEMORY);
        let mut now = Time::from_secs(1000);
        for (datagram, scope, step, flush) in datagrams {
            now = now.plus_millis(step * 1000);
            let expected = receive(&mut none, &mut without, datagram.as_bytes(), scope, now).0;
            assert_eq!(receive(&mut memory, &mut with, datagram.as_bytes(), scope, now).0, expected);
            assert_eq!(with.stats(), without.stats());
            if flush {
                assert_eq!(flushed(&mut with, now), flushed(&mut without, now));
            }
        }
        now = now.plus_millis(20_000);
        assert_eq!(flushed(&mut with, now), flushed(&mut without, now));
    }
}
