//! Which calls are aggregated, and how they get into an aggregator.

use super::call::{MetricCall, Value};
use super::dialect::Dialect;
use crate::Time;
use crate::aggregate::{Aggregator, Keep, Settings, Source, Storage};
use crate::wire::number::{self, NumberBuffer};
use crate::wire::{Metric, MetricKind, OriginFields, Tags, Values};

/// Which calls are aggregated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aggregation {
    /// None: each becomes a line.
    Off,
    /// Counts, gauges and sets.
    Basic,
    /// Those, and histograms, timings and distributions, whose values are packed (v1.1).
    Extended {
        /// The most samples of one context that a flush sends one by one. More are gathered in the bins of a sketch, of which every value is
        /// counted and none is off by more than 0.8 %.
        samples: u32,
    },
}

/// How long a context without calls stays known.
const CONTEXT_EXPIRY_SECS: u32 = 10;

impl Aggregation {
    /// All kinds, with up to 128 samples of a context one by one.
    pub const DEFAULT: Aggregation = Aggregation::Extended { samples: 128 };

    /// Whether a call is aggregated: its kind is, it has a name and no timestamp, and its tags can be joined by commas and told apart again.
    #[inline]
    pub fn takes(self, call: &MetricCall<'_>) -> bool {
        self.takes_kind(call.kind)
            && call.timestamp.is_none()
            && !call.name.is_empty()
            && match call.tags {
                Tags::Text(_) => true,
                Tags::List(list) => !list.iter().any(|tag| tag.contains(&b',')),
            }
    }

    /// Whether calls of a kind are aggregated.
    #[inline]
    pub fn takes_kind(self, kind: MetricKind) -> bool {
        match self {
            Aggregation::Off => false,
            Aggregation::Basic => is_exact(kind),
            Aggregation::Extended { .. } => true,
        }
    }

    /// The settings of an aggregator for a client: one bucket for all time, which the client ends; contexts are found with this seed.
    pub fn settings(self, seed: u64) -> Settings {
        let limit = match self {
            Aggregation::Extended { samples } => samples,
            Aggregation::Off | Aggregation::Basic => 1,
        };
        Settings {
            bucket_secs: u32::MAX,
            counter_zeros: false,
            counter_expiry_secs: 0,
            context_expiry_secs: CONTEXT_EXPIRY_SECS,
            key_by_origin: true,
            keep: Keep::Samples { limit },
            seed,
            ..Settings::new()
        }
    }
}

/// Whether aggregation makes sampling needless: however many calls there are, one number is sent, and it is exact.
#[inline]
pub fn is_exact(kind: MetricKind) -> bool {
    !kind.has_samples()
}

/// The number of a value, if it is one and a double holds all of its digits.
#[inline]
pub fn as_exact(value: Value<'_>) -> Option<f64> {
    const EXACT: u64 = 1 << f64::MANTISSA_DIGITS;
    match value {
        Value::F64(value) => Some(value),
        Value::I64(value) => (value.unsigned_abs() <= EXACT).then_some(value as f64),
        Value::U64(value) => (value <= EXACT).then_some(value as f64),
        Value::Text(text) => number::parse(text),
        Value::Samples(_) => None,
    }
}

/// Records a call with this rate; false if there is no room for it, or if its value cannot be aggregated: packed text, NaN, an infinity, a whole number
/// that no double holds.
#[inline]
pub fn record<S: Storage>(
    aggregator: &mut Aggregator<S>,
    dialect: &Dialect,
    call: &MetricCall<'_>,
    rate: f64,
    now: Time,
) -> bool {
    if call.kind == MetricKind::Set {
        return record_member(aggregator, dialect, call, now);
    }
    let Some(value) = as_exact(call.value) else { return false };
    value.is_finite() && aggregator.record(&metric(call, Values::One(value), rate), &Source::default(), now).is_ok()
}

fn record_member<S: Storage>(
    aggregator: &mut Aggregator<S>,
    dialect: &Dialect,
    call: &MetricCall<'_>,
    now: Time,
) -> bool {
    let mut digits = NumberBuffer::new();
    let member = match call.value {
        Value::Text(member) => member,
        Value::I64(member) => number::format_i64(member, &mut digits),
        Value::U64(member) => number::format_u64(member, &mut digits),
        Value::F64(member) => number::format(member, dialect.numbers, &mut digits),
        Value::Samples(_) => return false,
    };
    !member.is_empty() && aggregator.record(&metric(call, Values::Member(member), 1.0), &Source::default(), now).is_ok()
}

#[inline]
fn metric<'a>(call: &MetricCall<'a>, values: Values<'a>, sample_rate: f64) -> Metric<'a> {
    Metric {
        name: call.name,
        kind: call.kind,
        values,
        sample_rate,
        tags: call.tags,
        timestamp: None,
        origin: OriginFields { cardinality: call.cardinality, ..OriginFields::NONE },
    }
}
