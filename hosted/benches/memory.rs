//! Memory: bytes a context at a million contexts with five tags, a table by kind.
//!
//! "In use" is the entry with its place in both indexes, the text, and the cells of its samples; "resident" is what the process grew by, which has
//! the share that a growing storage holds ready on top.
//!
//! The second table is a server's: what its process has grown by before each flush of a load that comes again in every bucket, the most during the
//! flush, and what is left once the load has stopped.

use std::io::Write;

use basenji::core::Time;
use basenji::core::aggregate::{Aggregator, Entry, Settings, Source};
use basenji::core::wire::{Metric, MetricKind};
use basenji::server::{Config, Engine, Growing, ListenerKind, Memory};

const CONTEXTS: usize = 1_000_000;

/// Samples of each context in its bucket.
const ROWS: [(MetricKind, usize); 9] = [
    (MetricKind::Count, 1),
    (MetricKind::Gauge, 1),
    (MetricKind::Set, 1),
    (MetricKind::Set, 16),
    (MetricKind::Timing, 1),
    (MetricKind::Histogram, 1),
    (MetricKind::Histogram, 16),
    (MetricKind::Distribution, 1),
    (MetricKind::Distribution, 16),
];

fn main() {
    println!("{CONTEXTS} contexts with five tags, bytes a context");
    println!("{:<14}{:>8}{:>8}{:>8}{:>8}{:>10}", "kind", "samples", "text", "cells", "in use", "resident");
    for (kind, samples) in ROWS {
        let before = resident();
        let aggregator = filled(kind, samples);
        let resident = resident().saturating_sub(before);
        let stats = aggregator.stats();
        assert_eq!(stats.contexts, CONTEXTS);
        let each = |bytes: usize| bytes as f64 / CONTEXTS as f64;
        // An entry, and a head in each of two indexes.
        let entry = size_of::<Entry>() + 2 * size_of::<u32>();
        let (text, cells) = (each(stats.bytes), each(stats.cells * size_of::<u64>()));
        let in_use = entry as f64 + text + cells;
        println!("{:<14}{samples:>8}{text:>8.1}{cells:>8.1}{in_use:>8.1}{:>10.1}", kind.name(), each(resident));
    }
    flushes();
}

/// What the flushes of a server take.
fn flushes() {
    let mut config = Config::default();
    config.memory = Memory { contexts: CONTEXTS * 2, bytes: 1 << 30, cells: 1 << 28 };
    config.telemetry = false;
    let start = resident();
    let mut engine = Engine::new(config, None, ["sink".to_owned()]).expect("the settings are good");
    println!("\na server's flushes of {CONTEXTS} counts, bytes a context");
    println!("{:<16}{:>8}{:>8}{:>8}", "flush", "before", "peak", "ratio");
    let each = |bytes: usize| bytes.saturating_sub(start) as f64 / CONTEXTS as f64;
    let mut secs = 1_700_000_000;
    let mut line = Vec::new();
    for flush in 1..=11 {
        let is_loaded = flush <= 4;
        for context in (0..CONTEXTS).filter(|_| is_loaded) {
            line.clear();
            write_line(&mut line, "c", 1, context);
            engine.receive(0, ListenerKind::Udp, &line, false, Time::from_secs(secs));
        }
        secs += if is_loaded { 10 } else { 60 };
        let before = each(resident());
        forget_peak();
        engine.flush(Time::from_secs(secs));
        drop(engine.take(0));
        let peak = each(status("VmHWM:"));
        let of = if is_loaded { "of the load" } else { "of silence" };
        println!("{:<16}{before:>8.1}{peak:>8.1}{:>8.2}", format!("{flush} {of}"), peak / before);
    }
    println!("{:<16}{:>8.1}", "after", each(resident()));
}

/// Has the kernel measure the peak of this process's memory anew.
fn forget_peak() {
    std::fs::write("/proc/self/clear_refs", "5").expect("this bench needs /proc");
}

/// An aggregator with samples in each context.
fn filled(kind: MetricKind, samples: usize) -> Aggregator<Growing> {
    let budget = Memory { contexts: CONTEXTS, bytes: 1 << 30, cells: 1 << 30 };
    let mut aggregator = Aggregator::new(Growing::new(budget), Settings::new());
    let mut line = Vec::new();
    for sample in 0..samples {
        for context in 0..CONTEXTS {
            line.clear();
            write_line(&mut line, kind.code(), sample, context);
            let metric = Metric::parse(&line).expect("the line is good");
            aggregator.record(&metric, &Source::default(), Time::from_secs(1_700_000_000)).expect("there is room");
        }
    }
    aggregator
}

/// A line with five tags.
fn write_line(line: &mut Vec<u8>, code: &str, sample: usize, context: usize) {
    let route = context % 9;
    write!(
        line,
        "http.request.duration:{sample}|{code}|#env:prod,service:checkout,version:1.0.2,endpoint:/api/v{route}/items,pod:checkout-{context:05x}"
    )
    .expect("writing into a Vec does not fail");
}

/// Bytes of this process in memory.
fn resident() -> usize {
    status("VmRSS:")
}

/// A number of bytes that the kernel tells of this process.
fn status(key: &str) -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("this bench needs /proc");
    let line = status.lines().find_map(|line| line.strip_prefix(key)).expect("the kernel tells");
    line.trim().trim_end_matches(" kB").parse::<usize>().expect("a number") * 1024
}
