//! Lines: one call, written in a dialect, whole or not at all.
//!
//! Each function appends one line and its newline to the writer. Cost: linear in the text of the call and its client, but for tags that
//! replace others ([`TagOrder::CallReplaces`](super::TagOrder)).

use super::call::{CheckCall, EventCall, Identity, MetricCall, Value};
use super::clean::{Rule, clean, keyed};
use super::dialect::{Dialect, Field, Seconds};
use crate::wire::grammar::{integer, non_empty};
use crate::wire::number::{self, Style};
use crate::wire::{MetricKind, OriginFields, Part, Status, Tags, WriteError, Writer};

type Written = Result<(), WriteError>;

/// Writes a metric.
///
/// # Errors
///
/// - `Full`: the line does not fit.
/// - `Refused`, by a safe dialect only: an empty name, a value that is no number or not finite, an empty member of a set.
/// - `Refused`, by all: no samples.
pub fn metric(dialect: &Dialect, identity: &Identity<'_>, call: &MetricCall<'_>, writer: &mut Writer<'_>) -> Written {
    writer.whole(|writer| {
        metric_head(dialect, identity, call, writer)?;
        value(dialect, call.kind, call.value, writer)?;
        metric_tail(dialect, identity, call, writer)
    })
}

/// Writes what stands before a metric's value.
pub(super) fn metric_head(
    dialect: &Dialect,
    identity: &Identity<'_>,
    call: &MetricCall<'_>,
    writer: &mut Writer<'_>,
) -> Written {
    let start = writer.position();
    refuse_empty(dialect, Part::Name, call.name)?;
    cleaned(identity.prefix, dialect.affix, writer)?;
    cleaned(call.name, dialect.metric_name, writer)?;
    cleaned(identity.suffix, dialect.affix, writer)?;
    // Seen in what is written, since prefix and name can make it up between them.
    if dialect.safe && writer.written().get(start..).is_some_and(|name| name.starts_with(b"_e{")) {
        writer.patch(start.saturating_add(2));
    }
    if dialect.tags_in_name {
        tags_in_name(dialect, identity.tags, call.tags, writer)?;
    }
    writer.raw(b":")
}

/// Writes what stands behind a metric's value, with the newline.
pub(super) fn metric_tail(
    dialect: &Dialect,
    identity: &Identity<'_>,
    call: &MetricCall<'_>,
    writer: &mut Writer<'_>,
) -> Written {
    match call.kind {
        MetricKind::Count => writer.raw(b"|c")?,
        MetricKind::Gauge => writer.raw(b"|g")?,
        MetricKind::Timing => writer.raw(b"|ms")?,
        MetricKind::Histogram => writer.raw(b"|h")?,
        MetricKind::Distribution => writer.raw(b"|d")?,
        MetricKind::Set => writer.raw(b"|s")?,
    }
    let common = Common::new(identity, call.tags, call.cardinality);
    for field in dialect.metric {
        match field {
            Field::Rate => rate(dialect, call.sample_rate, writer)?,
            Field::Timestamp if dialect.timestamped.contains(&call.kind) => {
                let timestamp = call.timestamp.and_then(|time| seconds(dialect.metric_seconds, time));
                time(dialect, b"|T", timestamp.filter(is_positive), writer)?;
            }
            field => common.write(dialect, *field, dialect.tag_prefix, dialect.tag_separator, writer)?,
        }
    }
    writer.raw(b"\n")
}

