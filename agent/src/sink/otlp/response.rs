//! What an answer says: how much of a request has been taken.

use crate::encode::fields::{Value, fields};

/// `partial_success` of an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Partial {
    /// Points or records that were refused.
    pub(super) rejected: u64,
    pub(super) message: String,
}

impl Partial {
    /// Reads the body of an answer of either signal, and ignores what it does not understand.
    pub(super) fn read(body: &[u8]) -> Partial {
        let mut partial = Partial::default();
        let Some(inner) = fields(body).find_map(|(field, value)| match (field, value) {
            (1, Value::Bytes(bytes)) => Some(bytes),
            _ => None,
        }) else {
            return partial;
        };
        for field in fields(inner) {
            match field {
                (1, Value::Varint(rejected)) => partial.rejected = u64::try_from(rejected as i64).unwrap_or(0),
                (2, Value::Bytes(text)) => partial.message = String::from_utf8_lossy(text).into_owned(),
                _ => {}
            }
        }
        partial
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode::protobuf::Message;

    #[test]
    fn a_partial_success_is_read_and_anything_else_is_none() {
        let mut body = Vec::new();
        let mut message = Message::new(&mut body);
        message.double(9, 1.0);
        message.message(1, |partial| {
            partial.int(1, 5);
            partial.text(2, b"too old");
        });
        assert_eq!(Partial::read(&body), Partial { rejected: 5, message: "too old".to_owned() });
        // What the Collector and Prometheus answer where all is well.
        assert_eq!(Partial::read(b"\x0a\x00"), Partial::default());
        assert_eq!(Partial::read(b""), Partial::default());
        for len in 0..body.len() {
            Partial::read(&body[..len]);
        }
        for garbage in [&b"<html>"[..], b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", b"\x0a\xff\x01", b"\x0f"] {
            assert_eq!(Partial::read(garbage), Partial::default(), "{garbage:?}");
        }
    }
}
