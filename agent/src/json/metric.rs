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
            tags: AsSent(metric.tags),
            timestamp: metric.timestamp,
            origin: metric.origin.into(),
        }
    }
}

/// The member of a set as a string, the values of any other kind as numbers.
fn values<S: Serializer>(values: &Values<'_>, serializer: S) -> Result<S::Ok, S::Error> {
    match values.member() {
        Some(member) => serializer.collect_seq([Lossy(member)]),
        None => serializer.collect_seq(values.iter().map(Number)),
    }
}
