//! The server's own counters as series.
//!
//! A number is shown from the first flush at which it is not 0, and then always. Counters show what they have grown by,
//! in the bucket that was flushed.

use basenji_core::aggregate::{Members, Point, Series};
use basenji_core::wire::{MetricKind, OriginFields, Tags};

use super::bucket::Bucket;
use super::config::Config;
use super::stats::{Number, Stats};

/// What was shown last.
pub(crate) struct Telemetry {
    /// By number: its value at the last flush, once it was not 0.
    shown: Vec<Option<u64>>,
    tags: Vec<String>,
    host: String,
    interval: u32,
}

impl Telemetry {
    pub(crate) fn new(config: &Config) -> Telemetry {
        let interval = config.aggregation.bucket_secs;
        let mut telemetry = Telemetry { shown: Vec::new(), tags: Vec::new(), host: String::new(), interval };
        telemetry.set_tags(&config.tags);
        telemetry
    }

    /// Takes these tags.
    pub(crate) fn set_tags(&mut self, tags: &[String]) {
        let (hosts, tags): (Vec<_>, Vec<_>) = tags.iter().cloned().partition(|tag| tag.starts_with("host:"));
        self.tags = tags;
        self.host = hosts.first().map_or(String::new(), |tag| tag["host:".len()..].to_owned());
    }

    /// Appends the series of `stats` to `bucket`.
    pub(crate) fn push(&mut self, stats: &Stats, timestamp: u64, bucket: &mut Bucket) {
        let mut place = 0;
        stats.for_each(|number| {
            if self.shown.len() == place {
                self.shown.push(None);
            }
            let last = self.shown[place];
            place += 1;
            if number.value > 0 || last.is_some() {
                self.shown[place - 1] = Some(number.value);
                self.push_one(number, last.unwrap_or(0), timestamp, bucket);
            }
        });
    }

    fn push_one(&self, number: Number, last: u64, timestamp: u64, bucket: &mut Bucket) {
        let own = number.tag.as_ref().map(|(key, value)| format!("{key}:{value}"));
        let tags: Vec<&[u8]> = self.tags.iter().chain(&own).map(String::as_bytes).collect();
        let point = match number.kind {
            MetricKind::Gauge => Point::Gauge(number.value as f64),
            _ => Point::Count(number.value.wrapping_sub(last) as f64),
        };
        bucket.extend(std::iter::once(Series {
            name: number.name.as_bytes(),
            host: self.host.as_bytes(),
            kind: number.kind,
            tags: Tags::List(&tags),
            origin: OriginFields::NONE,
            timestamp,
            interval: self.interval,
            point,
            members: Members::NONE,
        }));
    }
}
