//! Service checks: `_sc|name|status|d:..|h:..|#tags|m:..|c:..|e:..|card:..`.
//!
//! As in the Agent, fields come in any order and `m:` ends at the next `|`; a timestamp that is no number is dropped and counted.
//! Unlike the Agent, which takes any `_sc` for a check, only `_sc|` begins one, so that a metric may be called `_score`.

use super::event::{replace, write_field, write_timestamp};
use super::fields::OriginFields;
use super::grammar::{Line, Parsed, end, fail, field, fields, finish, integer, non_empty, pipe, until_pipe};
use super::tags::Tags;
use super::writer::{Part, WriteError, Writer};
use crate::{ErrorKind, ParseError};
use nom::Parser;
use nom::sequence::{preceded, separated_pair};

/// One service check, borrowed from the line.
#[derive(Debug, Clone, Copy)]
pub struct ServiceCheck<'a> {
    /// The name: any bytes but `|`, at least one.
    pub name: &'a [u8],
    /// The status.
    pub status: Status,
    /// `d:`: seconds since 1970; absent and 0 stand for the time of receipt.
    pub timestamp: Option<i64>,
    /// `h:`: the host.
    pub hostname: Option<&'a [u8]>,
    /// `m:`: the message, as it stands on the wire.
    pub message: Option<&'a [u8]>,
    /// `#`: the tags.
    pub tags: Tags<'a>,
    /// `c:`, `e:` and `card:`.
    pub origin: OriginFields<'a>,
    /// How many fields were dropped because of their value; not a part of equality.
    pub bad_fields: u32,
}

/// The status of a service check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Status {
    /// 0.
    Ok = 0,
    /// 1.
    Warning = 1,
    /// 2.
    Critical = 2,
    /// 3.
    Unknown = 3,
}

impl Status {
    /// The status of one digit, 0 to 3; anything else is none.
    pub const fn from_digit(digit: &[u8]) -> Option<Self> {
        Some(match digit {
            b"0" => Status::Ok,
            b"1" => Status::Warning,
            b"2" => Status::Critical,
            b"3" => Status::Unknown,
            _ => return None,
        })
    }

    /// The status in words.
    pub const fn name(self) -> &'static str {
        match self {
            Status::Ok => "ok",
            Status::Warning => "warning",
            Status::Critical => "critical",
            Status::Unknown => "unknown",
        }
    }
}

impl<'a> ServiceCheck<'a> {
    /// A check with all fields at their defaults.
    pub const fn new(name: &'a [u8], status: Status) -> Self {
        ServiceCheck {
            name,
            status,
            timestamp: None,
            hostname: None,
            message: None,
            tags: Tags::NONE,
            origin: OriginFields::NONE,
            bad_fields: 0,
        }
    }

    /// Parses one line that starts with `_sc|`, without its line end. Cost: linear in the line.
    ///
    /// # Errors
    ///
    /// - `NoPipe`: fewer than two `|`.
    /// - `EmptyCheckName`: no name between them.
    /// - `BadStatus`: a status other than 0, 1, 2 and 3.
    ///
    /// # Example
    ///
    /// ```
    /// use basenji_core::wire::{ServiceCheck, Status};
    ///
    /// let check = ServiceCheck::parse(b"_sc|db.up|2|#db:main|m:no answer")?;
    /// assert_eq!((check.name, check.status), (&b"db.up"[..], Status::Critical));
    /// assert_eq!(check.message, Some(&b"no answer"[..]));
    /// # Ok::<(), basenji_core::ParseError>(())
    /// ```
    pub fn parse(line: &'a [u8]) -> Result<Self, ParseError> {
        finish(line, service_check(line))
    }

    /// Writes the check as one line with its newline; on an error the buffer is as it was.
    ///
    /// # Errors
    ///
    /// - `Full`: the line does not fit.
    /// - `Refused`: an empty name; `|` or newline in name, host or message; `|`, `,` or newline in a tag; a line that would end in `\r`.
    pub fn write(&self, writer: &mut Writer<'_>) -> Result<(), WriteError> {
        writer.line(|writer| {
            if self.name.is_empty() {
                return Err(WriteError::Refused { part: Part::Name, offset: 0 });
            }
            writer.raw(b"_sc|")?;
            writer.text(Part::Name, self.name, b"|\n")?;
            writer.raw(b"|")?;
            writer.integer(i64::from(self.status as u8))?;
            write_timestamp(self.timestamp, writer)?;
            write_field(b"|h:", Part::Field, self.hostname, writer)?;
            self.tags.write(writer)?;
            write_field(b"|m:", Part::Message, self.message, writer)?;
            self.origin.write(writer)
        })
    }

