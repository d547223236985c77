//! What `basenji-core` borrows, copied into the naive twin's types, so that the two can be compared.

use crate::naive::{
    Bytes, Cardinality, Event, ExternalData, Line, LocalData, Message, Metric, Number, Origin, Refusal, ServiceCheck,
    Tail,
};
use basenji_core::{ParseError, wire};

/// The lines of a datagram as `basenji-core` reads them.
pub fn datagram(bytes: &[u8], tail: Tail) -> Vec<Line> {
    let mut messages =
        wire::Messages::new(bytes).require_eol(tail == Tail::Unterminated).truncated(tail == Tail::Truncated);
    let mut lines = Vec::new();
    while let Some(item) = messages.next() {
        lines.push(Line { line: messages.line().into(), message: item.map(message).map_err(refusal) });
    }
    lines
}

/// One message.
pub fn message(message: wire::Message<'_>) -> Message {
    match message {
        wire::Message::Metric(metric) => Message::Metric(self::metric(&metric)),
        wire::Message::Event(event) => Message::Event(self::event(&event)),
        wire::Message::ServiceCheck(check) => Message::ServiceCheck(service_check(&check)),
    }
}

/// A refusal.
pub fn refusal(error: ParseError) -> Refusal {
    Refusal { kind: error.kind, offset: error.offset }
}

fn metric(metric: &wire::Metric<'_>) -> Metric {
    Metric {
        name: metric.name.into(),
        code: metric.kind.code().to_owned(),
        values: metric.values.iter().map(Number).collect(),
        member: metric.values.member().map(Bytes::from),
        sample_rate: Number(metric.sample_rate),
        tags: tags(metric.tags),
        timestamp: metric.timestamp,
        origin: origin(&metric.origin),
    }
}

fn event(event: &wire::Event<'_>) -> Event {
    Event {
        title: Bytes(event.title.bytes().collect()),
        text: Bytes(event.text.bytes().collect()),
        timestamp: event.timestamp,
        host: event.hostname.map(Bytes::from),
        aggregation_key: event.aggregation_key.map(Bytes::from),
        priority: event.priority.name().to_owned(),
        source_type: event.source_type.map(Bytes::from),
        alert_type: event.alert_type.name().to_owned(),
        tags: tags(event.tags),
        origin: origin(&event.origin),
        bad_fields: event.bad_fields,
    }
}

fn service_check(check: &wire::ServiceCheck<'_>) -> ServiceCheck {
    ServiceCheck {
        name: check.name.into(),
        status: check.status as u8,
        timestamp: check.timestamp,
        host: check.hostname.map(Bytes::from),
        message: check.message.map(Bytes::from),
        tags: tags(check.tags),
        origin: origin(&check.origin),
        bad_fields: check.bad_fields,
    }
}

fn tags(tags: wire::Tags<'_>) -> Vec<Bytes> {
    tags.iter().map(Bytes::from).collect()
}

/// The origin fields.
pub fn origin(origin: &wire::OriginFields<'_>) -> Origin {
    Origin {
        local_data: origin.local_data.map(Bytes::from),
        external_data: origin.external_data.map(Bytes::from),
        cardinality: origin.cardinality.map(Bytes::from),
    }
}

/// The parts of `c:`.
pub fn local_data(text: &[u8]) -> LocalData {
    let data = wire::LocalData::parse(text);
    LocalData { container_id: data.container_id.map(Bytes::from), inode: data.inode }
}

/// The parts of `e:`.
pub fn external_data(text: &[u8]) -> ExternalData {
    let data = wire::ExternalData::parse(text);
    ExternalData {
        init_container: data.init_container,
        container_name: data.container_name.map(Bytes::from),
        pod_uid: data.pod_uid.map(Bytes::from),
    }
}

/// The word of `card:`.
pub fn cardinality(text: &[u8]) -> Option<Cardinality> {
    wire::Cardinality::parse(text).map(|cardinality| Cardinality(cardinality.name().to_owned()))
}
