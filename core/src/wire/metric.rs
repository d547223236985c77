//! Metrics: `name:value|type|@rate|#tags|T..|c:..|e:..|card:..`, packed values since v1.1, timestamps since v1.3.
//!
//! After [`Metric::parse`] a metric is known to be good: its name is not empty, each of its values is a number (or, for a set,
//! at least one byte), its rate is some number and its timestamp is at least 1. Fields come in any order; the last of a kind
//! holds, and unknown or empty ones are passed over.

use super::fields::OriginFields;
use super::grammar::{Line, Parsed, fail, field, finish, integer, name_and_value, pipe};
use super::kind::{MetricKind, kind};
use super::number;
use super::tags::Tags;
use super::values::{Values, values};
use super::writer::{Part, WriteError, Writer};
use crate::{ErrorKind, ParseError};
use nom::Parser;
use nom::sequence::preceded;

/// One metric with its values, borrowed from the line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Metric<'a> {
    /// The name: any bytes but `:`, `|` and newline, at least one.
    pub name: &'a [u8],
    /// The type.
    pub kind: MetricKind,
    /// The values, at least one; a member for a set.
    pub values: Values<'a>,
    /// `@`: the share of samples that were sent, as written, which may be any number; 1 when absent.
    pub sample_rate: f64,
    /// `#`: the tags.
    pub tags: Tags<'a>,
    /// `T` (v1.3): seconds since 1970, 1 or more.
    pub timestamp: Option<u64>,
    /// `c:`, `e:` and `card:`.
    pub origin: OriginFields<'a>,
}

impl<'a> Metric<'a> {
    /// Parses one line, without its line end. Cost: linear in the line.
    ///
    /// # Errors
    ///
    /// In this order: `NoPipe`, `NoColon`, `EmptyName`, `EmptyValue`, `BadType`, `BadValue`, then `BadRate` and `BadTimestamp` as
    /// the fields come.
    ///
    /// # Example
    ///
    /// ```
    /// use basenji_core::wire::{Metric, MetricKind};
    /// use basenji_core::ErrorKind;
    ///
    /// let metric = Metric::parse(b"render:12.5:14|ms|@0.5|#page:home,env:dev|T1700000000")?;
    /// assert_eq!((metric.name, metric.kind), (&b"render"[..], MetricKind::Timing));
    /// assert!(metric.values.iter().eq([12.5, 14.0]));
    /// assert!(metric.tags.iter().eq([&b"page:home"[..], b"env:dev"]));
    /// assert_eq!((metric.sample_rate, metric.timestamp), (0.5, Some(1_700_000_000)));
    ///
    /// let error = Metric::parse(b"login.time:fast|ms").unwrap_err();
    /// assert_eq!((error.kind, error.offset), (ErrorKind::BadValue, 11));
    /// # Ok::<(), basenji_core::ParseError>(())
    /// ```
    pub fn parse(line: &'a [u8]) -> Result<Self, ParseError> {
        Metric::parse_up_to::<b'|'>(line)
    }

    /// [`Metric::parse`] for a line that is known not to hold `END`, unless that is `|`.
    pub(super) fn parse_up_to<const END: u8>(line: &'a [u8]) -> Result<Self, ParseError> {
        finish(line, metric(Line::<END>::new(line)))
    }

    /// The metric that `lines` begin with, and what is left from the end of its line; `None` if there is none.
    #[inline(always)]
    pub(super) fn first_of(lines: Line<'a, b'\n'>) -> Option<(Self, Line<'a, b'\n'>)> {
        let (rest, metric) = metric(lines).ok()?;
        Some((metric, rest))
    }

    /// Writes the metric as one line with its newline; on an error the buffer is as it was.
    ///
    /// # Errors
    ///
    /// - `Full`: the line does not fit.
    /// - `Refused`: a name that is empty, holds `:`, `|` or newline or begins an event; no value, or a member with `|` or newline; a tag
    ///   with `|`, `,` or newline; an origin field with `|` or newline; a line that would end in `\r`.
    ///
    /// # Example
    ///
    /// ```
    /// use basenji_core::wire::{Metric, Part, WriteError, Writer};
    ///
    /// let metric = Metric::parse(b"visits:1|c|#page:home").unwrap();
    /// let mut buffer = [0; 64];
    /// let mut writer = Writer::new(&mut buffer);
    /// metric.write(&mut writer)?;
    /// let bad = Metric { name: b"a|b", ..metric };
    /// assert_eq!(bad.write(&mut writer), Err(WriteError::Refused { part: Part::Name, offset: 1 }));
    /// assert_eq!(writer.written(), b"visits:1|c|#page:home\n");
    /// # Ok::<(), WriteError>(())
    /// ```
    pub fn write(&self, writer: &mut Writer<'_>) -> Result<(), WriteError> {
        writer.line(|writer| {
            let start = writer.position();
            if self.name.is_empty() {
                return Err(WriteError::Refused { part: Part::Name, offset: 0 });
            }
            writer.text(Part::Name, self.name, b":|\n")?;
            // Seen in what is written, since a replaced byte can be what makes it an event's beginning.
            if writer.written().get(start..).is_some_and(|name| name.starts_with(b"_e{")) {
                writer.forbid(Part::Name, start, 2)?;
            }
            writer.raw(b":")?;
            self.values.write(writer)?;
            writer.raw(b"|")?;
            writer.raw(self.kind.code().as_bytes())?;
            if self.sample_rate != 1.0 {
                writer.raw(b"|@")?;
                writer.number(self.sample_rate)?;
            }
            self.tags.write(writer)?;
            self.origin.write(writer)?;
            if let Some(timestamp) = self.timestamp {
                writer.raw(b"|T")?;
                writer.integer(i64::try_from(timestamp).unwrap_or(i64::MAX))?;
            }
            Ok(())
        })
    }
}

