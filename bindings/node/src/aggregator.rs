//! The aggregator as a native object; what JavaScript hands in is checked in `lib/aggregator.js`.

use basenji::core::aggregate::{Aggregator, Source};
use basenji::core::wire::{Message, Messages, Metric, MetricKind, OriginFields, Tags, Values};
use basenji::core::{Full, Time};
use basenji::server::Growing;
use napi::bindgen_prelude::*;
use napi_derive::napi;

use crate::encode::{Encoded, Encoder};
use crate::series::Series;
use crate::settings::config;

/// An aggregator and the tags that everything gets.
#[napi]
pub struct NativeAggregator {
    aggregator: Aggregator<Growing>,
    tags: Vec<u8>,
}

/// A metric as JavaScript has it.
#[napi(object)]
pub struct MetricInput {
    pub name: String,
    pub r#type: String,
    pub numbers: Vec<f64>,
    pub member: Option<String>,
    pub sample_rate: f64,
    pub tags: Vec<String>,
    pub timestamp: Option<f64>,
    pub container_id: Option<String>,
    pub external_data: Option<String>,
    pub cardinality: Option<String>,
}

#[napi]
impl NativeAggregator {
    #[napi(constructor)]
    pub fn new(options: Object<'_>) -> Result<Self> {
        let config = config(&options)?.map_err(|error| Error::new(Status::InvalidArg, error.to_string()))?;
        let tags = config.tags.join(",").into_bytes();
        Ok(NativeAggregator { aggregator: Aggregator::new(Growing::new(config.memory), config.aggregation), tags })
    }

    /// Takes in the metrics of a datagram, and gives back everything else: events, service checks, errors.
    #[napi]
    pub fn record(&mut self, datagram: &[u8], now: f64) -> Encoded {
        let source = Source { host: b"", tags: Tags::Text(&self.tags) };
        let mut others = Encoder::default();
        let mut messages = Messages::new(datagram);
        while let Some(message) = messages.next() {
            match message {
                Ok(Message::Metric(metric)) => {
                    // What is refused is counted, see `stats`.
                    let _ = self.aggregator.record(&metric, &source, time(now));
                }
                Ok(Message::Event(event)) => others.event(&event),
                Ok(Message::ServiceCheck(check)) => others.check(&check),
                Err(error) => others.error(error, messages.line()),
            }
        }
        others.finish()
    }

    /// Takes in one metric; `false` if it is refused for want of room.
    #[napi]
    pub fn record_metric(&mut self, input: MetricInput, now: f64) -> bool {
        let Some(kind) = MetricKind::from_code(input.r#type.as_bytes()) else { return false };
        let bytes = |text: &'_ Option<String>| text.as_ref().map(|text| text.as_bytes().to_vec());
        let origin = [bytes(&input.container_id), bytes(&input.external_data), bytes(&input.cardinality)];
        let tags: Vec<&[u8]> = input.tags.iter().map(String::as_bytes).collect();
        let metric = Metric {
            name: input.name.as_bytes(),
            kind,
            values: match &input.member {
                Some(member) => Values::Member(member.as_bytes()),
                None => Values::List(&input.numbers),
            },
            sample_rate: input.sample_rate,
            tags: Tags::List(&tags),
            timestamp: input.timestamp.map(|seconds| seconds as u64),
            origin: OriginFields {
                local_data: origin[0].as_deref(),
                external_data: origin[1].as_deref(),
                cardinality: origin[2].as_deref(),
            },
        };
        let source = Source { host: b"", tags: Tags::Text(&self.tags) };
        let recorded: std::result::Result<(), Full> = self.aggregator.record(&metric, &source, time(now));
        recorded.is_ok()
    }

    /// The series that are finished at `now`, or with `all` those of the open buckets, too.
    #[napi]
    pub fn flush<'env>(&mut self, env: &'env Env, now: f64, all: bool) -> Result<Vec<Object<'env>>> {
        let now = time(now);
        let flush = if all { self.aggregator.flush_all(now) } else { self.aggregator.flush(now) };
        flush.filter_map(Series::of_aggregator).map(|series| series.object(env)).collect()
    }

    /// Takes in what another aggregator holds; `false` if there is no room for some of it.
    #[napi]
    pub fn merge(&mut self, other: &NativeAggregator) -> bool {
        self.aggregator.merge(&other.aggregator).is_ok()
    }

    /// When the bucket of `now` ends, in milliseconds since 1970.
    #[napi]
    pub fn next_flush_at(&self, now: f64) -> f64 {
        self.aggregator.next_flush_at(time(now)).as_millis() as f64
    }

    /// What is held and what was refused.
    #[napi]
    pub fn stats<'env>(&self, env: &'env Env) -> Result<Object<'env>> {
        let stats = self.aggregator.stats();
        let mut object = Object::new(env)?;
        object.set("contexts", stats.contexts as f64)?;
        object.set("refusedContexts", stats.refused_contexts as f64)?;
        object.set("refusedValues", stats.refused_values as f64)?;
        object.set("skippedValues", stats.skipped_values as f64)?;
        object.set("oddRates", stats.odd_rates as f64)?;
        Ok(object)
    }
}

fn time(millis: f64) -> Time {
    Time::from_millis(millis as u64)
}
