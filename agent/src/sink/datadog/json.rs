//! What goes in JSON: series for v1 of the intake, events, service checks.

use basenji::core::wire::{Event, ServiceCheck, Tags};
use serde::Serialize;
use serde::ser::{SerializeSeq, Serializer};

use super::series::{Common, Type, Value};
use crate::json::{Lossy, Unescaped};

/// Tags and those of the host, as a list; `null` or `[]` where there are none.
struct AllTags<'a> {
    own: Tags<'a>,
    without_device: bool,
    common: &'a [String],
    is_null_if_empty: bool,
}

impl Serialize for AllTags<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.is_null_if_empty && self.own.is_empty() && self.common.is_empty() {
            return serializer.serialize_none();
        }
        let mut list = serializer.serialize_seq(None)?;
        for tag in self.own.iter().filter(|tag| !self.without_device || !tag.starts_with(b"device:")) {
            list.serialize_element(&Lossy(tag))?;
        }
        self.common.iter().try_for_each(|tag| list.serialize_element(tag))?;
        list.end()
    }
}

#[derive(Serialize)]
struct SeriesFields<'a> {
    metric: String,
    points: [(u64, f64); 1],
    tags: AllTags<'a>,
    host: Lossy<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<Lossy<'a>>,
    #[serde(rename = "type")]
    kind: &'static str,
    interval: u32,
    #[serde(skip_serializing_if = "str::is_empty")]
    source_type_name: &'a str,
}

/// Appends one value as one series of v1.
pub(super) fn push_series(value: &Value<'_>, common: &Common, source_type: &str, out: &mut Vec<u8>) {
    let series = value.series;
    let device = series.tags.iter().find_map(|tag| tag.strip_prefix(b"device:"));
    let name = Lossy(series.name);
    append(
        &SeriesFields {
            metric: value.aggregate.map_or_else(|| name.to_string(), |aggregate| format!("{name}.{aggregate}")),
            points: [(series.timestamp, value.value)],
            tags: AllTags {
                own: series.tags,
                without_device: device.is_some(),
                common: &common.tags,
                is_null_if_empty: false,
            },
            host: Lossy(common.host(series.host)),
            device: device.map(Lossy),
            kind: match value.kind {
                Type::Count => "count",
                Type::Rate => "rate",
                Type::Gauge => "gauge",
            },
            interval: series.interval,
            source_type_name: source_type,
        },
        out,
    );
}

#[derive(Serialize)]
struct EventFields<'a> {
    msg_title: Unescaped<'a>,
    msg_text: Unescaped<'a>,
    timestamp: i64,
    priority: &'static str,
    host: Lossy<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<AllTags<'a>>,
    alert_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    aggregation_key: Option<Lossy<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_type_name: Option<Lossy<'a>>,
}

/// Appends an event.
pub(super) fn push_event(event: &Event<'_>, common: &Common, out: &mut Vec<u8>) {
    let tags = AllTags { own: event.tags, without_device: false, common: &common.tags, is_null_if_empty: false };
    append(
        &EventFields {
            msg_title: Unescaped(event.title),
            msg_text: Unescaped(event.text),
            timestamp: event.timestamp.unwrap_or_default(),
            priority: event.priority.name(),
            host: Lossy(common.host(event.hostname.unwrap_or_default())),
            tags: (!event.tags.is_empty() || !common.tags.is_empty()).then_some(tags),
            alert_type: event.alert_type.name(),
            aggregation_key: event.aggregation_key.filter(|key| !key.is_empty()).map(Lossy),
            source_type_name: event.source_type.filter(|name| !name.is_empty()).map(Lossy),
        },
        out,
    );
}

/// What stands before and after the events of one source type in a body.
pub(super) fn around_events(source_type: &str, hostname: &str) -> (Vec<u8>, Vec<u8>) {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    (
        format!("{{\"apiKey\":\"\",\"events\":{{{}:[", quoted(source_type)).into_bytes(),
        format!("]}},\"internalHostname\":{}}}", quoted(hostname)).into_bytes(),
    )
}

#[derive(Serialize)]
struct CheckFields<'a> {
    check: Lossy<'a>,
    host_name: Lossy<'a>,
    timestamp: i64,
    status: u8,
    message: Lossy<'a>,
    tags: AllTags<'a>,
}

/// Appends a service check.
pub(super) fn push_check(check: &ServiceCheck<'_>, common: &Common, out: &mut Vec<u8>) {
    append(
        &CheckFields {
            check: Lossy(check.name),
            host_name: Lossy(common.host(check.hostname.unwrap_or_default())),
            timestamp: check.timestamp.unwrap_or_default(),
            status: check.status as u8,
            message: Lossy(check.message.unwrap_or_default()),
            tags: AllTags { own: check.tags, without_device: false, common: &common.tags, is_null_if_empty: true },
        },
        out,
    );
}

fn append(fields: &impl Serialize, out: &mut Vec<u8>) {
    // A vector takes all, and no key is anything but text.
    let _ = serde_json::to_writer(out, fields);
}
