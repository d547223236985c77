//! From a message's options to its line.

use basenji::core::client::{CheckCall, Dialect, EventCall, Identity, MetricCall, Value, line as write};
use basenji::core::wire::{self, MetricKind, Tags, WriteError, Writer};

use super::identity::Sender;
use crate::cli::{
    AlertType, CheckOptions, CheckStatus, EventOptions, Labels, MessageOptions, MetricOptions, Priority, SetOptions,
};
use crate::failure::Failure;

/// The longest line, newline included: what fits a UDP datagram.
pub(super) const LONGEST: usize = 65507;

const DIALECT: &Dialect = &Dialect::BASENJI;

/// The line of a message, with its newline.
///
/// # Errors
///
/// It is longer than any datagram.
pub(super) fn line(message: &MessageOptions, sender: &Sender) -> Result<Vec<u8>, Failure> {
    let mut buffer = vec![0; LONGEST];
    let mut writer = Writer::new(&mut buffer);
    let written = sender.with(|identity| match message {
        MessageOptions::Count(options) => metric(MetricKind::Count, options, identity, &mut writer),
        MessageOptions::Gauge(options) => metric(MetricKind::Gauge, options, identity, &mut writer),
        MessageOptions::Histogram(options) => metric(MetricKind::Histogram, options, identity, &mut writer),
        MessageOptions::Distribution(options) => metric(MetricKind::Distribution, options, identity, &mut writer),
        MessageOptions::Timing(options) => metric(MetricKind::Timing, options, identity, &mut writer),
        MessageOptions::Set(options) => set(options, identity, &mut writer),
        MessageOptions::Event(options) => event(options, identity, &mut writer),
        MessageOptions::Check(options) => check(options, identity, &mut writer),
    });
    match written {
        Ok(()) => Ok(writer.written().to_vec()),
        Err(WriteError::Full) => Err(Failure::usage(format!("the message is longer than {LONGEST} bytes"))),
        Err(error) => Err(Failure::usage(error.to_string())),
    }
}

type Written = Result<(), WriteError>;

fn metric(kind: MetricKind, options: &MetricOptions, identity: &Identity<'_>, writer: &mut Writer<'_>) -> Written {
    let MetricOptions { name, value, rate, labels } = options;
    metric_call(MetricCall::new(name.as_bytes(), kind, text(value)), rate.value, labels, identity, writer)
}

fn set(options: &SetOptions, identity: &Identity<'_>, writer: &mut Writer<'_>) -> Written {
    let SetOptions { name, member, rate, labels } = options;
    metric_call(MetricCall::new(name.as_bytes(), MetricKind::Set, text(member)), rate.value, labels, identity, writer)
}

fn metric_call(
    call: MetricCall<'_>,
    rate: Option<f64>,
    labels: &Labels,
    identity: &Identity<'_>,
    writer: &mut Writer<'_>,
) -> Written {
    let tags = tags(labels);
    let call = MetricCall {
        tags: Tags::List(&tags),
        sample_rate: rate.unwrap_or(1.0),
        timestamp: labels.timestamp.map(Value::I64),
        cardinality: bytes(&labels.cardinality),
        ..call
    };
    write::metric(DIALECT, identity, &call, writer)
}

fn event(options: &EventOptions, identity: &Identity<'_>, writer: &mut Writer<'_>) -> Written {
    let tags = tags(&options.labels);
    let alert_type = options.alert_type.map(|alert_type| match alert_type {
        AlertType::Info => wire::AlertType::Info,
        AlertType::Error => wire::AlertType::Error,
        AlertType::Warning => wire::AlertType::Warning,
        AlertType::Success => wire::AlertType::Success,
    });
    let priority = options.priority.map(|priority| match priority {
        Priority::Normal => wire::Priority::Normal,
        Priority::Low => wire::Priority::Low,
    });
    let call = EventCall {
        timestamp: options.labels.timestamp.map(Value::I64),
        hostname: bytes(&options.hostname),
        aggregation_key: bytes(&options.aggregation_key),
        priority: priority.map(|priority| priority.name().as_bytes()),
        source_type: bytes(&options.source_type),
        alert_type: alert_type.map(|alert_type| alert_type.name().as_bytes()),
        tags: Tags::List(&tags),
        cardinality: bytes(&options.labels.cardinality),
        ..EventCall::new(options.title.as_bytes(), options.text.as_bytes())
    };
    write::event(DIALECT, identity, &call, writer)
}

fn check(options: &CheckOptions, identity: &Identity<'_>, writer: &mut Writer<'_>) -> Written {
    let CheckStatus(status) = options.status;
    let tags = tags(&options.labels);
    let call = CheckCall {
        timestamp: options.labels.timestamp.map(Value::I64),
        hostname: bytes(&options.hostname),
        message: bytes(&options.message),
        tags: Tags::List(&tags),
        cardinality: bytes(&options.labels.cardinality),
        ..CheckCall::new(options.name.as_bytes(), Value::U64(status))
    };
    write::check(DIALECT, identity, &call, writer)
}

fn text(text: &str) -> Value<'_> {
    Value::Text(text.as_bytes())
}

fn bytes(text: &Option<String>) -> Option<&[u8]> {
    text.as_deref().map(str::as_bytes)
}

fn tags(labels: &Labels) -> Vec<&[u8]> {
    labels.tags.iter().map(String::as_bytes).collect()
}
