//! What the values that were taken in, and those that were shown, add up to.

use basenji::server::{Bucket, Point};
use basenji_core::wire::MetricKind;

use super::story::Load;

/// The second of messages with a timestamp.
pub const TIMESTAMP: u64 = 1_000_000;

/// What the samples of each kind add up to; every value on the wire is 1, every member of a set another.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Sums {
    /// The sums of counts.
    pub counts: f64,
    /// The weights of the samples of timings and histograms.
    pub histograms: u64,
    /// The same of distributions, without those that repeat histograms.
    pub distributions: u64,
    /// Members of sets, as they were counted.
    pub members: u64,
    /// Events and checks.
    pub lines: u64,
}

impl Sums {
    /// What `messages` messages with `values` values in all add.
    pub fn add(&mut self, load: &Load, messages: u64, values: u64, counts_timestamps: bool) {
        let weight = match load.rate {
            "0.5" => 2,
            "0.25" => 4,
            _ => 1,
        };
        match load.kind {
            "c" if load.timestamp && counts_timestamps => self.counts += values as f64,
            "c" => self.counts += (values * weight) as f64,
            "ms" | "h" => self.histograms += values * weight,
            "d" => self.distributions += values * weight,
            "s" => self.members += messages,
            "_e" | "_sc" => self.lines += messages,
            _ => {}
        }
    }

    /// What a bucket shows.
    pub fn show(&mut self, bucket: &Bucket) {
        for series in bucket.series().filter(|series| !series.name.starts_with(b"basenji.")) {
            match series.point {
                Point::Count(sum) => self.counts += sum,
                Point::Gauge(_) => {}
                Point::Set(members) => self.members += members,
                Point::Histogram(histogram) => self.histograms += histogram.summary.count,
                Point::Distribution(_) if series.name.starts_with(b"copy.") => {}
                Point::Distribution(sketch) => self.distributions += sketch.summary().count,
            }
            debug_assert!(series.kind != MetricKind::Gauge || matches!(series.point, Point::Gauge(_)));
        }
        self.lines += (bucket.events().count() + bucket.service_checks().count()) as u64;
    }
}
