//! Events: `_e{title length,text length}:title|text|d:..|h:..|k:..|p:..|s:..|t:..|#tags|c:..|e:..|card:..`.
//!
//! As in the Agent, the lengths are what divides an event: the byte before the `:` and the one between title and text are not looked
//! at, and what follows the text is split at `|` and tried as fields, its first piece included. A field with a bad value is dropped
//! and counted, the event is kept. The last good field of a kind holds.

use super::fields::OriginFields;
use super::grammar::{Parsed, end, fail, fields, finish, integer, non_empty, split_around};
use super::search::find;
use super::tags::Tags;
use super::writer::{Part, WriteError, Writer};
use crate::{ErrorKind, ParseError};

/// One event, borrowed from the line.
#[derive(Debug, Clone, Copy)]
pub struct Event<'a> {
    /// The title, at least one byte.
    pub title: Text<'a>,
    /// The text, which may be empty.
    pub text: Text<'a>,
    /// `d:`: seconds since 1970; absent and 0 stand for the time of receipt.
    pub timestamp: Option<i64>,
    /// `h:`: the host.
    pub hostname: Option<&'a [u8]>,
    /// `k:`: events of one key are shown as one.
    pub aggregation_key: Option<&'a [u8]>,
    /// `p:`: the priority.
    pub priority: Priority,
    /// `s:`: the kind of program that sends it.
    pub source_type: Option<&'a [u8]>,
    /// `t:`: how it is shown.
    pub alert_type: AlertType,
    /// `#`: the tags.
    pub tags: Tags<'a>,
    /// `c:`, `e:` and `card:`.
    pub origin: OriginFields<'a>,
    /// How many fields were dropped because of their value; not a part of equality.
    pub bad_fields: u32,
}

/// Title or text of an event.
///
/// On the wire a newline is the two bytes `\` `n`; nothing else is escaped, so a text that holds those two bytes itself arrives
/// as a newline. Two texts are equal when their unescaped bytes are.
#[derive(Debug, Clone, Copy)]
pub enum Text<'a> {
    /// Escaped, as on the wire.
    Wire(&'a [u8]),
    /// As the caller has it.
    Plain(&'a [u8]),
}

impl<'a> Text<'a> {
    /// Whether there are no bytes.
    pub fn is_empty(&self) -> bool {
        let (Text::Wire(bytes) | Text::Plain(bytes)) = self;
        bytes.is_empty()
    }

    /// The unescaped text in slices, to be put together: what stands between two newlines, and the newlines.
    pub fn chunks(&self) -> Chunks<'a> {
        match *self {
            Text::Wire(rest) => Chunks { rest, newline: false, escaped: true },
            Text::Plain(rest) => Chunks { rest, newline: false, escaped: false },
        }
    }

    /// The unescaped bytes.
    pub fn bytes(&self) -> impl Iterator<Item = u8> + use<'a> {
        self.chunks().flatten().copied()
    }

    /// How many bytes [`Text::write`] appends.
    fn wire_len(&self) -> usize {
        match self {
            Text::Wire(bytes) => bytes.len(),
            Text::Plain(bytes) => {
                bytes.iter().fold(0usize, |len, byte| len.saturating_add(if *byte == b'\n' { 2 } else { 1 }))
            }
        }
    }

    fn write(&self, part: Part, writer: &mut Writer<'_>) -> Result<(), WriteError> {
        match self {
            Text::Wire(bytes) => writer.text(part, bytes, b"\n"),
            Text::Plain(bytes) => {
                let mut separator: &[u8] = b"";
                for line in bytes.split(|&byte| byte == b'\n') {
                    writer.raw(separator)?;
                    writer.raw(line)?;
                    separator = b"\\n";
                }
                Ok(())
            }
        }
    }
}

impl PartialEq for Text<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes().eq(other.bytes())
    }
}

impl Eq for Text<'_> {}

/// The slices of an unescaped [`Text`].
#[derive(Debug, Clone)]
pub struct Chunks<'a> {
    rest: &'a [u8],
    newline: bool,
    escaped: bool,
}

