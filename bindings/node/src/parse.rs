//! Messages on their way to JavaScript: one flat array of all their fields, which `lib/fields.js` makes objects of. A field set by
//! Node-API costs several times what one in an object literal does.

use basenji::core::ParseError;
use basenji::core::wire::{Event, Message, Messages, Metric, OriginFields, ServiceCheck, Tags, Text};
use napi::bindgen_prelude::*;
use napi_derive::napi;

/// Every line of a datagram in order, the errors of bad ones in their places.
#[napi]
pub(crate) fn parse<'env>(env: &'env Env, datagram: &[u8]) -> Result<Array<'env>> {
    let mut fields = Fields::new(env)?;
    let mut messages = Messages::new(datagram);
    while let Some(message) = messages.next() {
        match message {
            Ok(Message::Metric(metric)) => fields.metric(&metric)?,
            Ok(Message::Event(event)) => fields.event(&event)?,
            Ok(Message::ServiceCheck(check)) => fields.check(&check)?,
            Err(error) => fields.error(error, messages.line())?,
        }
    }
    Ok(fields.array)
}

/// The fields of messages, one after the other; each message begins with the name of its kind.
pub(crate) struct Fields<'env> {
    pub(crate) array: Array<'env>,
}

impl<'env> Fields<'env> {
    pub(crate) fn new(env: &'env Env) -> Result<Self> {
        Ok(Fields { array: env.create_array(0)? })
    }

    fn metric(&mut self, metric: &Metric<'_>) -> Result<()> {
        self.array.insert("metric")?;
        self.text(metric.name)?;
        self.array.insert(metric.kind.code())?;
        let mut values = metric.values.iter();
        match (metric.values.member(), values.next(), values.next()) {
            (Some(member), ..) => self.text(member)?,
            (None, Some(value), None) => self.array.insert(value)?,
            _ => self.array.insert(metric.values.iter().collect::<Vec<f64>>())?,
        }
        self.array.insert(metric.sample_rate)?;
        self.tags(metric.tags)?;
        self.array.insert(metric.timestamp.map(|seconds| seconds as f64))?;
        self.origin(metric.origin)
    }

    /// An event, with its title and text unescaped.
    pub(crate) fn event(&mut self, event: &Event<'_>) -> Result<()> {
        let unescaped = |part: Text<'_>| part.bytes().collect::<Vec<u8>>();
        self.array.insert("event")?;
        self.text(&unescaped(event.title))?;
        self.text(&unescaped(event.text))?;
        self.array.insert(event.timestamp.map(|seconds| seconds as f64))?;
        self.maybe(event.hostname)?;
        self.maybe(event.aggregation_key)?;
        self.array.insert(event.priority.name())?;
        self.maybe(event.source_type)?;
        self.array.insert(event.alert_type.name())?;
        self.tags(event.tags)?;
        self.origin(event.origin)
    }

    /// A service check.
    pub(crate) fn check(&mut self, check: &ServiceCheck<'_>) -> Result<()> {
        self.array.insert("serviceCheck")?;
        self.text(check.name)?;
        self.array.insert(check.status as u32)?;
        self.array.insert(check.timestamp.map(|seconds| seconds as f64))?;
        self.maybe(check.hostname)?;
        self.maybe(check.message)?;
        self.tags(check.tags)?;
        self.origin(check.origin)
    }

    /// What is wrong with a line, and where.
    pub(crate) fn error(&mut self, error: ParseError, line: &[u8]) -> Result<()> {
        self.array.insert("error")?;
        self.array.insert(u32::from(error.kind.code()))?;
        self.array.insert(error.kind.name())?;
        self.array.insert(error.to_string())?;
        self.array.insert(error.offset as u32)?;
        self.text(line)
    }

    fn text(&mut self, bytes: &[u8]) -> Result<()> {
        self.array.insert(&*String::from_utf8_lossy(bytes))
    }

    fn maybe(&mut self, bytes: Option<&[u8]>) -> Result<()> {
        match bytes {
            Some(bytes) => self.text(bytes),
            None => self.array.insert(Null),
        }
    }

    /// The tags joined by commas, which no tag has; null for none.
    fn tags(&mut self, tags: Tags<'_>) -> Result<()> {
        match tags {
            Tags::Text(b"") | Tags::List([]) => self.array.insert(Null),
            Tags::Text(text) => self.text(text),
            Tags::List(list) => self.text(&list.join(&b',')),
        }
    }

    fn origin(&mut self, origin: OriginFields<'_>) -> Result<()> {
        self.maybe(origin.local_data)?;
        self.maybe(origin.external_data)?;
        self.maybe(origin.cardinality)
    }
}
