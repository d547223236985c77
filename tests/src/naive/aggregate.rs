//! A naive aggregator: every sample is kept as it came, in maps, and a flush works everything out from them.
//!
//! The rules are those of the Agent's sampler (buckets, zeros of counters, expiry of contexts, points with a timestamp), except that
//! the type is a part of identity, a count is a sum and not a rate, and every type may have a timestamp.

use super::Metric;
use super::text::{Bytes, Number, Origin};
use basenji_core::aggregate::{Keep, Settings};
use std::collections::{BTreeMap, BTreeSet};

/// The most buckets that may be open at a time.
const OPEN_BUCKETS: usize = 32;

/// What makes a series one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// The name.
    pub name: Bytes,
    /// The host, empty for none.
    pub host: Bytes,
    /// The type as on the wire.
    pub code: String,
    /// The tags, of which order and number do not matter.
    pub tags: BTreeSet<Bytes>,
    /// The origin fields, if they are a part of identity.
    pub origin: Origin,
    /// The member of a set, where each is a series of its own.
    pub member: Bytes,
}

/// One value of a message, or one member of a set.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// The value; 0 for a member.
    pub value: f64,
    /// 1 divided by the sample rate.
    pub weight: f64,
    /// The member.
    pub member: Bytes,
}

/// One point of one series with all its samples.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// The series.
    pub key: Key,
    /// Seconds since 1970: the start of the bucket, or the point's own.
    pub timestamp: u64,
    /// The samples in the order in which they came; none for the zero of a counter.
    pub samples: Vec<Sample>,
}

#[derive(Debug, Clone, Default)]
struct Context {
    /// Seconds since 1970 of the latest sample in a bucket.
    last_seen: Option<u64>,
    /// The start of each bucket, in bucket lengths, and its samples.
    buckets: BTreeMap<u64, Vec<Sample>>,
    /// The samples with a timestamp.
    points: Vec<(u64, Sample)>,
}

/// What a receiver knows besides the message.
#[derive(Debug, Clone, Default)]
pub struct Source {
    /// The host of metrics without a `host:` tag.
    pub host: Bytes,
    /// Tags to add.
    pub tags: Vec<Bytes>,
}

/// The naive aggregator.
#[derive(Debug, Clone)]
pub struct Aggregator {
    settings: Settings,
    contexts: BTreeMap<Key, Context>,
    /// The buckets that somebody recorded into.
    open: BTreeSet<u64>,
    flushed_to: Option<u64>,
    /// Values that are not finite.
    pub skipped_values: u64,
    /// Messages with a rate outside (0, 1].
    pub odd_rates: u64,
    /// Values that no bucket could be opened for.
    pub refused_values: u64,
}

impl Aggregator {
    /// An empty one.
    pub fn new(settings: Settings) -> Self {
        Aggregator {
            settings,
            contexts: BTreeMap::new(),
            open: BTreeSet::new(),
            flushed_to: None,
            skipped_values: 0,
            odd_rates: 0,
            refused_values: 0,
        }
    }

    /// How many contexts are known.
    pub fn contexts(&self) -> usize {
        self.contexts.len()
    }

    /// How many buckets hold samples.
    pub fn open_buckets(&self) -> usize {
        self.open.len()
    }

    /// Takes in a metric that came at `secs`.
    pub fn record(&mut self, metric: &Metric, source: &Source, secs: u64) {
        let rate = metric.sample_rate.0;
        let rate = if rate > 0.0 && rate <= 1.0 {
            rate
        } else {
            self.odd_rates += 1;
            1.0
        };
        let weight = 1.0 / rate;
        let mut samples = Vec::new();
        if let Some(member) = &metric.member {
            samples.push(Sample { value: 0.0, weight, member: member.clone() });
        }
        for &Number(value) in &metric.values {
            if value.is_finite() {
                samples.push(Sample { value, weight, member: Bytes::default() });
            } else {
                self.skipped_values += 1;
            }
        }
        if samples.is_empty() {
            return;
        }
        let key = self.key(metric, source);
        let context = self.contexts.entry(key).or_default();
        for sample in samples {
            if let Some(timestamp) = metric.timestamp {
                // A count's rate does not matter here, as in the Agent.
                let weight = if metric.code == "c" { 1.0 } else { weight };
                context.points.push((timestamp, Sample { weight, ..sample }));
                continue;
            }
            let bucket = secs / u64::from(self.settings.bucket_secs);
            if !self.open.contains(&bucket) && self.open.len() == OPEN_BUCKETS {
                self.refused_values += 1;
                continue;
            }
            self.open.insert(bucket);
            context.buckets.entry(bucket).or_default().push(sample);
            context.last_seen = context.last_seen.max(Some(secs));
        }
    }