impl<'a> Iterator for Chunks<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if self.newline {
            self.newline = false;
            return Some(b"\n");
        }
        if self.rest.is_empty() {
            return None;
        }
        let escape = if self.escaped { self.rest.windows(2).position(|pair| pair == b"\\n") } else { None };
        let split = escape.and_then(|at| split_around(self.rest, at));
        let (chunk, rest) = match split {
            Some((chunk, [_, rest @ ..])) => {
                self.newline = true;
                (chunk, rest)
            }
            _ => (self.rest, &[][..]),
        };
        self.rest = rest;
        Some(chunk)
    }
}

/// `p:` of an event.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Priority {
    /// `normal`, the default.
    #[default]
    Normal,
    /// `low`.
    Low,
}

impl Priority {
    /// The word on the wire, which is compared exactly.
    pub const fn name(self) -> &'static str {
        match self {
            Priority::Normal => "normal",
            Priority::Low => "low",
        }
    }

    fn parse(word: &[u8]) -> Option<Self> {
        [Priority::Normal, Priority::Low].into_iter().find(|priority| priority.name().as_bytes() == word)
    }
}

/// `t:` of an event.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum AlertType {
    /// `info`, the default.
    #[default]
    Info,
    /// `error`.
    Error,
    /// `warning`.
    Warning,
    /// `success`.
    Success,
}

impl AlertType {
    /// The word on the wire, which is compared exactly.
    pub const fn name(self) -> &'static str {
        match self {
            AlertType::Info => "info",
            AlertType::Error => "error",
            AlertType::Warning => "warning",
            AlertType::Success => "success",
        }
    }

    fn parse(word: &[u8]) -> Option<Self> {
        [AlertType::Info, AlertType::Error, AlertType::Warning, AlertType::Success]
            .into_iter()
            .find(|alert_type| alert_type.name().as_bytes() == word)
    }
}

impl<'a> Event<'a> {
    /// An event with all fields at their defaults.
    pub const fn new(title: Text<'a>, text: Text<'a>) -> Self {
        Event {
            title,
            text,
            timestamp: None,
            hostname: None,
            aggregation_key: None,
            priority: Priority::Normal,
            source_type: None,
            alert_type: AlertType::Info,
            tags: Tags::NONE,
            origin: OriginFields::NONE,
            bad_fields: 0,
        }
    }

    /// Parses one line that starts with `_e{`, without its line end. Cost: linear in the line.
    ///
    /// # Errors
    ///
    /// - `BadEventHeader`: no `_e{..}:`, lengths that are not whole numbers, or a title of no bytes.
    /// - `EventTooShort`: fewer bytes than the lengths announce.
    ///
    /// # Example
    ///
    /// ```
    /// use basenji_core::wire::{AlertType, Event, Text};
    ///
    /// let event = Event::parse(br"_e{6,11}:deploy|v2\nis live|t:success|h:web-1")?;
    /// assert_eq!(event.title, Text::Plain(b"deploy"));
    /// assert_eq!(event.text, Text::Plain(b"v2\nis live"));
    /// assert_eq!((event.alert_type, event.hostname), (AlertType::Success, Some(&b"web-1"[..])));
    /// # Ok::<(), basenji_core::ParseError>(())
    /// ```
    pub fn parse(line: &'a [u8]) -> Result<Self, ParseError> {
        finish(line, event(line))
    }

    /// Writes the event as one line with its newline; on an error the buffer is as it was. A newline in a plain title or text is escaped.
    ///
    /// # Errors
    ///
    /// - `Full`: the line does not fit.
    /// - `Refused`: an empty title; a newline in wire text; `|` or newline in a field; `|`, `,` or newline in a tag; a line that would
    ///   end in `\r`.
    pub fn write(&self, writer: &mut Writer<'_>) -> Result<(), WriteError> {
        writer.line(|writer| {
            if self.title.is_empty() {
                return Err(WriteError::Refused { part: Part::Title, offset: 0 });
            }
            writer.raw(b"_e{")?;
            writer.integer(i64::try_from(self.title.wire_len()).unwrap_or(i64::MAX))?;
            writer.raw(b",")?;
            writer.integer(i64::try_from(self.text.wire_len()).unwrap_or(i64::MAX))?;
            writer.raw(b"}:")?;
            self.title.write(Part::Title, writer)?;
            writer.raw(b"|")?;
            self.text.write(Part::Text, writer)?;
            write_timestamp(self.timestamp, writer)?;
            write_field(b"|h:", Part::Field, self.hostname, writer)?;
            write_field(b"|k:", Part::Field, self.aggregation_key, writer)?;
            if self.priority != Priority::default() {
                write_field(b"|p:", Part::Field, Some(self.priority.name().as_bytes()), writer)?;
            }
            write_field(b"|s:", Part::Field, self.source_type, writer)?;
            if self.alert_type != AlertType::default() {
                write_field(b"|t:", Part::Field, Some(self.alert_type.name().as_bytes()), writer)?;
            }
            self.tags.write(writer)?;
            self.origin.write(writer)
        })
    }

