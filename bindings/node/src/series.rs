//! Finished series as JavaScript's objects.

use basenji::core::aggregate::{self, Aggregate, Members};
use basenji::core::sketch::{Sketch, Summary};
use basenji::core::wire::{MetricKind, Tags};
use basenji::server;
use napi::bindgen_prelude::*;

use crate::sketch::NativeSketch;
use crate::text::text;
use crate::uniques::packed;

/// One point, from a server's bucket or from an aggregator.
pub(crate) struct Series<'a> {
    name: &'a [u8],
    host: &'a [u8],
    kind: MetricKind,
    tags: Tags<'a>,
    timestamp: u64,
    interval: u32,
    value: Value<'a>,
}

enum Value<'a> {
    Number(f64),
    Set(u64, Members<'a>),
    Histogram(Summary, Vec<(Aggregate, f64)>),
    Sketch(Sketch<&'a [u64]>),
}

impl<'a> From<server::Series<'a>> for Series<'a> {
    fn from(series: server::Series<'a>) -> Self {
        let server::Series { name, host, kind, tags, timestamp, interval, point, members, .. } = series;
        let value = match point {
            server::Point::Count(value) | server::Point::Gauge(value) => Value::Number(value),
            server::Point::Set(count) => Value::Set(count, members),
            server::Point::Histogram(histogram) => Value::Histogram(histogram.summary, histogram.aggregates.to_vec()),
            server::Point::Distribution(sketch) => Value::Sketch(sketch),
        };
        Series { name, host, kind, tags, timestamp, interval, value }
    }
}

impl<'a> Series<'a> {
    /// The point of an aggregator; `None` for samples, which one that keeps series does not hand out.
    pub(crate) fn of_aggregator(series: aggregate::Series<'a>) -> Option<Self> {
        let aggregate::Series { name, host, kind, tags, timestamp, interval, point, members, .. } = series;
        let value = match point {
            aggregate::Point::Count(value) | aggregate::Point::Gauge(value) => Value::Number(value),
            aggregate::Point::Set(count) => Value::Set(count, members),
            aggregate::Point::Histogram(histogram) => {
                Value::Histogram(histogram.summary(), histogram.aggregates().collect())
            }
            aggregate::Point::Distribution(sketch) => Value::Sketch(sketch),
            aggregate::Point::Samples(_) | aggregate::Point::Member(_) => return None,
        };
        Some(Series { name, host, kind, tags, timestamp, interval, value })
    }

    /// The object of this point, its tags sorted by bytes, each once.
    pub(crate) fn object<'env>(self, env: &'env Env) -> Result<Object<'env>> {
        let mut sorted: Vec<&[u8]> = self.tags.iter().collect();
        sorted.sort_unstable();
        sorted.dedup();
        let mut object = Object::new(env)?;
        object.set("name", text(self.name))?;
        object.set("kind", self.kind.name())?;
        object.set("host", (!self.host.is_empty()).then(|| text(self.host)))?;
        object.set("tags", sorted.into_iter().map(text).collect::<Vec<_>>())?;
        object.set("timestamp", self.timestamp as f64)?;
        object.set("interval", self.interval)?;
        match self.value {
            Value::Number(value) => object.set("value", value)?,
            Value::Set(count, members) => {
                object.set("value", count as f64)?;
                object.set("members", BufferSlice::copy_from(env, packed(members))?)?;
            }
            Value::Histogram(summary, aggregates) => {
                set_summary(&mut object, &summary)?;
                let mut named = Object::new(env)?;
                for (aggregate, value) in aggregates {
                    named.set(aggregate.to_string(), value)?;
                }
                object.set("aggregates", named)?;
            }
            Value::Sketch(sketch) => {
                set_summary(&mut object, &sketch.summary())?;
                object.set("sketch", NativeSketch::copy_of(env, &sketch)?.into_instance(env)?)?;
            }
        }
        Ok(object)
    }
}

fn set_summary(object: &mut Object<'_>, summary: &Summary) -> Result<()> {
    object.set("count", summary.count as f64)?;
    object.set("sum", summary.sum)?;
    object.set("min", summary.min)?;
    object.set("max", summary.max)?;
    object.set("avg", summary.avg)
}
