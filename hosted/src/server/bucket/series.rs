//! How a bucket's series are read.

use basenji_core::aggregate::{self, Aggregate};
use basenji_core::sketch::{Sketch, Summary};

/// One point of one series, borrowed from its bucket.
pub type Series<'a> = aggregate::Series<'a, Point<'a>>;

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
