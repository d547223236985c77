//! The type of a metric.

use super::grammar::{Line, Parsed, fail};
use crate::ErrorKind;

/// The type of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum MetricKind {
    /// `c`: a sum.
    Count = 0,
    /// `g`: the last value.
    Gauge = 1,
    /// `ms`: a histogram of milliseconds.
    Timing = 2,
    /// `h`: aggregates and percentiles of the samples of one host.
    Histogram = 3,
    /// `d`: a sketch, which merges over hosts.
    Distribution = 4,
    /// `s`: how many different members.
    Set = 5,
}

impl MetricKind {
    /// Every kind.
    pub const ALL: [MetricKind; 6] = [
        MetricKind::Count,
        MetricKind::Gauge,
        MetricKind::Timing,
        MetricKind::Histogram,
        MetricKind::Distribution,
        MetricKind::Set,
    ];

    /// The kind of a type on the wire, which is compared exactly.
    #[inline]
    pub const fn from_code(code: &[u8]) -> Option<Self> {
        Some(match code {
            b"c" => MetricKind::Count,
            b"g" => MetricKind::Gauge,
            b"ms" => MetricKind::Timing,
            b"h" => MetricKind::Histogram,
            b"d" => MetricKind::Distribution,
            b"s" => MetricKind::Set,
            _ => return None,
        })
    }

    /// The type on the wire.
    pub const fn code(self) -> &'static str {
        match self {
            MetricKind::Count => "c",
            MetricKind::Gauge => "g",
            MetricKind::Timing => "ms",
            MetricKind::Histogram => "h",
            MetricKind::Distribution => "d",
            MetricKind::Set => "s",
        }
    }

    /// Whether its values are samples of a distribution: each of them counts, not only their sum or the last one.
    pub const fn has_samples(self) -> bool {
        match self {
            MetricKind::Count | MetricKind::Gauge | MetricKind::Set => false,
            MetricKind::Timing | MetricKind::Histogram | MetricKind::Distribution => true,
        }
    }

    /// The type in words.
    pub const fn name(self) -> &'static str {
        match self {
            MetricKind::Count => "count",
            MetricKind::Gauge => "gauge",
            MetricKind::Timing => "timing",
            MetricKind::Histogram => "histogram",
            MetricKind::Distribution => "distribution",
            MetricKind::Set => "set",
        }
    }
}

/// `"c" / "g" / "ms" / "h" / "d" / "s"`, up to a `|` or the end.
#[inline(always)]
pub(super) fn kind<const END: u8>(input: Line<'_, END>) -> Parsed<'_, MetricKind, Line<'_, END>> {
    let (kind, rest) = match input.rest() {
        [b'c', ..] => (MetricKind::Count, input.skip::<1>()),
        [b'g', ..] => (MetricKind::Gauge, input.skip::<1>()),
        [b'd', ..] => (MetricKind::Distribution, input.skip::<1>()),
        [b'm', b's', ..] => (MetricKind::Timing, input.skip::<2>()),
        [b'h', ..] => (MetricKind::Histogram, input.skip::<1>()),
        [b's', ..] => (MetricKind::Set, input.skip::<1>()),
        code => return fail(ErrorKind::BadType, code),
    };
    match rest.rest() {
        [] => Ok((rest, kind)),
        [next, ..] if *next == b'|' || *next == END => Ok((rest, kind)),
        _ => fail(ErrorKind::BadType, input.rest()),
    }
}