    fn accept(&mut self, field: &'a [u8]) {
        match field {
            [b'd', b':', text @ ..] => replace(&mut self.timestamp, integer(text).map(Some), &mut self.bad_fields),
            [b'h', b':', text @ ..] => self.hostname = non_empty(text),
            [b'k', b':', text @ ..] => self.aggregation_key = non_empty(text),
            [b'p', b':', text @ ..] => replace(&mut self.priority, Priority::parse(text), &mut self.bad_fields),
            [b's', b':', text @ ..] => self.source_type = non_empty(text),
            [b't', b':', text @ ..] => replace(&mut self.alert_type, AlertType::parse(text), &mut self.bad_fields),
            [b'#', text @ ..] => self.tags = Tags::Text(text),
            _ => self.origin.accept(field),
        }
    }
}

impl PartialEq for Event<'_> {
    fn eq(&self, other: &Self) -> bool {
        (self.title, self.text, self.timestamp, self.hostname)
            == (other.title, other.text, other.timestamp, other.hostname)
            && (self.aggregation_key, self.priority) == (other.aggregation_key, other.priority)
            && (self.source_type, self.alert_type) == (other.source_type, other.alert_type)
            && (self.tags, self.origin) == (other.tags, other.origin)
    }
}

/// Puts `value` in its place, or counts a bad field and leaves the place as it was.
pub(super) fn replace<T>(place: &mut T, value: Option<T>, bad_fields: &mut u32) {
    match value {
        Some(value) => *place = value,
        None => *bad_fields = bad_fields.saturating_add(1),
    }
}

/// Appends `|d:seconds`.
pub(super) fn write_timestamp(timestamp: Option<i64>, writer: &mut Writer<'_>) -> Result<(), WriteError> {
    let Some(seconds) = timestamp else { return Ok(()) };
    writer.raw(b"|d:")?;
    writer.integer(seconds)
}

/// Appends `key` and `text`, or nothing for an empty text.
pub(super) fn write_field(
    key: &[u8],
    part: Part,
    text: Option<&[u8]>,
    writer: &mut Writer<'_>,
) -> Result<(), WriteError> {
    let Some(text) = text.and_then(non_empty) else { return Ok(()) };
    writer.raw(key)?;
    writer.text(part, text, b"|\n")
}

/// `"_e{" titlelen "," textlen X ":" title Y text *( "|" field )`
fn event(line: &[u8]) -> Parsed<'_, Event<'_>> {
    let (body, (title_len, text_len)) = lengths(line)?;
    let parts = body.split_at_checked(title_len).and_then(|(title, rest)| {
        let (text, fields) = rest.get(1..)?.split_at_checked(text_len)?;
        Some((Event::new(Text::Wire(title), Text::Wire(text)), fields))
    });
    let Some((mut event, rest)) = parts else { return fail(ErrorKind::EventTooShort, end(line)) };
    for field in fields(rest) {
        event.accept(field);
    }
    Ok((end(line), event))
}

