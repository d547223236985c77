//! Events in JSON.

use std::borrow::Cow;

use basenji::core::wire::Event;
use serde::Serialize;

use super::origin::Origin;
use super::tags::sorted;
use super::{Lossy, Unescaped};

/// `{"event":{..}}`: an event as the daemon hands it on.
#[derive(Serialize)]
pub(crate) struct EventLine<'a> {
    event: Fields<'a, Vec<Cow<'a, str>>>,
}

impl<'a> EventLine<'a> {
    /// The line of `event`, with the origin fields if the daemon keys by them.
    pub(crate) fn new(event: &Event<'a>, with_origin: bool) -> Self {
        EventLine { event: Fields::new(event, sorted(event.tags), with_origin) }
    }
}

/// The fields of an event by their long names; `T` is how its tags are shown.
#[derive(Serialize)]
pub(super) struct Fields<'a, T> {
    title: Unescaped<'a>,
    text: Unescaped<'a>,
    timestamp: Option<i64>,
    host: Option<Lossy<'a>>,
    aggregation_key: Option<Lossy<'a>>,
    priority: &'static str,
    source_type: Option<Lossy<'a>>,
    alert_type: &'static str,
    tags: T,
    #[serde(flatten)]
    origin: Option<Origin<'a>>,
}

impl<'a, T> Fields<'a, T> {
    pub(super) fn new(event: &Event<'a>, tags: T, with_origin: bool) -> Self {
        Fields {
            title: Unescaped(event.title),
            text: Unescaped(event.text),
            timestamp: event.timestamp,
            host: event.hostname.map(Lossy),
            aggregation_key: event.aggregation_key.map(Lossy),
            priority: event.priority.name(),
            source_type: event.source_type.map(Lossy),
            alert_type: event.alert_type.name(),
            tags,
            origin: with_origin.then(|| event.origin.into()),
        }
    }
}
