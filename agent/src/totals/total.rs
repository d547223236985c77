//! The total of the points of a series.

use std::sync::Arc;

use basenji::core::aggregate::Aggregate;
use basenji::server::Point;

use super::Distribution;

/// What a distribution becomes.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) enum Shape {
    /// All its bins are kept.
    #[default]
    Bins,
    /// Count, sum and these quantiles of its last bucket.
    Summary(Arc<[f64]>),
}

/// The total of a series since it was first seen.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) enum Total {
    /// No point yet.
    #[default]
    None,
    /// The sum of all counts.
    Counter(f64),
    /// The last value; of a set, how many members its last bucket had.
    Gauge(f64),
    /// A histogram or timing.
    Summary(Box<Summary>),
    /// A distribution.
    Distribution(Box<Distribution>),
}

/// Count and sum since the start, and what the last bucket had.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Summary {
    pub(crate) count: u64,
    pub(crate) sum: f64,
    /// Of the last bucket, those that are quantiles included.
    pub(crate) aggregates: Vec<(Aggregate, f64)>,
    /// Of the last bucket, each from 0 to 1 with its value.
    pub(crate) quantiles: Vec<(f64, f64)>,
}

/// What adding a point came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Added {
    Value,
    /// A count of 0 to a counter that there was before.
    Zero,
    /// A negative count, which was left out: totals only grow.
    Negative,
    /// Nothing that has a total.
    Nothing,
}

impl Total {
    /// Adds a point; a distribution may grow by `room` bytes.
    pub(super) fn add(&mut self, point: &Point<'_>, shape: &Shape, room: usize) -> Added {
        match *point {
            Point::Count(sum) if sum < 0.0 || sum.is_nan() => return Added::Negative,
            Point::Count(sum) => match self {
                Total::Counter(total) => {
                    *total += sum;
                    if sum == 0.0 {
                        return Added::Zero;
                    }
                }
                _ => *self = Total::Counter(sum),
            },
            Point::Gauge(last) => *self = Total::Gauge(last),
            Point::Set(members) => *self = Total::Gauge(members as f64),
            Point::Histogram(histogram) => {
                let summary = self.summary();
                summary.add(histogram.summary.count, histogram.summary.sum);
                summary.aggregates.clear();
                summary.aggregates.extend_from_slice(histogram.aggregates);
                summary.quantiles.clear();
                summary.quantiles.extend(histogram.aggregates.iter().filter_map(quantile));
            }
            Point::Distribution(sketch) => {
                if let Shape::Summary(quantiles) = shape {
                    let summary = self.summary();
                    summary.add(sketch.summary().count, sketch.summary().sum);
                    summary.quantiles.clear();
                    summary.quantiles.extend(quantiles.iter().map(|&quantile| (quantile, sketch.quantile(quantile))));
                    return Added::Value;
                }
                if !matches!(self, Total::Distribution(_)) {
                    *self = Total::Distribution(Box::default());
                }
                if let Total::Distribution(distribution) = self {
                    distribution.add(&sketch, room);
                }
            }
        }
        Added::Value
    }

    /// The summary that it is, or becomes.
    fn summary(&mut self) -> &mut Summary {
        if !matches!(self, Total::Summary(_)) {
            *self = Total::Summary(Box::default());
        }
        match self {
            Total::Summary(summary) => summary,
            _ => unreachable!("it has just been made one"),
        }
    }

    /// The bytes that it takes beyond itself.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Total::None | Total::Counter(_) | Total::Gauge(_) => 0,
            Total::Summary(summary) => {
                size_of::<Summary>()
                    + summary.aggregates.capacity() * size_of::<(Aggregate, f64)>()
                    + summary.quantiles.capacity() * size_of::<(f64, f64)>()
            }
            Total::Distribution(distribution) => distribution.bytes(),
        }
    }
}

/// The quantile that an aggregate is, where it is one.
fn quantile(&(aggregate, value): &(Aggregate, f64)) -> Option<(f64, f64)> {
    match aggregate {
        Aggregate::Median => Some((0.5, value)),
        Aggregate::Percentile(percent) => Some((f64::from(percent) / 100.0, value)),
        _ => None,
    }
}

impl Summary {
    fn add(&mut self, count: u64, sum: f64) {
        self.count = self.count.saturating_add(count);
        self.sum += sum;
    }
}
