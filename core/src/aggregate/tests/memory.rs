//! What a client keeps, what a storage is asked, and the outcome of each message.

use super::*;

fn keeping(limit: u32) -> Aggregator<Small> {
    let settings = Settings { keep: Keep::Samples { limit }, seed: 7, ..Settings::default() };
    Aggregator::new(Small::new(), settings)
}

/// The samples of the only series.
fn samples(aggregator: &mut Aggregator<Small>) -> Samples<'_> {
    match aggregator.flush(Time::from_secs(1010)).next().map(|series| series.point) {
        Some(Point::Samples(samples)) => samples,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_client_keeps_samples_as_they_came() {
    let mut aggregator = keeping(100);
    for line in ["d:3:1:2|d", "d:5|d|@0.3"] {
        record(&mut aggregator, line, 1000).expect("there is room");
    }
    let kept: Vec<_> = samples(&mut aggregator).iter().collect();
    assert_eq!(kept, [(3.0, 1.0), (1.0, 1.0), (2.0, 1.0), (5.0, 1.0 / 0.3)]);
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
fn beyond_the_limit_a_client_counts_every_sample_in_a_sketch() {
    let mut aggregator = keeping(10);
    for value in 0..100 {
        record(&mut aggregator, &format!("d:{value}|d"), 1000).expect("there is room");
    }
    let Samples::Sketch(sketch) = samples(&mut aggregator) else { panic!("these are more than ten") };
    let summary = sketch.summary();
    assert_eq!((summary.count, summary.sum, summary.min, summary.max), (100, 4950.0, 0.0, 99.0));
    assert_eq!(sketch.bins().map(|bin| u64::from(bin.n)).sum::<u64>(), 100);
}

#[test]
fn merged_samples_come_and_weigh_what_both_did() {
    let (mut left, mut right) = (keeping(4), keeping(4));
    for value in 0..6 {
        record(&mut left, &format!("d:{value}|d|@0.5"), 1000).expect("there is room");
        record(&mut right, &format!("d:{value}|d"), 1000).expect("there is room");
    }
    left.merge(&right).expect("there is room");
    let Samples::Sketch(sketch) = samples(&mut left) else { panic!("these are more than four") };
    assert_eq!((sketch.summary().count, sketch.summary().sum), (18, 45.0));
}

#[test]
fn a_name_that_no_context_can_have_is_refused_without_asking_for_memory() {
    let mut aggregator = Aggregator::new(StaticStorage::<2, 200_000, 64>::new(), Settings::default());
    let line = format!("{}:1|c", "n".repeat(65_536));
    assert_eq!(record(&mut aggregator, &line, 1000), Err(Full::Length));
    assert_eq!(record(&mut aggregator, &line[1..], 1000), Ok(()));
}

/// Storage with a door: it notes whom it was asked about, and lets in and forgets as it is told.
#[derive(Default)]
struct Gated {
    memory: Small,
    asked: Vec<Identity>,
    closed: bool,
    kept: Vec<Identity>,
}

impl Storage for Gated {
    const GATED: bool = true;

    fn parts(&mut self) -> Parts<'_> {
        self.memory.parts()
    }

    fn view(&self) -> View<'_> {
        self.memory.view()
    }

    fn admit(&mut self, context: &Identity) -> Result<(), Full> {
        self.asked.push(*context);
        if self.closed { Err(Full::Contexts) } else { Ok(()) }
    }

    fn forget(&mut self, context: &Identity) -> bool {
        !self.kept.contains(context)
    }
}

