//! Everything of `basenji_core::wire`.

use basenji_core::wire::{
    Cardinality, Event, ExternalData, Joined, Lines, LocalData, Message, Messages, Metric, MetricKind, OriginFields,
    ServiceCheck, Status, Tags, Text, Values, Writer, join,
};
use basenji_core::{ErrorKind, Full};

use crate::Observer;

/// Reads `datagram` in every way, and writes again what it holds.
pub(crate) fn observe(datagram: &[u8], observer: &mut Observer) {
    let mut lines = Lines::new(datagram);
    lines.by_ref().for_each(|line| observer.bytes(line));
    observer.number(u64::from(lines.terminated()));

    let mut buffer = [0; 512];
    let has = |byte| datagram.contains(&byte);
    let mut writer = Writer::new(&mut buffer).sanitise(has(b'_'));
    let mut messages = Messages::new(datagram).require_eol(has(b'1')).truncated(has(b'2'));
    while let Some(message) = messages.next() {
        observer.bytes(messages.line());
        match message {
            Ok(message) => {
                read(&message, observer);
                write(&message, &mut writer, observer);
                observer.number(u64::from(Message::parse(writer.written()) == Ok(message)));
            }
            Err(error) => {
                observer.shown(&error);
                kind(error.kind, observer);
            }
        }
    }
    built(datagram, &mut writer, observer);
}

fn kind(kind: ErrorKind, observer: &mut Observer) {
    observer.number(u64::from(kind.code()));
    observer.text(kind.name());
    observer.text(kind.message());
    observer.shown(&kind);
}

fn read(message: &Message<'_>, observer: &mut Observer) {
    match message {
        Message::Metric(metric) => {
            observer.bytes(metric.name);
            observer.text(metric.kind.code());
            observer.text(metric.kind.name());
            observer.number(u64::from(metric.kind.has_samples()));
            metric.values.iter().for_each(|value| observer.float(value));
            observer.maybe(metric.values.member());
            observer.float(metric.sample_rate);
            observer.number(metric.timestamp.unwrap_or_default());
            shared(metric.tags, metric.origin, observer);
        }
        Message::Event(event) => {
            event.title.bytes().for_each(|byte| observer.number(u64::from(byte)));
            event.text.chunks().for_each(|chunk| observer.bytes(chunk));
            observer.number(u64::from(event.text.is_empty()));
            observer.number(event.timestamp.unwrap_or_default().cast_unsigned());
            [event.hostname, event.aggregation_key, event.source_type].iter().for_each(|field| observer.maybe(*field));
            observer.text(event.priority.name());
            observer.text(event.alert_type.name());
            observer.number(u64::from(event.bad_fields));
            shared(event.tags, event.origin, observer);
        }
        Message::ServiceCheck(check) => {
            observer.bytes(check.name);
            observer.text(check.status.name());
            observer.number(check.timestamp.unwrap_or_default().cast_unsigned());
            [check.hostname, check.message].iter().for_each(|field| observer.maybe(*field));
            observer.number(u64::from(check.bad_fields));
            shared(check.tags, check.origin, observer);
        }
    }
}

fn shared(tags: Tags<'_>, origin: OriginFields<'_>, observer: &mut Observer) {
    observer.number(u64::from(tags.is_empty()));
    tags.iter().for_each(|tag| observer.bytes(tag));
    if let Some(text) = origin.local_data {
        let local = LocalData::parse(text);
        observer.maybe(local.container_id);
        observer.number(local.inode.unwrap_or_default());
    }
    if let Some(text) = origin.external_data {
        let external = ExternalData::parse(text);
        observer.number(u64::from(external.init_container));
        observer.maybe(external.container_name);
        observer.maybe(external.pod_uid);
    }
    if let Some(cardinality) = origin.cardinality.and_then(Cardinality::parse) {
        observer.text(cardinality.name());
    }
}

fn write(message: &Message<'_>, writer: &mut Writer<'_>, observer: &mut Observer) {
    if let Err(error) = message.write(writer) {
        observer.shown(&error);
        observer.shown(&Full::from(error));
        writer.clear();
    }
    observer.bytes(writer.written());
    observer.number(writer.remaining() as u64);
}

/// Messages from a program's own memory instead of a line.
fn built(bytes: &[u8], writer: &mut Writer<'_>, observer: &mut Observer) {
    let (first, second) = bytes.split_at_checked(bytes.len() / 2).unwrap_or_default();
    let number = bytes.iter().fold(0.0, |sum, byte| sum * 256.0 + f64::from(*byte));
    let origin = OriginFields { local_data: Some(first), external_data: Some(second), cardinality: Some(bytes) };
    let metric = Metric {
        name: first,
        kind: MetricKind::from_code(second).unwrap_or(MetricKind::Gauge),
        values: Values::List(&[number, -number, 1.0 / number]),
        sample_rate: number,
        tags: Tags::List(&[first, second]),
        timestamp: Some(number as u64),
        origin,
    };
    write(&Message::Metric(metric), writer, observer);
    match Values::of_text(metric.kind, first) {
        Ok(values) => values.iter().for_each(|value| observer.float(value)),
        Err(error) => kind(error, observer),
    }
    write(&Message::Event(Event::new(Text::Plain(first), Text::Plain(second))), writer, observer);
    let check = ServiceCheck::new(first, Status::from_digit(second).unwrap_or(Status::Unknown));
    write(&Message::ServiceCheck(check), writer, observer);
    let mut joined = Joined::<16>::new();
    observer.number(u64::from(joined.push(first) && joined.push(second)));
    joined.tags().iter().for_each(|tag| observer.bytes(tag));
    join([first, second], observer);
}
