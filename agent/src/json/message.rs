//! Messages as `basenji parse` shows them: as they were sent, nothing merged, sorted or judged.

use std::io::{self, Write};

use basenji::core::ParseError;
use basenji::core::wire::Message;
use serde::Serialize;

use super::tags::AsSent;
use super::{Lines, Lossy, event, metric, service_check};

/// `{"kind":..,..}`
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Object<'a> {
    Metric(metric::Fields<'a>),
    Event(event::Fields<'a, AsSent<'a>>),
    ServiceCheck(service_check::Fields<'a, AsSent<'a>>),
    Error { error: &'static str, code: u8, offset: usize, input: Lossy<'a> },
}

/// Appends one message as one object.
///
/// # Errors
///
/// What the output reports.
pub(crate) fn write_message<W: Write>(message: &Message<'_>, lines: &mut Lines<W>) -> io::Result<()> {
    lines.write(&match message {
        Message::Metric(metric) => Object::Metric(metric::Fields::new(metric)),
        Message::Event(event) => Object::Event(event::Fields::new(event, AsSent(event.tags), true)),
        Message::ServiceCheck(check) => {
            Object::ServiceCheck(service_check::Fields::new(check, AsSent(check.tags), true))
        }
    })
}

/// Appends the object of a line that is no message.
///
/// # Errors
///
/// What the output reports.
pub(crate) fn write_refusal<W: Write>(error: ParseError, line: &[u8], lines: &mut Lines<W>) -> io::Result<()> {
    let ParseError { kind, offset } = error;
    lines.write(&Object::Error { error: kind.name(), code: kind.code(), offset, input: Lossy(line) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(line: &[u8]) -> String {
        let mut output = Vec::new();
        let mut lines = Lines::new(&mut output);
        match Message::parse(line) {
            Ok(message) => write_message(&message, &mut lines),
            Err(error) => write_refusal(error, line, &mut lines),
        }
        .and_then(|()| lines.flush())
        .expect("a vector takes all");
        String::from_utf8(output).expect("JSON is UTF-8")
    }

    #[test]
    fn fields_stand_in_the_documented_order() {
        assert_eq!(
            json(b"page.views:1:nan:-inf|c|@0.5|#b,a,b|T5|c:ci-x|e:cn-y|card:low"),
            concat!(
                r#"{"kind":"metric","name":"page.views","type":"c","values":[1.0,"NaN","-Inf"],"sample_rate":0.5,"#,
                r#""tags":["b","a","b"],"timestamp":5,"container_id":"ci-x","external_data":"cn-y","cardinality":"low"}"#,
                "\n"
            )
        );
        assert_eq!(
            json(b"_e{1,3}:t|a\\n|d:-5|h:web|k:key|p:low|s:src|t:error"),
            concat!(
                r#"{"kind":"event","title":"t","text":"a\n","timestamp":-5,"host":"web","aggregation_key":"key","priority":"low","#,
                r#""source_type":"src","alert_type":"error","tags":[],"container_id":null,"external_data":null,"cardinality":null}"#,
                "\n"
            )
        );
        assert_eq!(
            json(b"_sc|db.up|2|m:down|#a"),
            concat!(
                r#"{"kind":"service_check","name":"db.up","status":2,"timestamp":null,"host":null,"message":"down","tags":["a"],"#,
                r#""container_id":null,"external_data":null,"cardinality":null}"#,
                "\n"
            )
        );
    }

    #[test]
    fn a_packed_or_rated_line_of_samples_says_how_many_they_are() {
        for (line, samples) in [
            ("t:1:2:3|d|@0.0009765625", Some(3072)),
            ("t:1:2|ms", Some(2)),
            ("t:1|h|@0.3", Some(3)),
            ("t:1:nan|h|@0.5", Some(2)),
            ("t:1|h|@7", None),
            ("t:1|d", None),
            ("t:1:2|c|@0.5", None),
        ] {
            let json: serde_json::Value = serde_json::from_str(&json(line.as_bytes())).expect("JSON");
            assert_eq!(json["samples"].as_u64(), samples, "{line}");
        }
    }

    #[test]
    fn a_member_of_a_set_is_a_string() {
        assert!(json(b"users:1:2|s").contains(r#""values":["1:2"],"sample_rate":1.0,"#));
    }

    #[test]
    fn a_refused_line_is_an_object_with_the_line() {
        assert_eq!(
            json(b"m:1|c|@\xff"),
            "{\"kind\":\"error\",\"error\":\"bad rate\",\"code\":7,\"offset\":7,\"input\":\"m:1|c|@\u{fffd}\"}\n"
        );
    }
}
