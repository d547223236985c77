//! How series are shown, and what is at hand while they are written.

use super::families::Kind;
use crate::encode::labels::Labels;
use crate::names::{Look, Observed};

/// Bytes after which a piece of a page ends; the longest series comes on top.
pub(super) const PIECE: usize = 64 << 10;

/// How distributions are shown, where their family does not say it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Style {
    /// Upper bounds of classic buckets, ascending, without the infinite one.
    pub(crate) bounds: Vec<f64>,
    /// Whether a page that can have native histograms has them.
    pub(crate) is_native: bool,
}

impl Style {
    /// The bounds of a family's buckets.
    pub(super) fn bounds<'a>(&'a self, look: Option<&'a Look>) -> &'a [f64] {
        look.and_then(|look| look.buckets.as_deref()).unwrap_or(&self.bounds)
    }

    /// Whether a family has native histograms where it can.
    pub(super) fn is_native(&self, look: Option<&Look>) -> bool {
        let own = look.and_then(|look| look.observe_as);
        own.map_or(self.is_native, |observed| observed == Observed::Native)
    }
}

/// What is at hand while series are written.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    pub(super) labels: Labels,
    /// Labels as text.
    pub(super) text: Vec<u8>,
    /// The start of all lines of a histogram.
    pub(super) prefix: Vec<u8>,
    /// The deltas of a native histogram.
    pub(super) deltas: Vec<u8>,
}

/// The value of a part of a histogram.
pub(super) fn part(kind: Kind, total: &crate::totals::Total) -> Option<f64> {
    use crate::totals::Total;
    match (kind, total) {
        (Kind::Part(part), Total::Summary(summary)) => {
            summary.aggregates.iter().find(|(aggregate, _)| *aggregate == part).map(|(_, value)| *value)
        }
        (_, Total::Gauge(value) | Total::Counter(value)) => Some(*value),
        _ => None,
    }
}