#[test]
fn a_storage_is_asked_once_for_each_new_context_and_again_before_it_is_forgotten() {
    let mut aggregator = Aggregator::new(Gated::default(), Settings::default());
    for line in ["a:1|g|#x,,y", "a:1|g|#y,x,", "a:1|g", "b:1|g|#host:h,x", "c:1|g"] {
        record(&mut aggregator, line, 100).expect("it is let in");
    }
    let asked = aggregator.storage().asked.clone();
    assert_eq!(asked.iter().map(|context| context.bytes).collect::<Vec<_>>(), [5, 1, 3, 1]);
    assert_eq!(asked[0].name, asked[1].name);
    aggregator.storage_mut().closed = true;
    assert_eq!(record(&mut aggregator, "d:1|g", 100), Err(Full::Contexts));
    assert_eq!(record(&mut aggregator, "a:1|g|#y,,x", 100), Ok(()), "it is known");
    assert_eq!(aggregator.stats().refused_contexts, 1);
    assert_eq!(flush(&mut aggregator, 110).len(), 4);
    // All of them have expired, but the storage wants two of them kept, told by the same hashes.
    aggregator.storage_mut().kept = std::vec![asked[0], asked[2]];
    assert_eq!(flush(&mut aggregator, 200).len(), 0);
    aggregator.settle();
    let known: Vec<_> = aggregator.contexts().map(|context| context.name.to_vec()).collect();
    assert_eq!(known, [b"a", b"b"]);
    record(&mut aggregator, "b:3|g|#x,host:h", 200).expect("it is known");
    assert_eq!(flush(&mut aggregator, 210), ["b{x}@h g 200 3"]);
}

#[test]
fn every_message_has_one_outcome() {
    let mut aggregator = Aggregator::new(StaticStorage::<2, 64, 40>::new(), Settings::default());
    let mut take = |line: &str, secs| aggregator.take_in(&metric(line), &Source::default(), Time::from_secs(secs));
    assert_eq!(take("a:1:2:nan|c", 100), Outcome::Bucket);
    assert_eq!(take("a:nan:inf|c", 100), Outcome::Skipped);
    assert_eq!(take("d:1|d", 100), Outcome::Bucket);
    assert_eq!(take("e:1|c", 100), Outcome::Refused(Full::Contexts));
    assert_eq!(take("a:1|c|T5", 100), Outcome::Points);
    assert_eq!(take("a:1:2:3:4:5:6:7:8|c|T5", 100), Outcome::Partly { full: Full::Cells, points: true });
    assert_eq!(take("a:1:2|c|T5", 100), Outcome::Refused(Full::Cells));
    for bucket in 11..OPEN_BUCKETS as u64 + 20 {
        let _ = take("a:1|c", bucket * 10);
    }
    assert_eq!(take("d:1:2:nan|d", 10_000), Outcome::Refused(Full::Buckets));
    let stats = aggregator.stats();
    assert_eq!(stats.skipped_values, 4);
}

#[test]
fn an_exchange_and_a_merge_are_a_merge_of_samples() {
    let lines = ["a:1|c", "a:2|c|#x", "g:3|g", "h:1:2:3|h", "d:5|d", "s:m|s", "p:1|c|T7", "p:2|c|T7"];
    let filled = || {
        let (mut few, mut many) = (aggregator(), aggregator());
        // Both know it, one of them without a sample.
        record(&mut few, "a:9|c", 100).expect("there is room");
        record(&mut few, "only.known:9|c", 100).expect("there is room");
        record(&mut many, "silent:9|c", 100).expect("there is room");
        few.clear(Time::from_secs(100));
        many.clear(Time::from_secs(100));
        lines.iter().for_each(|line| record(&mut many, line, 115).expect("there is room"));
        (few, many)
    };
    let (mut merged, many) = filled();
    merged.merge_samples(&many).expect("there is room");
    let (mut exchanged, mut few) = filled();
    exchanged.exchange(&mut few);
    exchanged.merge(&few).expect("there is room");
    assert_eq!((few.stats().contexts, few.open_buckets()), (2, 0));
    let known = |aggregator: &Aggregator<Small>| {
        let mut names: Vec<_> =
            aggregator.contexts().map(|context| String::from_utf8_lossy(context.name).to_string()).collect();
        names.sort();
        names
    };
    assert_eq!(known(&exchanged), known(&merged));
    assert_eq!(exchanged.youngest_bucket(), merged.youngest_bucket());
    let mut shown = [flush(&mut exchanged, 120), flush(&mut merged, 120)];
    shown.iter_mut().for_each(|shown| shown.sort());
    assert_eq!(shown[0], shown[1]);
    assert!(shown[0].len() >= 8, "{shown:?}");
}
