//! Metrics in JSON, as they were sent.

use basenji::core::wire::{Metric, Values};
use serde::{Serialize, Serializer};

use super::Lossy;
use super::number::Number;
use super::origin::Origin;
use super::tags::AsSent;

/// The fields of a metric.
#[derive(Serialize)]
pub(super) struct Fields<'a> {
    name: Lossy<'a>,
    r#type: &'static str,
    #[serde(serialize_with = "values")]
    values: Values<'a>,
    sample_rate: Number,
    /// How many samples a packed or rated line of samples stands for.
    #[serde(skip_serializing_if = "Option::is_none")]
    samples: Option<u64>,
    tags: AsSent<'a>,
    timestamp: Option<u64>,
    #[serde(flatten)]
    origin: Origin<'a>,
}

impl<'a> Fields<'a> {
    pub(super) fn new(metric: &Metric<'a>) -> Self {
        Fields {
            name: Lossy(metric.name),
            r#type: metric.kind.code(),
            values: metric.values,
            sample_rate: Number(metric.sample_rate),
            samples: samples(metric),
            tags: AsSent(metric.tags),
            timestamp: metric.timestamp,
            origin: metric.origin.into(),
        }
    }
}

/// How many samples a receiver takes from a line of a histogram, timing or distribution: each value as often as the whole
/// part of `1 / rate`. Nothing for a single value without a rate, and for other kinds.
fn samples(metric: &Metric<'_>) -> Option<u64> {
    if !metric.kind.has_samples() {
        return None;
    }
    let values = metric.values.iter().filter(|value| value.is_finite()).count() as u64;
    let rate = metric.sample_rate;
    // A rate outside (0, 1] is taken as 1.
    let weight = if rate > 0.0 && rate <= 1.0 { (1.0 / rate) as u64 } else { 1 };
    (metric.values.iter().nth(1).is_some() || weight > 1).then(|| values.saturating_mul(weight))
}

/// The member of a set as a string, the values of any other kind as numbers.
fn values<S: Serializer>(values: &Values<'_>, serializer: S) -> Result<S::Ok, S::Error> {
    match values.member() {
        Some(member) => serializer.collect_seq([Lossy(member)]),
        None => serializer.collect_seq(values.iter().map(Number)),
    }
}
