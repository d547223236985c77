//! Operations on an aggregator, as text: a line each, so that a seed can be read.
//!
//! | line | |
//! | --- | --- |
//! | `page.views:1\|c\|#a` | a metric is recorded; any other message is passed over |
//! | `+1500`, `-1500` | the time goes on, or back, by milliseconds |
//! | `flush`, `flush all`, `clear` | as the aggregator's methods |
//! | `source web env:dev,b` | what the receiver knows of the metrics that follow: host and tags |
//! | `shard 1` | which of two shards takes the metrics that follow, where there are shards |
//! | `bucket 10`, `counters 300`, `contexts 20`, `no zeros`, `by origin`, `samples 8`, `members 8`, `precision 14`, `bins 16`, `keep 5` (samples, as a client), `seed 7` | settings, before all others |
//!
//! What cannot be read is passed over. The time begins at second 1000.

use crate::naive;
use basenji_core::aggregate::{Aggregate, Keep, Settings};

/// The time at the start, in milliseconds.
pub const START: u64 = 1_000_000;

/// One operation.
#[derive(Debug, Clone, PartialEq)]
pub enum Op {
    /// A line of the wire to record.
    Record(Vec<u8>),
    /// Milliseconds to go on.
    On(u64),
    /// Milliseconds to go back.
    Back(u64),
    /// Flush the buckets that are over.
    Flush,
    /// Flush all buckets.
    FlushAll,
    /// Drop the samples.
    Clear,
    /// What the receiver knows from now on.
    Source {
        /// The host.
        host: Vec<u8>,
        /// The tags, joined by commas.
        tags: Vec<u8>,
    },
    /// The shard that records from now on, 0 or 1.
    Shard(usize),
}

/// Settings and operations.
#[derive(Debug, Clone)]
pub struct Script {
    /// The settings.
    pub settings: Settings,
    /// The operations in order.
    pub ops: Vec<Op>,
}

impl Script {
    /// Reads a script.
    pub fn parse(text: &[u8]) -> Self {
        let mut script = Script { settings: settings(), ops: Vec::new() };
        for line in text.split(|&byte| byte == b'\n') {
            let words = std::str::from_utf8(line).unwrap_or_default();
            if script.ops.is_empty() && set(&mut script.settings, words).is_some() {
                continue;
            }
            match op(line, words) {
                Some(op) => script.ops.push(op),
                None if line.contains(&b'|') => script.ops.push(Op::Record(line.to_vec())),
                None => {}
            }
        }
        script
    }
}

/// The defaults, with every aggregate, and a few percentiles.
fn settings() -> Settings {
    let mut settings = Settings::default();
    let names = ["min", "sum"].map(Aggregate::from_name).into_iter().flatten();
    for aggregate in names.chain([0, 1, 50, 99, 100].map(Aggregate::Percentile)) {
        settings.aggregates.push(aggregate).expect("there is room for all of them");
    }
    settings
}

fn set(settings: &mut Settings, words: &str) -> Option<()> {
    match words.split_once(' ')? {
        ("no", "zeros") => settings.counter_zeros = false,
        ("by", "origin") => settings.key_by_origin = true,
        ("bucket", secs) => settings.bucket_secs = small(secs)?.clamp(1, 60),
        ("counters", secs) => settings.counter_expiry_secs = small(secs)?,
        ("contexts", secs) => settings.context_expiry_secs = small(secs)?,
        ("samples", count) => settings.histogram_exact_samples = small(count)?,
        ("members", count) => settings.set_exact_members = small(count)?,
        ("precision", bits) => settings.set_precision = small(bits)?.clamp(4, 16) as u8,
        ("bins", count) => settings.sketch_bins = small(count)?.clamp(1, 4096) as u16,
        ("keep", limit) => settings.keep = Keep::Samples { limit: small(limit)? },
        ("seed", seed) => settings.seed = seed.parse().ok()?,
        _ => return None,
    }
    Some(())
}

fn op(line: &[u8], words: &str) -> Option<Op> {
    Some(match words {
        "flush" => Op::Flush,
        "flush all" => Op::FlushAll,
        "clear" => Op::Clear,
        "shard 0" => Op::Shard(0),
        "shard 1" => Op::Shard(1),
        _ if !line.contains(&b'|') && words.starts_with('+') => Op::On(small(&words[1..])?.into()),
        _ if !line.contains(&b'|') && words.starts_with('-') => Op::Back(small(&words[1..])?.into()),
        _ => {
            let mut parts = line.strip_prefix(b"source ")?.splitn(2, |&byte| byte == b' ');
            let (host, tags) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            Op::Source { host: host.to_vec(), tags: tags.to_vec() }
        }
    })
}

/// A number up to a million.
fn small(digits: &str) -> Option<u32> {
    digits.parse().ok().filter(|&number| number <= 1_000_000)
}

/// Whether all values and the rate of a metric are of a size at which sums neither overflow nor lose count.
pub fn is_of_ordinary_size(metric: &naive::Metric) -> bool {
    let ordinary = |value: f64| !value.is_finite() || value.abs() <= 1e100;
    let rate = metric.sample_rate.0;
    metric.values.iter().all(|value| ordinary(value.0)) && !(rate > 0.0 && rate < 1e-6)
}
