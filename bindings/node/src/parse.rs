//! Datagrams as JavaScript's objects, a message each.

use basenji::core::ParseError;
use basenji::core::wire::{Event, Message, Messages, Metric, ServiceCheck, Text};
use napi::bindgen_prelude::*;
use napi_derive::napi;

use crate::text::{maybe, set_origin, tags, text};

/// Every line of a datagram in order; one that is no message is an object of the kind `error`.
#[napi(skip_typescript)]
pub(crate) fn parse<'env>(env: &'env Env, datagram: &[u8]) -> Result<Vec<Object<'env>>> {
    let mut messages = Messages::new(datagram);
    let mut objects = Vec::new();
    while let Some(message) = messages.next() {
        objects.push(match message {
            Ok(Message::Metric(metric)) => metric_object(env, &metric)?,
            Ok(Message::Event(event)) => event_object(env, &event)?,
            Ok(Message::ServiceCheck(check)) => check_object(env, &check)?,
            Err(error) => error_object(env, error, messages.line())?,
        });
    }
    Ok(objects)
}

fn metric_object<'env>(env: &'env Env, metric: &Metric<'_>) -> Result<Object<'env>> {
    let mut object = Object::new(env)?;
    object.set("kind", "metric")?;
    object.set("name", text(metric.name))?;
    object.set("type", metric.kind.code())?;
    match metric.values.member() {
        Some(member) => object.set("values", vec![text(member)])?,
        None => object.set("values", metric.values.iter().collect::<Vec<f64>>())?,
    }
    object.set("sampleRate", metric.sample_rate)?;
    object.set("tags", tags(metric.tags))?;
    object.set("timestamp", metric.timestamp.map(|seconds| seconds as f64))?;
    set_origin(&mut object, metric.origin)?;
    Ok(object)
}

/// An event, with its title and text unescaped.
pub(crate) fn event_object<'env>(env: &'env Env, event: &Event<'_>) -> Result<Object<'env>> {
    let unescaped = |part: Text<'_>| text(&part.bytes().collect::<Vec<u8>>());
    let mut object = Object::new(env)?;
    object.set("kind", "event")?;
    object.set("title", unescaped(event.title))?;
    object.set("text", unescaped(event.text))?;
    object.set("timestamp", event.timestamp.map(|seconds| seconds as f64))?;
    object.set("host", maybe(event.hostname))?;
    object.set("aggregationKey", maybe(event.aggregation_key))?;
    object.set("priority", event.priority.name())?;
    object.set("sourceType", maybe(event.source_type))?;
    object.set("alertType", event.alert_type.name())?;
    object.set("tags", tags(event.tags))?;
    set_origin(&mut object, event.origin)?;
    Ok(object)
}

/// A service check.
pub(crate) fn check_object<'env>(env: &'env Env, check: &ServiceCheck<'_>) -> Result<Object<'env>> {
    let mut object = Object::new(env)?;
    object.set("kind", "serviceCheck")?;
    object.set("name", text(check.name))?;
    object.set("status", check.status as u32)?;
    object.set("timestamp", check.timestamp.map(|seconds| seconds as f64))?;
    object.set("host", maybe(check.hostname))?;
    object.set("message", maybe(check.message))?;
    object.set("tags", tags(check.tags))?;
    set_origin(&mut object, check.origin)?;
    Ok(object)
}

/// What is wrong with a line, and where.
pub(crate) fn error_object<'env>(env: &'env Env, error: ParseError, line: &[u8]) -> Result<Object<'env>> {
    let mut object = Object::new(env)?;
    object.set("kind", "error")?;
    object.set("code", u32::from(error.kind.code()))?;
    object.set("reason", error.kind.name())?;
    object.set("message", error.to_string())?;
    object.set("offset", error.offset as u32)?;
    object.set("line", text(line))?;
    Ok(object)
}
