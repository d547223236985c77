//! Calls of clients and the lines that they give: `tests/vectors/client_lines.jsonl`, read and written again.
//!
//! The file's format is described in `tests/vectors/README.md`. A vector that cannot be read is a panic that names it.

use basenji_core::client::{CheckCall, Dialect, EventCall, Identity, MetricCall, Value, line};
use basenji_core::wire::{MetricKind, OriginFields, Tags, WriteError, Writer};
use serde_json::{Map, Value as Json};

/// One call and its line.
#[derive(Debug, Clone)]
pub struct ClientLine {
    /// The sentence that the vector shows to be true.
    pub name: String,
    /// The dialect that writes.
    pub dialect: Dialect,
    /// What the client's lines have in common.
    pub identity: Map<String, Json>,
    /// The call.
    pub call: Map<String, Json>,
    /// The line without its newline; `None` if the call is refused.
    pub line: Option<String>,
    /// The part for which the call is refused.
    pub refused: Option<String>,
    /// The bytes of the dialect's peer, where they differ on purpose, and the reason.
    pub peer: Option<(String, String)>,
}

impl ClientLine {
    /// The vector that a line of the file holds.
    pub fn read(object: &Json) -> Option<Self> {
        let text = |key: &str| object.get(key).and_then(Json::as_str).map(str::to_owned);
        let dialect = text("dialect")?;
        let dialect = *Dialect::ALL.into_iter().find(|known| known.name == dialect)?;
        // An option of hot-shots' users; the few of the vectors may stay in memory.
        let mark = |key: &str, default| text(key).map_or(default, |mark| mark.leak().as_bytes());
        Some(ClientLine {
            name: text("name")?,
            dialect: Dialect {
                tag_prefix: mark("tag_prefix", dialect.tag_prefix),
                tag_separator: mark("tag_separator", dialect.tag_separator),
                ..dialect
            },
            identity: object.get("identity")?.as_object()?.clone(),
            call: object.get("call")?.as_object()?.clone(),
            line: text("line"),
            refused: text("refused"),
            peer: text("peer").zip(text("reason")),
        })
    }

    /// What the core writes for the call, newline included.
    pub fn write(&self) -> Result<Vec<u8>, WriteError> {
        let dialect = &self.dialect;
        let mut buffer = vec![0; 1 << 17];
        let mut writer = Writer::new(&mut buffer);
        let tags = |object: &Map<String, Json>| -> Vec<Vec<u8>> {
            let list = object.get("tags").and_then(Json::as_array);
            list.into_iter().flatten().map(|tag| self.some(tag.as_str()).as_bytes().to_vec()).collect()
        };
        let (client_tags, call_tags) = (tags(&self.identity), tags(&self.call));
        let (client_tags, call_tags): (Vec<&[u8]>, Vec<&[u8]>) =
            (client_tags.iter().map(Vec::as_slice).collect(), call_tags.iter().map(Vec::as_slice).collect());
        let of_identity = |key: &str| bytes(&self.identity, key);
        let identity = Identity {
            prefix: of_identity("prefix").unwrap_or_default(),
            suffix: of_identity("suffix").unwrap_or_default(),
            tags: Tags::List(&client_tags),
            origin: OriginFields {
                local_data: of_identity("container_id"),
                external_data: of_identity("external_data"),
                cardinality: of_identity("cardinality"),
            },
        };
        let text = |key: &str| bytes(&self.call, key);
        let needed = |key: &str| self.some(text(key));
        let timestamp = self.call.get("timestamp").map(|value| self.value(value));
        let (tags, cardinality) = (Tags::List(&call_tags), text("cardinality"));
        match self.some(self.call.get("kind").and_then(Json::as_str)) {
            "metric" => {
                let call = MetricCall {
                    tags,
                    cardinality,
                    timestamp,
                    sample_rate: self.call.get("sample_rate").map_or(1.0, |rate| self.some(double(rate))),
                    ..MetricCall::new(
                        needed("name"),
                        self.some(MetricKind::from_code(needed("type"))),
                        self.value(self.some(self.call.get("value"))),
                    )
                };
                line::metric(dialect, &identity, &call, &mut writer)?;
            }
            "event" => {
                let call = EventCall {
                    timestamp,
                    hostname: text("host"),
                    aggregation_key: text("aggregation_key"),
                    priority: text("priority"),
                    source_type: text("source_type"),
                    alert_type: text("alert_type"),
                    tags,
                    cardinality,
                    ..EventCall::new(needed("title"), needed("text"))
                };
                line::event(dialect, &identity, &call, &mut writer)?;
            }
            "service_check" => {
                let call = CheckCall {
                    timestamp,
                    hostname: text("host"),
                    message: text("message"),
                    tags,
                    cardinality,
                    ..CheckCall::new(needed("name"), self.value(self.some(self.call.get("status"))))
                };
                line::check(dialect, &identity, &call, &mut writer)?;
            }
            kind => panic!("{}: there is no call of kind {kind}", self.name),
        }
        Ok(writer.written().to_vec())
    }

    fn value<'a>(&self, value: &'a Json) -> Value<'a> {
        let number = value.get("int");
        let value = number
            .and_then(Json::as_i64)
            .map(Value::I64)
            .or_else(|| number.and_then(Json::as_u64).map(Value::U64))
            .or_else(|| value.get("float").and_then(double).map(Value::F64))
            .or_else(|| value.get("text").and_then(Json::as_str).map(|text| Value::Text(text.as_bytes())));
        self.some(value)
    }

    fn some<T>(&self, value: Option<T>) -> T {
        value.unwrap_or_else(|| panic!("{}: a member is missing or of the wrong type", self.name))
    }
}

fn bytes<'a>(object: &'a Map<String, Json>, key: &str) -> Option<&'a [u8]> {
    object.get(key).and_then(Json::as_str).map(str::as_bytes)
}

/// A number, or the name of one that JSON does not have.
fn double(value: &Json) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.parse().ok())
}
