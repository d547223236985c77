//! Memory: bytes a context at a million contexts with five tags, a table by kind.
//!
//! "In use" is the entry with its place in both indexes, the text, and the cells of its samples; "resident" is what the process grew by, which has
//! the share that a growing storage holds ready on top.

use std::io::Write;

use basenji::core::Time;
use basenji::core::aggregate::{Aggregator, Entry, Settings, Source};
use basenji::core::wire::{Metric, MetricKind};
use basenji::server::{Growing, Memory};

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
}

/// An aggregator with samples in each context.
fn filled(kind: MetricKind, samples: usize) -> Aggregator<Growing> {
    let budget = Memory { contexts: CONTEXTS, bytes: 1 << 30, cells: 1 << 30 };
    let mut aggregator = Aggregator::new(Growing::new(budget), Settings::new());
    let mut line = Vec::new();
    for sample in 0..samples {
        for context in 0..CONTEXTS {
            line.clear();
            let (code, route) = (kind.code(), context % 9);
            write!(
                line,
                "http.request.duration:{sample}|{code}|#env:prod,service:checkout,version:1.0.2,endpoint:/api/v{route}/items,pod:checkout-{context:05x}"
            )
            .expect("writing into a Vec does not fail");
            let metric = Metric::parse(&line).expect("the line is good");
            aggregator.record(&metric, &Source::default(), Time::from_secs(1_700_000_000)).expect("there is room");
        }
    }
    aggregator
}

/// Bytes of this process in memory.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("this bench needs /proc");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("the kernel tells");
    line.trim().trim_end_matches(" kB").parse::<usize>().expect("a number") * 1024
}