/// Writes an event. Its lengths are those of what is written, in bytes.
///
/// # Errors
///
/// - `Full`: the line does not fit.
/// - `Refused`, by a safe dialect only: an empty title.
pub fn event(dialect: &Dialect, identity: &Identity<'_>, call: &EventCall<'_>, writer: &mut Writer<'_>) -> Written {
    writer.whole(|writer| {
        refuse_empty(dialect, Part::Title, call.title)?;
        let title = |piece: &mut dyn FnMut(&[u8]) -> Written| {
            affixed(identity, dialect.prefix_events, dialect.title, call.title, dialect.title, piece)
        };
        let mut title_len = 0u64;
        title(&mut |piece| {
            title_len = title_len.saturating_add(piece.len() as u64);
            Ok(())
        })?;
        writer.raw(b"_e{")?;
        writer.put(|free| number::write_u64(title_len, free))?;
        writer.raw(b",")?;
        let text_len = clean(call.text, dialect.text).size() as u64;
        writer.put(|free| number::write_u64(text_len, free))?;
        writer.raw(b"}:")?;
        title(&mut |piece| writer.raw(piece))?;
        writer.raw(b"|")?;
        cleaned(call.text, dialect.text, writer)?;
        let common = Common::new(identity, call.tags, call.cardinality);
        for field in dialect.event {
            match field {
                Field::Date => {
                    let date = call.timestamp.and_then(|time| seconds(dialect.event_seconds, time));
                    time(dialect, b"|d:", date, writer)?;
                }
                Field::Hostname => optional(b"|h:", call.hostname, dialect.field, writer)?,
                Field::AggregationKey => optional(b"|k:", call.aggregation_key, dialect.field, writer)?,
                Field::Priority => optional(b"|p:", call.priority, dialect.field, writer)?,
                Field::SourceType => optional(b"|s:", call.source_type, dialect.field, writer)?,
                Field::AlertType => optional(b"|t:", call.alert_type, dialect.field, writer)?,
                field => common.write(dialect, *field, dialect.tag_prefix, dialect.tag_separator, writer)?,
            }
        }
        writer.raw(b"\n")
    })
}

/// Writes a service check.
///
/// # Errors
///
/// - `Full`: the line does not fit.
/// - `Refused`, by a safe dialect only: an empty name.
pub fn check(dialect: &Dialect, identity: &Identity<'_>, call: &CheckCall<'_>, writer: &mut Writer<'_>) -> Written {
    writer.whole(|writer| {
        refuse_empty(dialect, Part::Name, call.name)?;
        writer.raw(b"_sc|")?;
        let (prefixed, rule) = (dialect.prefix_checks, dialect.check_name);
        affixed(identity, prefixed, rule, call.name, rule, |piece| writer.raw(piece))?;
        writer.raw(b"|")?;
        if dialect.safe {
            writer.integer(i64::from(status(call.status) as u8))?;
        } else {
            value(dialect, MetricKind::Gauge, call.status, writer)?;
        }
        let common = Common::new(identity, call.tags, call.cardinality);
        for field in dialect.check {
            match field {
                Field::Date => {
                    let date = call.timestamp.and_then(|time| seconds(dialect.check_seconds, time));
                    time(dialect, b"|d:", date, writer)?;
                }
                Field::Hostname => optional(b"|h:", call.hostname, dialect.field, writer)?,
                Field::Message => optional(b"|m:", call.message, dialect.message, writer)?,
                field => common.write(dialect, *field, b"#", b",", writer)?,
            }
        }
        writer.raw(b"\n")
    })
}

/// The fields that every kind of message can have. The dialect is no member: as an argument it is one that the compiler knows, where it is the
/// only one of a program.
struct Common<'a> {
    client_tags: Tags<'a>,
    tags: Tags<'a>,
    origin: OriginFields<'a>,
}

impl<'a> Common<'a> {
    #[inline]
    fn new(identity: &Identity<'a>, tags: Tags<'a>, cardinality: Option<&'a [u8]>) -> Self {
        Common { client_tags: identity.tags, tags, origin: identity.origin(cardinality) }
    }

    /// Writes one of them; any other field is none that this message has.
    #[inline]
    fn write(
        &self,
        dialect: &Dialect,
        field: Field,
        tag_prefix: &[u8],
        tag_separator: &[u8],
        writer: &mut Writer<'_>,
    ) -> Written {
        let rule = dialect.field;
        match field {
            Field::Tags => tags(dialect, [self.client_tags, self.tags], [tag_prefix, tag_separator], writer),
            Field::LocalData => optional(b"|c:", self.origin.local_data, rule, writer),
            Field::ExternalData => optional(b"|e:", self.origin.external_data, rule, writer),
            Field::Cardinality => optional(b"|card:", self.origin.cardinality, rule, writer),
            _ => Ok(()),
        }
    }
}

