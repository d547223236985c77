//! How a bucket's series are read.

use basenji_core::aggregate::Aggregate;
use basenji_core::sketch::{Sketch, Summary};
use basenji_core::wire::{MetricKind, OriginFields, Tags};

/// One point of one series, borrowed from its bucket.
#[derive(Debug, Clone, Copy)]
pub struct Series<'a> {
    /// The name of the metric.
    pub name: &'a [u8],
    /// The host; empty for none.
    pub host: &'a [u8],
    /// The type.
    pub kind: MetricKind,
    /// The tags, sorted, each once.
    pub tags: Tags<'a>,
    /// The origin fields, where identity includes them.
    pub origin: OriginFields<'a>,
    /// Seconds since 1970: the start of the bucket, or the point's own timestamp.
    pub timestamp: u64,
    /// Length of the bucket in seconds.
    pub interval: u32,
    /// The value.
    pub point: Point<'a>,
}

/// The value of one point.
#[derive(Debug, Clone, Copy)]
pub enum Point<'a> {
    /// The sum; divided by the interval it is the Agent's rate.
    Count(f64),
    /// The last value.
    Gauge(f64),
    /// How many different members.
    Set(u64),
    /// What the samples of a histogram or timing come to.
    Histogram(Histogram<'a>),
    /// The sketch of a distribution.
    Distribution(Sketch<&'a [u64]>),
}

/// What the samples of a histogram or timing come to.
#[derive(Debug, Clone, Copy)]
pub struct Histogram<'a> {
    /// Count, sum, minimum, maximum and mean.
    pub summary: Summary,
    /// The aggregates that the settings ask for, in their order.
    pub aggregates: &'a [(Aggregate, f64)],
    /// A sketch of the samples, while [`Builder::sketch_histograms`](super::super::Builder::sketch_histograms) asks for it.
    pub sketch: Option<Sketch<&'a [u64]>>,
}
