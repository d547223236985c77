//! Properties of aggregation: operations on the aggregator and on the naive one.

use super::points::{self, Seen};
use super::storage::Growing;
use crate::script::{Op, START, Script, is_of_ordinary_size};
use crate::{naive, owned};
use basenji_core::aggregate::{Aggregator, Flush, Settings, Source};
use basenji_core::wire::{Message, Tags};
use basenji_core::{Full, Time};
use std::cmp::Ordering;

/// More than any script needs.
const AMPLE: usize = 1 << 22;

/// The aggregator hands out what the naive one works out from all samples.
pub fn aggregate_ops(script: &[u8]) {
    let script = Script::parse(script);
    let mut run = Run::new(&script.settings);
    let mut core = Aggregator::new(Growing::new(AMPLE), script.settings.clone());
    // Whether the last flush has been settled, so that contexts are counted without those that it forgot.
    let mut settled = true;
    for op in &script.ops {
        match op {
            Op::Record(line) => {
                let Some(metric) = run.metric(line) else { continue };
                let refused = run.naive.refused_values;
                run.naive.record(&metric, &run.source, run.now / 1000);
                let result = run.record(&mut core, line);
                let expected = if run.naive.refused_values > refused { Err(Full::Buckets) } else { Ok(()) };
                assert_eq!(result, expected, "\"{}\"", line.escape_ascii());
                let stats = core.stats();
                let counts = (stats.skipped_values, stats.odd_rates, stats.refused_values, stats.refused_contexts);
                assert_eq!(counts, (run.naive.skipped_values, run.naive.odd_rates, run.naive.refused_values, 0));
                settled |= result.is_ok()
                    && metric.timestamp.is_none()
                    && metric.values.iter().any(|value| value.0.is_finite());
                if settled {
                    assert_eq!(stats.contexts, run.naive.contexts(), "contexts");
                }
            }
            Op::Flush => {
                let expected = run.naive.flush(run.now / 1000);
                points::compare(expected, seen(core.flush(run.time())), &script.settings);
                settled = false;
            }
            Op::FlushAll => {
                let expected = run.naive.flush_all(run.now / 1000);
                points::compare(expected, seen(core.flush_all(run.time())), &script.settings);
                settled = false;
            }
            Op::Clear => {
                run.naive.clear(run.now / 1000);
                core.clear(run.time());
                assert_eq!((core.stats().contexts, core.stats().cells), (run.naive.contexts(), 0));
                settled = true;
            }
            Op::Back(millis) => run.now = run.now.saturating_sub(*millis).max(START),
            other => run.go_on(other),
        }
        let length = u64::from(script.settings.bucket_secs);
        let end = (run.now / 1000 / length + 1) * length;
        assert_eq!(core.next_flush_at(run.time()), Time::from_secs(end));
    }
    points::compare(run.naive.flush_all(run.now / 1000), seen(core.flush_all(run.time())), &script.settings);
}

/// Two shards that are merged at each flush hand out what the naive aggregator does that took all samples.
pub fn merge_is_single(script: &[u8]) {
    let script = Script::parse(script);
    let mut run = Run::new(&script.settings);
    let new = || Aggregator::new(Growing::new(AMPLE), script.settings.clone());
    let (mut merged, mut shards, mut shard) = (new(), [new(), new()], 0);
    for op in &script.ops {
        let full = run.naive.open_buckets() >= 16;
        match op {
            Op::Record(line) => {
                let Some(metric) = run.metric(line) else { continue };
                // Of two gauges received in the same millisecond by two shards nobody knows the last.
                run.now += 1;
                run.naive.record(&metric, &run.source, run.now / 1000);
                run.record(&mut shards[shard], line).expect("there is room");
            }
            Op::Shard(number) => shard = *number,
            // The order of two shards is the order of time, which must not go back.
            Op::Clear | Op::Back(_) => {}
            Op::Flush | Op::FlushAll => {}
            other => run.go_on(other),
        }
        if full || matches!(op, Op::Flush | Op::FlushAll) {
            for shard in &mut shards {
                merged.merge(shard).expect("there is room");
                shard.clear(run.time());
            }
            let (mut expected, mut found) = if *op == Op::FlushAll {
                (run.naive.flush_all(run.now / 1000), seen(merged.flush_all(run.time())))
            } else {
                (run.naive.flush(run.now / 1000), seen(merged.flush(run.time())))
            };
            // Points of one series and second come shard by shard.
            expected.sort_by(|left, right| order(points::size(left), points::size(right)));
            found.sort_by(|left, right| order(left.size(), right.size()));
            points::compare(expected, found, &script.settings);
        }
    }
}

