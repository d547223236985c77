//! Service checks.

use super::text::{Bytes, Origin, Refusal, integer, non_empty, refuse, split, tags};
use basenji_core::ErrorKind;

/// A service check, owned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceCheck {
    /// The name.
    pub name: Bytes,
    /// 0 to 3.
    pub status: u8,
    /// `d:`.
    pub timestamp: Option<i64>,
    /// `h:`.
    pub host: Option<Bytes>,
    /// `m:`.
    pub message: Option<Bytes>,
    /// The tags in order.
    pub tags: Vec<Bytes>,
    /// The origin fields.
    pub origin: Origin,
    /// How many `d:` were dropped.
    pub bad_fields: u32,
}

/// A line that starts with `_sc|`.
pub(super) fn parse(line: &[u8]) -> Result<ServiceCheck, Refusal> {
    let pieces = split(line, b'|');
    let [_, (name_at, name), (status_at, status), fields @ ..] = pieces.as_slice() else {
        return refuse(ErrorKind::NoPipe, line.len());
    };
    if name.is_empty() {
        return refuse(ErrorKind::EmptyCheckName, *name_at);
    }
    let status = match *status {
        b"0" => 0,
        b"1" => 1,
        b"2" => 2,
        b"3" => 3,
        _ => return refuse(ErrorKind::BadStatus, *status_at),
    };
    let mut check = ServiceCheck {
        name: (*name).into(),
        status,
        timestamp: None,
        host: None,
        message: None,
        tags: Vec::new(),
        origin: Origin::default(),
        bad_fields: 0,
    };
    for (_, field) in fields {
        check.take(field);
    }
    Ok(check)
}

impl ServiceCheck {
    fn take(&mut self, field: &[u8]) {
        if let Some(text) = field.strip_prefix(b"d:") {
            match integer(text) {
                Some(seconds) => self.timestamp = Some(seconds),
                None => self.bad_fields += 1,
            }
        } else if let Some(text) = field.strip_prefix(b"h:") {
            self.host = non_empty(text);
        } else if let Some(text) = field.strip_prefix(b"m:") {
            self.message = non_empty(text);
        } else if let Some(text) = field.strip_prefix(b"#") {
            self.tags = tags(text);
        } else {
            self.origin.take(field);
        }
    }
}