/// `"_e{" titlelen "," textlen X ":"`, where X is any byte.
fn lengths(line: &[u8]) -> Parsed<'_, (usize, usize)> {
    let header = find(b':', line).and_then(|colon| split_around(line, colon));
    let parsed = header.and_then(|(header, body)| {
        let (_, announced) = header.strip_prefix(b"_e{")?.split_last()?;
        let (title, text) = split_around(announced, find(b',', announced)?)?;
        // What no machine of this size can hold is longer than the line all the same.
        let length = |digits| {
            integer(digits).filter(|length| *length >= 0).map(|length| usize::try_from(length).unwrap_or(usize::MAX))
        };
        Some((body, (length(title).filter(|&length| length > 0)?, length(text)?)))
    });
    let Some((body, (title, text))) = parsed else { return fail(ErrorKind::BadEventHeader, line) };
    Ok((body, (title, text)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    fn parse(line: &str) -> Event<'_> {
        Event::parse(line.as_bytes()).expect(line)
    }

    fn unescaped(text: Text<'_>) -> Vec<u8> {
        text.bytes().collect()
    }

    #[test]
    fn an_event_has_a_title_a_text_and_fields_in_any_order() {
        let event = parse("_e{5,4}:title|text|#a,b|t:error|p:low|d:-5|h:web-1|k:key|s:my:src|c:x|zz|card:high");
        assert_eq!((unescaped(event.title), unescaped(event.text)), (b"title".to_vec(), b"text".to_vec()));
        assert_eq!((event.priority, event.alert_type, event.timestamp), (Priority::Low, AlertType::Error, Some(-5)));
        assert_eq!((event.hostname, event.aggregation_key), (Some(&b"web-1"[..]), Some(&b"key"[..])));
        assert_eq!((event.source_type, event.tags), (Some(&b"my:src"[..]), Tags::Text(b"a,b")));
        assert_eq!((event.origin.local_data, event.origin.cardinality), (Some(&b"x"[..]), Some(&b"high"[..])));
    }

    #[test]
    fn lengths_divide_and_separators_are_not_looked_at() {
        assert_eq!(unescaped(parse("_e{5,4}:ti|:e|te|t").text), b"te|t");
        assert_eq!(unescaped(parse("_e{1,0}:t|").text), b"");
        assert_eq!(unescaped(parse("_e{1,1x:tYu").text), b"u");
        assert_eq!(parse("_e{+5,04}:title|textp:low").priority, Priority::Low);
    }

    #[test]
    fn a_backslash_and_an_n_are_a_newline_and_nothing_else_is_unescaped() {
        let event = parse("_e{6,8}:ti\\ntl|\\\\na\\n\\t");
        assert_eq!(unescaped(event.title), b"ti\ntl");
        assert_eq!(unescaped(event.text), b"\\\na\n\\t");
        assert_eq!(event.title, Text::Plain(b"ti\ntl"));
    }

    #[test]
    fn a_bad_field_is_dropped_and_counted_and_the_event_kept() {
        let event = parse("_e{1,1}:t|u|p:low|p:lower|t:ok|d:x|d:");
        assert_eq!((event.priority, event.alert_type, event.timestamp), (Priority::Low, AlertType::Info, None));
        assert_eq!(event.bad_fields, 4);
    }

    #[test]
    fn every_refusal_has_a_kind_and_a_place() {
        use ErrorKind::*;
        for (line, kind, offset) in [
            ("_e{", BadEventHeader, 0),
            ("_e{1,1}", BadEventHeader, 0),
            ("_e{0,1}:|t", BadEventHeader, 0),
            ("_e{1,-1}:t|", BadEventHeader, 0),
            ("_e{1}:t|u", BadEventHeader, 0),
            ("_e{1,1:t|u", BadEventHeader, 0),
            ("_e{a,1}:t|u", BadEventHeader, 0),
            ("_e{1,1}:t|", EventTooShort, 10),
            ("_e{1,0}:t", EventTooShort, 9),
            ("_e{9223372036854775807,9223372036854775807}:t|u", EventTooShort, 47),
        ] {
            let error = Event::parse(line.as_bytes()).expect_err(line);
            assert_eq!((error.kind, error.offset), (kind, offset), "{line}");
        }
    }

    #[test]
    fn a_plain_text_is_escaped_when_written() {
        let mut buffer = [0; 80];
        let mut writer = Writer::new(&mut buffer);
        let event = Event { alert_type: AlertType::Warning, ..Event::new(Text::Plain(b"a\nb"), Text::Plain(b"|\n")) };
        event.write(&mut writer).expect("it fits");
        assert_eq!(writer.written(), b"_e{4,3}:a\\nb||\\n|t:warning\n");
        assert_eq!(Event::parse(b"_e{4,3}:a\\nb||\\n|t:warning"), Ok(event));
    }
}