/// An aggregator with next to no memory refuses, says so and counts it; what it knows goes on.
pub fn small_memory_counts_what_it_refuses(script: &[u8]) {
    let script = Script::parse(script);
    for budget in [1, 2, 16, 64, 256] {
        let mut run = Run::new(&script.settings);
        let mut core = Aggregator::new(Growing::new(budget), script.settings.clone());
        for op in &script.ops {
            match op {
                Op::Record(line) => {
                    if run.metric(line).is_none() {
                        continue;
                    }
                    let before = core.stats();
                    let result = run.record(&mut core, line);
                    let after = core.stats();
                    let refused = after.refused_contexts + after.refused_values;
                    let counted = refused > before.refused_contexts + before.refused_values;
                    assert_eq!(result.is_err(), counted, "{result:?} for \"{}\"", line.escape_ascii());
                    if result.is_ok() {
                        assert_eq!(again(&mut core, &run, line), Ok(()), "a known context is refused");
                    }
                }
                Op::Flush => drop(seen(core.flush(run.time()))),
                Op::FlushAll => drop(seen(core.flush_all(run.time()))),
                Op::Clear => core.clear(run.time()),
                Op::Back(millis) => run.now = run.now.saturating_sub(*millis).max(START),
                other => run.go_on(other),
            }
            assert!(core.stats().contexts <= budget.max(1) && core.stats().cells <= budget.max(4));
        }
        let mut other = Aggregator::new(Growing::new(budget), script.settings.clone());
        let _ = other.merge(&core);
        drop(seen(other.flush_all(run.time())));
        core.clear(run.time());
        assert_eq!(core.stats().cells, 0, "cells are lost");
    }
}

/// Records a line without its values a second time, where that needs no cell.
fn again(core: &mut Aggregator<Growing>, run: &Run, line: &[u8]) -> Result<(), Full> {
    match Message::parse(line) {
        Ok(Message::Metric(metric)) if matches!(metric.kind.code(), "c" | "g") && metric.timestamp.is_none() => {
            run.record(core, line)
        }
        _ => Ok(()),
    }
}

fn order(left: (f64, f64), right: (f64, f64)) -> Ordering {
    left.0.total_cmp(&right.0).then(left.1.total_cmp(&right.1))
}

fn seen(flush: Flush<'_>) -> Vec<Seen> {
    flush.map(|series| Seen::of(&series)).collect()
}

/// The naive aggregator, the time, and what the receiver knows.
struct Run {
    naive: naive::Aggregator,
    source: naive::Source,
    tags: Vec<u8>,
    /// Milliseconds since 1970.
    now: u64,
}

impl Run {
    fn new(settings: &Settings) -> Self {
        let naive = naive::Aggregator::new(settings.clone());
        Run { naive, source: naive::Source::default(), tags: Vec::new(), now: START }
    }

    fn time(&self) -> Time {
        Time::from_millis(self.now)
    }

    /// The metric on a line, if it is one whose sums can be compared.
    fn metric(&self, line: &[u8]) -> Option<naive::Metric> {
        match naive::parse(line) {
            Ok(naive::Message::Metric(metric)) if is_of_ordinary_size(&metric) => Some(metric),
            _ => None,
        }
    }

    fn record(&self, core: &mut Aggregator<Growing>, line: &[u8]) -> Result<(), Full> {
        match Message::parse(line) {
            Ok(Message::Metric(metric)) => {
                core.record(&metric, &Source { host: &self.source.host.0, tags: Tags::Text(&self.tags) }, self.time())
            }
            other => panic!("\"{}\" is {:?} to the core", line.escape_ascii(), other.map(owned::message)),
        }
    }

    fn go_on(&mut self, op: &Op) {
        match op {
            Op::On(millis) => self.now += millis,
            Op::Source { host, tags } => {
                let list = if tags.is_empty() {
                    Vec::new()
                } else {
                    tags.split(|&byte| byte == b',').map(naive::Bytes::from).collect()
                };
                self.source = naive::Source { host: host.as_slice().into(), tags: list };
                self.tags = tags.clone();
            }
            _ => {}
        }
    }
}
