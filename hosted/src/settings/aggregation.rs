//! The options of aggregation. The core decides their defaults; the table tells them.

use basenji_core::aggregate::Settings;

use super::{Kind, Usual, settings};

const CORE: Settings = Settings::new();

/// The most numbers that a series, a name or a cell may be known by.
pub(super) const PLACES: u64 = u32::MAX as u64 - 1;

settings! {
    /// How servers and aggregators aggregate.
    AGGREGATION:
    /// Seconds of a bucket, whose samples become one point a series
    BUCKET_SECS "bucket_secs", Kind::Whole, (1..=86400), "s"; Usual::Whole(CORE.bucket_secs as u64)
    /// Seconds that a counter without samples goes on to emit zeros
    COUNTER_EXPIRY_SECS "counter_expiry_secs", Kind::Whole, (0..=u32::MAX), "s"; Usual::Whole(CORE.counter_expiry_secs as u64)
    /// Seconds that a series without samples stays known; a counter stays known for its own expiry more
    CONTEXT_EXPIRY_SECS "context_expiry_secs", Kind::Whole, (0..=u32::MAX), "s"; Usual::Whole(CORE.context_expiry_secs as u64)
    /// Whether counters without samples emit zeros
    COUNTER_ZEROS "counter_zeros", Kind::Switch; Usual::Switch(CORE.counter_zeros)
    /// Whether series of different container ids, external data and cardinality are kept apart
    KEY_BY_ORIGIN "key_by_origin", Kind::Switch; Usual::Switch(CORE.key_by_origin)
    /// What histograms and timings emit: max, min, median, avg, sum, count, 95percentile and the like, at most 16
    AGGREGATES "aggregates", Kind::List; Usual::List(&["max", "median", "avg", "count", "95percentile"])
    /// Samples of a bucket that a histogram keeps one by one; of more the median and percentiles are at most 2.4 % off
    HISTOGRAM_EXACT_SAMPLES "histogram_exact_samples", Kind::Whole, (0..=u32::MAX); Usual::Whole(CORE.histogram_exact_samples as u64)
    /// Members of a bucket that a set counts exactly; more are estimated
    SET_EXACT_MEMBERS "set_exact_members", Kind::Whole, (0..=u32::MAX); Usual::Whole(CORE.set_exact_members as u64)
    /// Binary logarithm of the registers of that estimate, whose standard error is 1.04 / sqrt(2^precision)
    SET_PRECISION "set_precision", Kind::Whole, (4..=16); Usual::Whole(CORE.set_precision as u64)
    /// Most bins of a sketch
    SKETCH_BINS "sketch_bins", Kind::Whole, (1..=u16::MAX); Usual::Whole(CORE.sketch_bins as u64)
}