/// Writes `key` and the cleaned text, or nothing for an empty one.
#[cfg_attr(target_pointer_width = "64", inline)]
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
fn optional(key: &[u8], text: Option<&[u8]>, rule: Rule, writer: &mut Writer<'_>) -> Written {
    let Some(text) = text.and_then(non_empty) else { return Ok(()) };
    writer.raw(key)?;
    cleaned(text, rule, writer)
}

fn refuse_empty(dialect: &Dialect, part: Part, text: &[u8]) -> Written {
    if dialect.safe && text.is_empty() {
        return Err(WriteError::Refused { part, offset: 0 });
    }
    Ok(())
}

#[cfg_attr(target_pointer_width = "64", inline)]
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
fn cleaned(text: &[u8], rule: Rule, writer: &mut Writer<'_>) -> Written {
    if text.is_empty() {
        return Ok(());
    }
    if rule(text).is_none() {
        return writer.raw(text);
    }
    clean(text, rule).try_for_each(|piece| writer.raw(piece))
}

/// Hands out the pieces of `name` with prefix and suffix around it if `is_affixed`.
fn affixed(
    identity: &Identity<'_>,
    is_affixed: bool,
    affix: Rule,
    name: &[u8],
    rule: Rule,
    mut piece: impl FnMut(&[u8]) -> Written,
) -> Written {
    let (prefix, suffix) = if is_affixed { (identity.prefix, identity.suffix) } else { Default::default() };
    clean(prefix, affix).try_for_each(&mut piece)?;
    clean(name, rule).try_for_each(&mut piece)?;
    clean(suffix, affix).try_for_each(piece)
}

pub(super) fn value(dialect: &Dialect, kind: MetricKind, value: Value<'_>, writer: &mut Writer<'_>) -> Written {
    let refused = Err(WriteError::Refused { part: Part::Value, offset: 0 });
    let is_member = kind == MetricKind::Set;
    match value {
        Value::I64(number) => writer.integer(number),
        Value::U64(number) => writer.put(|free| number::write_u64(number, free)),
        Value::F64(number) if dialect.safe && !is_member && !number.is_finite() => refused,
        Value::F64(number) => double(dialect, kind, number, writer),
        Value::Text(text) if dialect.safe && (text.is_empty() || !(is_member || is_numbers(text))) => refused,
        Value::Text(text) => cleaned(text, dialect.value, writer),
        Value::Samples([]) => refused,
        Value::Samples(samples) => {
            let mut separator: &[u8] = b"";
            for &[bits, _] in samples {
                writer.raw(separator)?;
                self::value(dialect, kind, Value::F64(f64::from_bits(bits)), writer)?;
                separator = b":";
            }
            Ok(())
        }
    }
}

fn double(dialect: &Dialect, kind: MetricKind, number: f64, writer: &mut Writer<'_>) -> Written {
    if dialect.six_decimals && kind == MetricKind::Timing {
        return writer.put(|free| number::write_fixed6(number, free));
    }
    writer.put(|free| number::write(number, dialect.numbers, free))
}

/// Whether `text` is numbers packed with `:`, all of them finite, at least one.
fn is_numbers(text: &[u8]) -> bool {
    let mut items = text.split(|&byte| byte == b':').filter(|item| !item.is_empty()).peekable();
    items.peek().is_some() && items.all(|item| number::parse(item).is_some_and(f64::is_finite))
}

fn rate(dialect: &Dialect, rate: f64, writer: &mut Writer<'_>) -> Written {
    if !dialect.rates.is_written(rate) {
        return Ok(());
    }
    writer.raw(b"|@")?;
    // A rate of Python that is whole was a whole number: 2 is more likely than 2.0.
    let whole = dialect.numbers == Style::Python && rate as i64 as f64 == rate;
    if whole { writer.integer(rate as i64) } else { writer.put(|free| number::write(rate, dialect.numbers, free)) }
}

