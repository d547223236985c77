//! Messages in the JSON shape of the vectors, which is also what `basenji parse` prints.

use crate::naive::{
    Bytes, Cardinality, Event, ExternalData, Line, LocalData, Message, Metric, Number, Origin, Refusal, ServiceCheck,
};
use serde_json::{Map, Value, json};

/// One line of a datagram: its message, or an error object.
pub fn line(line: &Line) -> Value {
    match &line.message {
        Ok(message) => self::message(message),
        Err(Refusal { kind, offset }) => json!({
            "kind": "error", "error": kind.name(), "code": kind.code(), "offset": offset, "input": line.line.text(),
        }),
    }
}

/// One message.
pub fn message(message: &Message) -> Value {
    match message {
        Message::Metric(metric) => self::metric(metric),
        Message::Event(event) => self::event(event),
        Message::ServiceCheck(check) => service_check(check),
    }
}

fn metric(metric: &Metric) -> Value {
    let values: Vec<Value> = match &metric.member {
        Some(member) => vec![member.text().into()],
        None => metric.values.iter().map(number).collect(),
    };
    let object = json!({
        "kind": "metric", "name": metric.name.text(), "type": metric.code, "values": values,
        "sample_rate": number(&metric.sample_rate), "tags": tags(&metric.tags), "timestamp": metric.timestamp,
    });
    with_origin(object, &metric.origin)
}

fn event(event: &Event) -> Value {
    let object = json!({
        "kind": "event", "title": event.title.text(), "text": event.text.text(), "timestamp": event.timestamp,
        "host": text(&event.host), "aggregation_key": text(&event.aggregation_key), "priority": event.priority,
        "source_type": text(&event.source_type), "alert_type": event.alert_type, "tags": tags(&event.tags),
    });
    with_origin(object, &event.origin)
}

fn service_check(check: &ServiceCheck) -> Value {
    let object = json!({
        "kind": "service_check", "name": check.name.text(), "status": check.status, "timestamp": check.timestamp,
        "host": text(&check.host), "message": text(&check.message), "tags": tags(&check.tags),
    });
    with_origin(object, &check.origin)
}

fn with_origin(object: Value, origin: &Origin) -> Value {
    let mut members: Map<String, Value> = Map::new();
    if let Value::Object(object) = object {
        members.extend(object);
    }
    members.insert("container_id".to_owned(), text(&origin.local_data));
    members.insert("external_data".to_owned(), text(&origin.external_data));
    members.insert("cardinality".to_owned(), text(&origin.cardinality));
    Value::Object(members)
}

/// A number; those that JSON does not know are strings.
fn number(Number(value): &Number) -> Value {
    match *value {
        value if value.is_nan() => "NaN".into(),
        f64::INFINITY => "+Inf".into(),
        f64::NEG_INFINITY => "-Inf".into(),
        value => value.into(),
    }
}

fn text(bytes: &Option<Bytes>) -> Value {
    bytes.as_ref().map(Bytes::text).into()
}

fn tags(tags: &[Bytes]) -> Value {
    tags.iter().map(Bytes::text).collect()
}

/// The parts of `c:`.
pub fn local_data(data: &LocalData) -> Value {
    json!({"container_id": text(&data.container_id), "inode": data.inode})
}

/// The parts of `e:`.
pub fn external_data(data: &ExternalData) -> Value {
    let (name, uid) = (text(&data.container_name), text(&data.pod_uid));
    json!({"init_container": data.init_container, "container_name": name, "pod_uid": uid})
}

/// The word of `card:`.
pub fn cardinality(cardinality: &Option<Cardinality>) -> Value {
    json!({"cardinality": cardinality.as_ref().map(|cardinality| &cardinality.0)})
}

/// Whether two values are equal, where -0 and 0 are not and the order of an object's members does not matter.
pub fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.to_string() == right.to_string(),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, left)| right.get(key).is_some_and(|right| same(left, right)))
        }
        _ => left == right,
    }
}