/// `name ":" value "|" type *( "|" field )`
#[inline(always)]
fn metric<const END: u8>(line: Line<'_, END>) -> Parsed<'_, Metric<'_>, Line<'_, END>> {
    let (rest, (name, text)) = name_and_value(line)?;
    if name.is_empty() {
        return fail(ErrorKind::EmptyName, name);
    }
    if text.is_empty() {
        return fail(ErrorKind::EmptyValue, text);
    }
    let (mut rest, kind) = preceded(pipe, kind).parse(rest)?;
    let (_, values) = values(kind, text)?;
    let mut metric =
        Metric { name, kind, values, sample_rate: 1.0, tags: Tags::NONE, timestamp: None, origin: OriginFields::NONE };
    while let Ok((field, _)) = pipe(rest) {
        (rest, ()) = metric.field(field)?;
    }
    Ok((rest, metric))
}

impl<'a> Metric<'a> {
    /// `"#" tags / "@" float / "T" int / "c:" local / "e:" external / "card:" word / unknown`
    #[inline(always)]
    fn field<const END: u8>(&mut self, input: Line<'a, END>) -> Parsed<'a, (), Line<'a, END>> {
        let (rest, field) = field(input)?;
        if let [b'#', tags @ ..] = field {
            self.tags = Tags::Text(tags);
            return Ok((rest, ()));
        }
        match field {
            [b'@', rate @ ..] => match number::parse(rate) {
                Some(rate) => self.sample_rate = rate,
                None => return fail(ErrorKind::BadRate, rate),
            },
            [b'T', text @ ..] => match integer(text).and_then(|seconds| u64::try_from(seconds).ok()) {
                Some(seconds @ 1..) => self.timestamp = Some(seconds),
                _ => return fail(ErrorKind::BadTimestamp, text),
            },
            _ => self.origin.accept(field),
        }
        Ok((rest, ()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    fn parse(line: &str) -> Metric<'_> {
        Metric::parse(line.as_bytes()).expect(line)
    }

    fn error(line: &str) -> (ErrorKind, usize) {
        let error = Metric::parse(line.as_bytes()).expect_err(line);
        (error.kind, error.offset)
    }

    #[test]
    fn a_metric_has_a_name_a_value_and_a_type() {
        let metric = parse("page.views:1|c");
        assert_eq!((metric.name, metric.kind, metric.sample_rate), (&b"page.views"[..], MetricKind::Count, 1.0));
        assert_eq!(metric.values, Values::One(1.0));
        assert_eq!((metric.tags, metric.timestamp, metric.origin), (Tags::NONE, None, OriginFields::NONE));
    }

    #[test]
    fn fields_come_in_any_order_and_the_last_of_a_kind_holds() {
        let metric = parse("m:1|d|T5|#a|c:x||zz|e:y|@0.5|#b,c|card:low|@0.25");
        assert_eq!(metric.tags, Tags::List(&[b"b", b"c"]));
        assert_eq!((metric.sample_rate, metric.timestamp), (0.25, Some(5)));
        let origin = OriginFields { local_data: Some(b"x"), external_data: Some(b"y"), cardinality: Some(b"low") };
        assert_eq!(metric.origin, origin);
    }

    #[test]
    fn values_alone_are_read_as_in_a_line() {
        let read = |kind, text: &'static str| Values::of_text(kind, text.as_bytes());
        assert_eq!(read(MetricKind::Gauge, "1.5"), Ok(Values::One(1.5)));
        assert_eq!(read(MetricKind::Timing, "1::2"), Ok(Values::List(&[1.0, 2.0])));
        assert_eq!(read(MetricKind::Set, "1:x"), Ok(Values::Member(b"1:x")));
        assert_eq!(read(MetricKind::Set, ""), Err(ErrorKind::EmptyValue));
        assert_eq!(read(MetricKind::Count, ":"), Err(ErrorKind::EmptyValue));
        assert_eq!(read(MetricKind::Count, "1:x"), Err(ErrorKind::BadValue));
    }

    #[test]
    fn packed_values_pass_over_empty_items() {
        let values = |line| parse(line).values.iter().collect::<Vec<_>>();
        assert_eq!(values("m:1:2:3|d"), [1.0, 2.0, 3.0]);
        assert_eq!(values("m:1::2:|g"), [1.0, 2.0]);
        assert_eq!(values("m::1|c"), [1.0]);
        assert_eq!(error("m:::|c"), (ErrorKind::EmptyValue, 2));
        assert_eq!(error("m:1:x:3|c"), (ErrorKind::BadValue, 4));
        assert_eq!(error("m: :1|g"), (ErrorKind::BadValue, 2));
    }

    #[test]
    fn a_set_takes_its_member_as_it_stands() {
        let member = |line| parse(line).values.member().map(<[u8]>::to_vec);
        assert_eq!(member("m:a:b|s"), Some(b"a:b".to_vec()));
        assert_eq!(member("m::|s"), Some(b":".to_vec()));
        assert_eq!(parse("m:1|s").values.iter().count(), 0);
    }

    #[test]
    fn every_refusal_has_a_kind_and_a_place() {
        use ErrorKind::*;
        for (line, kind, offset) in [
            ("m", NoPipe, 1),
            ("m:1", NoPipe, 3),
            (":1", NoPipe, 2),
            ("m|c", NoColon, 1),
            ("|m:1", NoColon, 0),
            (":1|c", EmptyName, 0),
            ("m:|c", EmptyValue, 2),
            ("m:1|", BadType, 4),
            ("m:1|C", BadType, 4),
            ("m:1|m|@1", BadType, 4),
            ("page.x:abc|c", BadValue, 7),
            ("Foo::Bar.count:1|c", BadValue, 5),
            ("m:1e999|g", BadValue, 2),
            ("m:1|c|@x", BadRate, 7),
            ("m:1|c|#a|@", BadRate, 10),
            ("m:1|c|T", BadTimestamp, 7),
            ("m:1|c|T0", BadTimestamp, 7),
            ("m:1|c|T-1", BadTimestamp, 7),
            ("m:1|c|Time", BadTimestamp, 7),
        ] {
            assert_eq!(error(line), (kind, offset), "{line}");
        }
    }

    #[test]
    fn a_metric_that_would_break_its_line_is_refused_whole() {
        let mut buffer = [0; 64];
        let mut writer = Writer::new(&mut buffer);
        let good = parse("m:1|c|#a");
        let refused = |part, offset| Err(WriteError::Refused { part, offset });
        for (metric, error) in [
            (Metric { name: b"a:b", ..good }, refused(Part::Name, 1)),
            (Metric { name: b"", ..good }, refused(Part::Name, 0)),
            (Metric { name: b"_e{1", ..good }, refused(Part::Name, 2)),
            (Metric { values: Values::Member(b"x|y"), ..good }, refused(Part::Value, 1)),
            (Metric { values: Values::List(&[]), ..good }, refused(Part::Value, 0)),
            (Metric { tags: Tags::List(&[b"a", b"b,c"]), ..good }, refused(Part::Tags, 1)),
            (Metric { tags: Tags::Text(b"a\n"), ..good }, refused(Part::Tags, 1)),
            (Metric { tags: Tags::Text(b"a\r"), ..good }, refused(Part::LineEnd, 0)),
            (Metric { name: &[b'n'; 64], ..good }, Err(WriteError::Full)),
        ] {
            assert_eq!(metric.write(&mut writer), error, "{metric:?}");
            assert_eq!(writer.written(), b"");
        }
        good.write(&mut writer).expect("a good metric fits");
        assert_eq!(writer.written(), b"m:1|c|#a\n");
    }

    #[test]
    fn a_sanitising_writer_replaces_what_would_break_the_line() {
        let mut buffer = [0; 64];
        let mut writer = Writer::new(&mut buffer).sanitise(true);
        let metric = Metric { name: b"a:b|c\nd", tags: Tags::List(&[b"x,y", b"z\r"]), ..parse("m:1|c") };
        metric.write(&mut writer).expect("it fits");
        assert_eq!(writer.written(), b"a_b_c_d:1|c|#x_y,z_\n");
        writer.clear();
        Metric { name: b"|e{1,1}", ..parse("m:1|c") }.write(&mut writer).expect("it fits");
        assert_eq!(writer.written(), b"_e_1,1}:1|c\n");
    }
}