    fn key(&self, metric: &Metric, source: &Source) -> Key {
        // To a client they are tags like others.
        let is_server = self.settings.keep == Keep::Series;
        let host_of = |tag: &&Bytes| is_server && tag.0.starts_with(b"host:");
        // The last one of the message, else the first one that is added, else what the receiver knows.
        let host = metric.tags.iter().rfind(host_of).or_else(|| source.tags.iter().find(host_of));
        let host = host.map_or(source.host.clone(), |tag| Bytes::from(&tag.0[5..]));
        let special = |tag: &&Bytes| host_of(tag) || is_server && tag.0.starts_with(b"dd.internal.");
        let tags = metric.tags.iter().chain(&source.tags).filter(|tag| !special(tag)).cloned().collect();
        let origin = if self.settings.key_by_origin { metric.origin.clone() } else { Origin::default() };
        let member = match (self.settings.keep, &metric.member) {
            (Keep::Samples { .. }, Some(member)) => member.clone(),
            _ => Bytes::default(),
        };
        Key { name: metric.name.clone(), host, code: metric.code.clone(), tags, origin, member }
    }

    /// The points of all buckets that are over at `secs`, and all points with a timestamp.
    pub fn flush(&mut self, secs: u64) -> Vec<Point> {
        self.flush_up_to(secs / u64::from(self.settings.bucket_secs), secs)
    }

    /// The points of all buckets.
    pub fn flush_all(&mut self, secs: u64) -> Vec<Point> {
        let cutoff = secs / u64::from(self.settings.bucket_secs);
        let end = self.open.last().map_or(cutoff, |last| cutoff.max(last + 1));
        self.flush_up_to(end, secs)
    }

    fn flush_up_to(&mut self, cutoff: u64, secs: u64) -> Vec<Point> {
        let mut closed: BTreeSet<u64> = self.open.range(..cutoff).copied().collect();
        // Without any bucket the zeros stand in the one before the cutoff, once.
        if self.open.is_empty() && self.flushed_to.is_some_and(|last| last < cutoff) {
            closed.insert(cutoff - 1);
        }
        let length = u64::from(self.settings.bucket_secs);
        let mut points = Vec::new();
        for (key, context) in &mut self.contexts {
            let mut emit = |timestamp, samples| points.push(Point { key: key.clone(), timestamp, samples });
            for &bucket in &closed {
                let start = bucket * length;
                let until = context.last_seen.map(|seen| seen + u64::from(self.settings.counter_expiry_secs));
                let shows_zero =
                    key.code == "c" && self.settings.counter_zeros && until.is_some_and(|until| until > start);
                match context.buckets.remove(&bucket) {
                    Some(samples) => emit(start, samples),
                    None if shows_zero => emit(start, Vec::new()),
                    None => {}
                }
            }
            for (timestamp, sample) in context.points.drain(..) {
                emit(timestamp, vec![sample]);
            }
        }
        self.open.retain(|&bucket| bucket >= cutoff);
        self.flushed_to = self.flushed_to.max(Some(cutoff));
        self.forget(secs);
        points
    }

    /// Drops all samples; contexts stay known.
    pub fn clear(&mut self, secs: u64) {
        for context in self.contexts.values_mut() {
            context.buckets.clear();
            context.points.clear();
        }
        self.open.clear();
        self.flushed_to = None;
        self.forget(secs);
    }

    /// Forgets the contexts that were not seen for long.
    fn forget(&mut self, secs: u64) {
        let settings = &self.settings;
        self.contexts.retain(|key, context| {
            let counter = if key.code == "c" { settings.counter_expiry_secs } else { 0 };
            let until = context.last_seen.unwrap_or(0) + u64::from(settings.context_expiry_secs) + u64::from(counter);
            !context.buckets.is_empty() || !context.points.is_empty() || until >= secs
        });
    }
}
