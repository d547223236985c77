//! Events as log records: `ExportLogsServiceRequest`, a resource for each.

use basenji::core::wire::{AlertType, Event, Priority, Text};

use super::attributes::{self, attribute};
use super::metrics::write_scope;
use crate::encode::labels::Labels;
use crate::encode::protobuf::Message;

/// Appends an event as a part of a request.
pub(super) fn append(event: &Event<'_>, more: &[(String, String)], labels: &mut Labels, out: &mut Vec<u8>) {
    let mut key = Vec::new();
    attributes::append_key(event.hostname.unwrap_or_default(), event.tags, &mut key);
    Message::new(out).message(1, |message| {
        message.message(1, |resource| attributes::write_resource(resource, &key, more, labels));
        message.message(2, |scope| {
            scope.message(1, write_scope);
            scope.message(2, |record| write(record, event, labels));
        });
    });
}

fn write(record: &mut Message<'_>, event: &Event<'_>, labels: &mut Labels) {
    let at = u64::try_from(event.timestamp.unwrap_or_default()).unwrap_or_default().saturating_mul(1_000_000_000);
    let (severity, alert) = match event.alert_type {
        AlertType::Error => (17, "error"),
        AlertType::Warning => (13, "warning"),
        AlertType::Success => (9, "success"),
        AlertType::Info => (9, "info"),
    };
    let priority = match event.priority {
        Priority::Low => "low",
        Priority::Normal => "normal",
    };
    record.fixed64(1, at);
    record.uint(2, severity);
    record.text(3, alert.as_bytes());
    record.message(5, |body| body.text(1, &unescaped(event.text)));
    attribute(record, 6, b"title", &unescaped(event.title));
    attribute(record, 6, b"alert_type", alert.as_bytes());
    attribute(record, 6, b"priority", priority.as_bytes());
    for (key, value) in [(&b"aggregation_key"[..], event.aggregation_key), (b"source_type_name", event.source_type)] {
        if let Some(value) = value {
            attribute(record, 6, key, value);
        }
    }
    let own: [&[u8]; 5] = [b"title", b"alert_type", b"priority", b"aggregation_key", b"source_type_name"];
    let is_own = |tag: &[u8]| own.contains(&crate::encode::labels::split(tag).map_or(tag, |(key, _)| key));
    let others: Vec<&[u8]> = event.tags.iter().filter(|tag| !is_own(tag)).collect();
    attributes::write_point(record, 6, basenji::core::wire::Tags::List(&others), labels);
    record.fixed64(11, at);
}

fn unescaped(text: Text<'_>) -> Vec<u8> {
    text.chunks().collect::<Vec<_>>().concat()
}