    fn accept(&mut self, field: &'a [u8]) {
        match field {
            [b'd', b':', text @ ..] => replace(&mut self.timestamp, integer(text).map(Some), &mut self.bad_fields),
            [b'h', b':', text @ ..] => self.hostname = non_empty(text),
            [b'm', b':', text @ ..] => self.message = non_empty(text),
            [b'#', text @ ..] => self.tags = Tags::Text(text),
            _ => self.origin.accept(field),
        }
    }
}

impl PartialEq for ServiceCheck<'_> {
    fn eq(&self, other: &Self) -> bool {
        (self.name, self.status, self.timestamp, self.hostname)
            == (other.name, other.status, other.timestamp, other.hostname)
            && (self.message, self.tags, self.origin) == (other.message, other.tags, other.origin)
    }
}

/// `"_sc|" name "|" status *( "|" field )`
fn service_check(line: &[u8]) -> Parsed<'_, ServiceCheck<'_>> {
    let (rest, (_, name)) = separated_pair(until_pipe, pipe, until_pipe).parse(Line::<b'|'>::new(line))?;
    if name.is_empty() {
        return fail(ErrorKind::EmptyCheckName, name);
    }
    let (rest, digit) = preceded(pipe, field).parse(rest)?;
    let Some(status) = Status::from_digit(digit) else { return fail(ErrorKind::BadStatus, digit) };
    let mut check = ServiceCheck::new(name, status);
    for field in fields(rest.rest()) {
        check.accept(field);
    }
    Ok((end(line), check))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> ServiceCheck<'_> {
        ServiceCheck::parse(line.as_bytes()).expect(line)
    }

    #[test]
    fn a_check_has_a_name_a_status_and_fields_in_any_order() {
        let check = parse("_sc|db.up|2|m:no route|#a,b|h:web-1|d:5|e:x|zz");
        assert_eq!((check.name, check.status, check.timestamp), (&b"db.up"[..], Status::Critical, Some(5)));
        assert_eq!((check.message, check.hostname), (Some(&b"no route"[..]), Some(&b"web-1"[..])));
        assert_eq!((check.tags, check.origin.external_data), (Tags::Text(b"a,b"), Some(&b"x"[..])));
    }

    #[test]
    fn a_message_is_not_unescaped() {
        assert_eq!(parse(r"_sc|a|0|m:x\ny m\:z").message, Some(&br"x\ny m\:z"[..]));
    }

    #[test]
    fn a_bad_timestamp_is_dropped_and_counted() {
        let check = parse("_sc|a|0|d:1|d:x");
        assert_eq!((check.timestamp, check.bad_fields), (Some(1), 1));
    }

    #[test]
    fn every_refusal_has_a_kind_and_a_place() {
        use ErrorKind::*;
        for (line, kind, offset) in [
            ("_sc|", NoPipe, 4),
            ("_sc|a", NoPipe, 5),
            ("_sc||0", EmptyCheckName, 4),
            ("_sc|a|", BadStatus, 6),
            ("_sc|a|4", BadStatus, 6),
            ("_sc|a|00|d:1", BadStatus, 6),
            ("_sc|a|OK", BadStatus, 6),
        ] {
            let error = ServiceCheck::parse(line.as_bytes()).expect_err(line);
            assert_eq!((error.kind, error.offset), (kind, offset), "{line}");
        }
    }

    #[test]
    fn what_is_written_parses_to_the_same() {
        let mut buffer = [0; 80];
        let mut writer = Writer::new(&mut buffer);
        let check = parse("_sc|a b|3|d:0|h:x|#t,u|m:hi|c:ci-1|card:none");
        check.write(&mut writer).expect("it fits");
        assert_eq!(writer.written(), b"_sc|a b|3|d:0|h:x|#t,u|m:hi|c:ci-1|card:none\n");
    }
}
