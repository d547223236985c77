//! The vectors through the C ABI: the table that `tests/firmware/c/vectors.c` reads, and whether it prints what the vectors expect.

use std::fmt::Write as _;

use basenji_core::aggregate::{Aggregator, Point, Series, Settings, Source, StaticStorage};
use basenji_core::wire::{Message, Messages, Tags};
use basenji_core::{ErrorKind, Time};
use serde_json::{Value, json};

use crate::json::same;
use crate::naive::Tail;
use crate::vectors::{DATAGRAM_FILES, Datagram, datagrams};

/// When everything is received.
const NOW: Time = Time::from_secs(1_000_000_000);

/// The status of the first kind of full memory.
const BJ_FULL_BUFFER: i64 = 112;

/// Every vector that is a datagram.
fn all() -> impl Iterator<Item = Datagram> {
    DATAGRAM_FILES.into_iter().flat_map(datagrams)
}

/// The table as C source.
pub fn table() -> String {
    let mut text =
        String::from("#include \"basenji_core.h\"\n#include \"vectors.h\"\nconst struct datagram datagrams[] = {\n");
    for Datagram { input, tail, .. } in all() {
        let flags = match tail {
            Tail::Parsed => "0",
            Tail::Unterminated => "BJ_EOL_REQUIRED",
            Tail::Truncated => "BJ_CUT",
        };
        // One byte more, since an array of none is no C.
        let bytes: String = input.iter().map(|byte| format!("{byte},")).collect();
        let _ = writeln!(text, "{{{flags}, (const uint8_t[]){{{bytes}0}}, {}}},", input.len());
    }
    text + "};\nconst size_t datagrams_len = sizeof datagrams / sizeof datagrams[0];\n"
}

/// Compares what the program prints with what the vectors expect, and with the series of an aggregator here.
///
/// # Panics
///
/// It is something else; the message has the name of the vector.
pub fn check(printed: &str) {
    let mut lines = printed.lines().map(|line| -> Value {
        if line.is_empty() { Value::Null } else { serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}")) }
    });
    let mut aggregator = Box::new(Aggregator::new(StaticStorage::<2048, 131_072, 16_384>::new(), Settings::new()));
    let mut vectors = 0;
    for Datagram { name, input, tail, expect } in all() {
        let found: Vec<_> = lines.by_ref().take_while(|line| !line.is_null()).collect();
        let recorded = found.iter().filter_map(|line| line["recorded"].as_i64());
        let messages = Messages::new(&input).require_eol(tail == Tail::Unterminated);
        let metrics = messages.truncated(tail == Tail::Truncated).filter_map(|message| match message {
            Ok(Message::Metric(metric)) => Some(metric),
            _ => None,
        });
        let statuses = metrics.map(|metric| match aggregator.record(&metric, &Source::default(), NOW) {
            Ok(()) => 0,
            Err(full) => BJ_FULL_BUFFER + full as i64,
        });
        assert!(recorded.eq(statuses), "{name}: {found:#?}");
        let found = found.iter().map(message).collect();
        let expected = expect.into_iter().map(without_zero).collect();
        assert!(same(&found, &expected), "{name}: {found:#}, not {expected:#}");
        vectors += 1;
    }
    assert!(vectors > 400, "{vectors}");
    let found: Vec<_> = lines.collect();
    let expected: Vec<_> = aggregator.flush_all(NOW).map(|point| series(&point)).collect();
    assert!(expected.len() > 100, "{}", expected.len());
    for (found, expected) in found.iter().zip(&expected) {
        assert!(same(found, expected), "{found:#} is not {expected:#}");
    }
    assert_eq!(found.len(), expected.len());
}

