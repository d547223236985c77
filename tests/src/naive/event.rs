//! Events.

use super::text::{Bytes, Origin, Refusal, integer, non_empty, refuse, split, tags};
use basenji_core::ErrorKind;

/// An event, owned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The title, unescaped.
    pub title: Bytes,
    /// The text, unescaped.
    pub text: Bytes,
    /// `d:`.
    pub timestamp: Option<i64>,
    /// `h:`.
    pub host: Option<Bytes>,
    /// `k:`.
    pub aggregation_key: Option<Bytes>,
    /// `p:` in words.
    pub priority: String,
    /// `s:`.
    pub source_type: Option<Bytes>,
    /// `t:` in words.
    pub alert_type: String,
    /// The tags in order.
    pub tags: Vec<Bytes>,
    /// The origin fields.
    pub origin: Origin,
    /// How many `d:`, `p:` and `t:` were dropped.
    pub bad_fields: u32,
}

/// A line that starts with `_e{`.
pub(super) fn parse(line: &[u8]) -> Result<Event, Refusal> {
    let Some((title_len, text_len, body)) = header(line) else {
        return refuse(ErrorKind::BadEventHeader, 0);
    };
    let needed = u128::from(title_len) + 1 + u128::from(text_len);
    if (body.len() as u128) < needed {
        return refuse(ErrorKind::EventTooShort, line.len());
    }
    let (title_len, text_len) = (title_len as usize, text_len as usize);
    let text_at = title_len + 1;
    let mut event = Event {
        title: unescape(&body[..title_len]),
        text: unescape(&body[text_at..text_at + text_len]),
        timestamp: None,
        host: None,
        aggregation_key: None,
        priority: "normal".to_owned(),
        source_type: None,
        alert_type: "info".to_owned(),
        tags: Vec::new(),
        origin: Origin::default(),
        bad_fields: 0,
    };
    for (_, field) in split(&body[text_at + text_len..], b'|') {
        event.take(field);
    }
    Ok(event)
}

impl Event {
    fn take(&mut self, field: &[u8]) {
        if let Some(text) = field.strip_prefix(b"d:") {
            match integer(text) {
                Some(seconds) => self.timestamp = Some(seconds),
                None => self.bad_fields += 1,
            }
        } else if let Some(text) = field.strip_prefix(b"p:") {
            match word(text, &["normal", "low"]) {
                Some(priority) => self.priority = priority,
                None => self.bad_fields += 1,
            }
        } else if let Some(text) = field.strip_prefix(b"t:") {
            match word(text, &["error", "warning", "info", "success"]) {
                Some(alert_type) => self.alert_type = alert_type,
                None => self.bad_fields += 1,
            }
        } else if let Some(text) = field.strip_prefix(b"h:") {
            self.host = non_empty(text);
        } else if let Some(text) = field.strip_prefix(b"k:") {
            self.aggregation_key = non_empty(text);
        } else if let Some(text) = field.strip_prefix(b"s:") {
            self.source_type = non_empty(text);
        } else if let Some(text) = field.strip_prefix(b"#") {
            self.tags = tags(text);
        } else {
            self.origin.take(field);
        }
    }
}

/// The two lengths and what follows the header: all before the first colon, at least 7 bytes, of which the last one is not read.
fn header(line: &[u8]) -> Option<(u64, u64, &[u8])> {
    let colon = line.iter().position(|&byte| byte == b':')?;
    if colon < 7 {
        return None;
    }
    let lengths = &line[3..colon - 1];
    let comma = lengths.iter().position(|&byte| byte == b',')?;
    let title_len = u64::try_from(integer(&lengths[..comma])?).ok()?;
    let text_len = u64::try_from(integer(&lengths[comma + 1..])?).ok()?;
    (title_len > 0).then_some((title_len, text_len, &line[colon + 1..]))
}

/// Every backslash that an `n` follows is a newline together with it.
fn unescape(text: &[u8]) -> Bytes {
    let mut plain = Vec::new();
    let mut rest = text;
    while let Some((&first, after)) = rest.split_first() {
        if first == b'\\' && after.first() == Some(&b'n') {
            plain.push(b'\n');
            rest = &after[1..];
        } else {
            plain.push(first);
            rest = after;
        }
    }
    Bytes(plain)
}

/// `text` if it is one of `words`.
fn word(text: &[u8], words: &[&str]) -> Option<String> {
    words.iter().find(|word| word.as_bytes() == text).map(|word| (*word).to_owned())
}