/// A timestamp as it is written; `None` for one that says nothing.
fn seconds(seconds: Seconds, time: Value<'_>) -> Option<Value<'_>> {
    let whole = match (seconds, time) {
        (Seconds::AsGiven, Value::Text(text)) => return non_empty(text).map(Value::Text),
        (Seconds::AsGiven, Value::F64(time)) => return (time != 0.0).then_some(Value::F64(time)),
        (_, Value::I64(time)) => time,
        (_, Value::U64(time)) => i64::try_from(time).ok()?,
        // The cast cuts, saturates and makes 0 of NaN.
        (Seconds::Rounded, Value::F64(time)) => {
            let raised = (time + 0.5) as i64;
            if raised as f64 > time + 0.5 { raised.saturating_sub(1) } else { raised }
        }
        (_, Value::F64(time)) => time as i64,
        (_, Value::Text(text)) => integer(text)?,
        (_, Value::Samples(_)) => return None,
    };
    (whole != 0).then_some(Value::I64(whole))
}

/// Whether a timestamp is one that a metric can have, as far as it is a number.
fn is_positive(time: &Value<'_>) -> bool {
    match *time {
        Value::I64(time) => time > 0,
        Value::F64(time) => time > 0.0,
        _ => true,
    }
}

fn time(dialect: &Dialect, key: &[u8], time: Option<Value<'_>>, writer: &mut Writer<'_>) -> Written {
    let Some(time) = time else { return Ok(()) };
    writer.raw(key)?;
    value(dialect, MetricKind::Gauge, time, writer)
}

/// The status that a safe dialect makes of what a caller takes for one.
fn status(status: Value<'_>) -> Status {
    let digit = match status {
        Value::I64(number) => number,
        Value::U64(number) => i64::try_from(number).unwrap_or(i64::MAX),
        Value::F64(number) if number as i64 as f64 == number => number as i64,
        Value::Text(text) => return Status::from_digit(text).unwrap_or(Status::Unknown),
        _ => return Status::Unknown,
    };
    match digit {
        0 => Status::Ok,
        1 => Status::Warning,
        2 => Status::Critical,
        _ => Status::Unknown,
    }
}

/// Writes the tags behind `|` and `prefix`, with `separator` between them; nothing without tags.
fn tags(
    dialect: &Dialect,
    [client, call]: [Tags<'_>; 2],
    [prefix, separator]: [&[u8]; 2],
    writer: &mut Writer<'_>,
) -> Written {
    if let (b",", Some(texts)) = (separator, dialect.tags.as_they_stand(client, call)) {
        let mut before = [&b"|"[..], prefix];
        return texts.into_iter().filter(|text| !text.is_empty()).try_for_each(|text| {
            let [first, second] = core::mem::replace(&mut before, [separator, b""]);
            writer.raw(first)?;
            writer.raw(second)?;
            writer.raw(text)
        });
    }
    let mut is_first = true;
    dialect.tags.each(client, call, |tag| {
        if is_first {
            writer.raw(b"|")?;
            writer.raw(prefix)?;
            is_first = false;
        } else {
            writer.raw(separator)?;
        }
        write_tag(dialect, b":", tag, writer)
    })
}

#[cfg_attr(target_pointer_width = "64", inline)]
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
fn write_tag(dialect: &Dialect, colon: &[u8; 1], tag: &[u8], writer: &mut Writer<'_>) -> Written {
    let parts = dialect.tags.value.and_then(|rule| Some((rule, keyed(tag)?)));
    let Some((rule, (key, value))) = parts else { return cleaned(tag, dialect.tags.tag, writer) };
    cleaned(key, dialect.tags.tag, writer)?;
    writer.raw(colon)?;
    cleaned(value, rule, writer)
}

/// Writes the tags as Telegraf reads them: each behind a comma, `=` between key and value.
fn tags_in_name(dialect: &Dialect, client: Tags<'_>, call: Tags<'_>, writer: &mut Writer<'_>) -> Written {
    dialect.tags.each(client, call, |tag| {
        writer.raw(b",")?;
        write_tag(dialect, b"=", tag, writer)
    })
}
