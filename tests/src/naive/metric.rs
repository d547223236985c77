//! Metrics.

use super::parse_float;
use super::text::{Bytes, Number, Origin, Refusal, integer, refuse, split, tags};
use basenji_core::ErrorKind;

/// A metric, owned.
#[derive(Debug, Clone, PartialEq)]
pub struct Metric {
    /// The name.
    pub name: Bytes,
    /// The type as it is written: `c`, `g`, `ms`, `h`, `d` or `s`.
    pub code: String,
    /// The numbers; none for a set.
    pub values: Vec<Number>,
    /// The member of a set.
    pub member: Option<Bytes>,
    /// The rate as it is written, 1 without one.
    pub sample_rate: Number,
    /// The tags in order.
    pub tags: Vec<Bytes>,
    /// Seconds since 1970.
    pub timestamp: Option<u64>,
    /// The origin fields.
    pub origin: Origin,
}

/// A line that is neither an event nor a service check.
pub(super) fn parse(line: &[u8]) -> Result<Metric, Refusal> {
    let pieces = split(line, b'|');
    let [(_, head), (type_at, code), fields @ ..] = pieces.as_slice() else {
        return refuse(ErrorKind::NoPipe, line.len());
    };
    let Some(colon) = head.iter().position(|&byte| byte == b':') else {
        return refuse(ErrorKind::NoColon, head.len());
    };
    let (name, raw) = (&head[..colon], &head[colon + 1..]);
    if name.is_empty() {
        return refuse(ErrorKind::EmptyName, 0);
    }
    if raw.is_empty() {
        return refuse(ErrorKind::EmptyValue, colon + 1);
    }
    let Some(code) = ["c", "g", "ms", "h", "d", "s"].into_iter().find(|known| known.as_bytes() == *code) else {
        return refuse(ErrorKind::BadType, *type_at);
    };
    let (values, member) = if code == "s" { (Vec::new(), Some(raw.into())) } else { (values(raw, colon + 1)?, None) };
    let mut metric = Metric {
        name: name.into(),
        code: code.to_owned(),
        values,
        member,
        sample_rate: Number(1.0),
        tags: Vec::new(),
        timestamp: None,
        origin: Origin::default(),
    };
    for (offset, field) in fields {
        match field.first() {
            Some(b'#') => metric.tags = tags(&field[1..]),
            Some(b'@') => match parse_float(&field[1..]) {
                Some(rate) => metric.sample_rate = Number(rate),
                None => return refuse(ErrorKind::BadRate, offset + 1),
            },
            Some(b'T') => match integer(&field[1..]) {
                Some(seconds) if seconds >= 1 => metric.timestamp = Some(seconds as u64),
                _ => return refuse(ErrorKind::BadTimestamp, offset + 1),
            },
            _ => metric.origin.take(field),
        }
    }
    Ok(metric)
}

/// Numbers between colons, of which at least one is not empty; `start` is the offset of `raw`.
fn values(raw: &[u8], start: usize) -> Result<Vec<Number>, Refusal> {
    let mut values = Vec::new();
    for (offset, item) in split(raw, b':') {
        if item.is_empty() {
            continue;
        }
        match parse_float(item) {
            Some(value) => values.push(Number(value)),
            None => return refuse(ErrorKind::BadValue, start + offset),
        }
    }
    if values.is_empty() { refuse(ErrorKind::EmptyValue, start) } else { Ok(values) }
}