/// A message of the program in the form of the vectors.
fn message(printed: &Value) -> Value {
    let text = |name: &str| text(&printed[name]);
    let tags: Vec<_> = list(&printed["tags"]).map(self::text).collect();
    let mut object = match printed["kind"].as_str() {
        Some("error") => {
            let code = printed["code"].as_u64().expect("a number");
            let kind = ErrorKind::ALL.iter().find(|kind| u64::from(kind.code()) == code).expect("a code");
            let (error, offset) = (kind.name(), &printed["offset"]);
            return json!({"kind": "error", "error": error, "code": code, "offset": offset, "input": text("input")});
        }
        Some("metric") => {
            let values: Vec<_> = match &printed["member"] {
                Value::Null => list(&printed["values"]).map(number).collect(),
                member => vec![self::text(member)],
            };
            json!({"name": text("name"), "type": printed["type"], "values": values, "sample_rate": number(&printed["sample_rate"])})
        }
        Some("event") => json!({
            "title": unescaped(&text("title")), "text": unescaped(&text("text")), "host": text("host"),
            "aggregation_key": text("aggregation_key"), "priority": printed["priority"],
            "source_type": text("source_type"), "alert_type": printed["alert_type"],
        }),
        _ => {
            json!({"name": text("name"), "status": printed["status"], "host": text("host"), "message": text("message")})
        }
    };
    object["kind"] = printed["kind"].clone();
    object["tags"] = tags.into();
    object["timestamp"] = printed["timestamp"].clone();
    for field in ["container_id", "external_data", "cardinality"] {
        object[field] = text(field);
    }
    without_zero(object)
}

/// The message with no timestamp instead of the second 0, which says the same and which C does not tell from it.
fn without_zero(mut message: Value) -> Value {
    if message["timestamp"] == 0 {
        message["timestamp"] = Value::Null;
    }
    message
}

/// A series as the program prints it.
fn series(series: &Series<'_>) -> Value {
    let (value, samples, quantile) = match series.point {
        Point::Count(value) | Point::Gauge(value) => (value, (0, 0.0, 0.0, 0.0), None),
        Point::Set(members) => (members as f64, (0, 0.0, 0.0, 0.0), None),
        Point::Histogram(samples) => {
            let summary = (samples.count(), samples.sum(), samples.min(), samples.max());
            (samples.avg(), summary, Some(samples.percentile(95)))
        }
        Point::Distribution(sketch) => {
            let summary = sketch.summary();
            (summary.avg, (summary.count, summary.sum, summary.min, summary.max), Some(sketch.quantile(0.95)))
        }
        Point::Samples(_) | Point::Member(_) => unreachable!("no client has made it"),
    };
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let bits = |value: f64| format!("{:016x}", value.to_bits());
    let (count, sum, min, max) = samples;
    let has_tags = !matches!(series.tags, Tags::Text(b""));
    let tags = series.tags.iter().filter(|_| has_tags).map(|tag| hex(tag).into());
    json!({
        "kind": "series", "type": series.kind as i32, "interval": series.interval, "count": count,
        "name": hex(series.name), "host": hex(series.host), "value": bits(value), "sum": bits(sum), "min": bits(min),
        "max": bits(max), "status": if quantile.is_some() { "BJ_OK" } else { "BJ_NO_SKETCH" },
        "quantile": bits(quantile.unwrap_or_default()), "timestamp": series.timestamp,
        "tags": std::iter::once(Value::Null).chain(tags).collect::<Vec<_>>(),
    })
}

/// The items of a list, which begins with a null so that each has a comma before it.
fn list(items: &Value) -> impl Iterator<Item = &Value> {
    items.as_array().into_iter().flatten().skip(1)
}

/// The text of bytes in hexadecimal, or null.
fn text(bytes: &Value) -> Value {
    let Some(digits) = bytes.as_str() else { return Value::Null };
    let pairs = digits.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).expect("digits"));
    let bytes: Vec<u8> = pairs.map(|pair| u8::from_str_radix(pair, 16).expect("hexadecimal")).collect();
    String::from_utf8_lossy(&bytes).into()
}

/// The text of an event as it was before it was escaped.
fn unescaped(text: &Value) -> Value {
    text.as_str().map(|text| text.replace("\\n", "\n")).into()
}

/// The number of a double's bits.
fn number(bits: &Value) -> Value {
    let bits = u64::from_str_radix(bits.as_str().expect("bits"), 16).expect("hexadecimal");
    match f64::from_bits(bits) {
        value if value.is_nan() => "NaN".into(),
        f64::INFINITY => "+Inf".into(),
        f64::NEG_INFINITY => "-Inf".into(),
        value => value.into(),
    }
}
