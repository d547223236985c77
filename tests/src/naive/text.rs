//! What all messages have in common: text, numbers, refusals and the origin.

use basenji_core::ErrorKind;
use std::fmt;

/// A string of bytes that prints as text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Bytes(pub Vec<u8>);

impl Bytes {
    /// The bytes as text, with U+FFFD for what is not UTF-8.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0).into_owned()
    }
}

impl From<&[u8]> for Bytes {
    fn from(bytes: &[u8]) -> Self {
        Bytes(bytes.to_vec())
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

/// A number that equals itself bit by bit, where all NaN are one.
#[derive(Clone, Copy)]
pub struct Number(pub f64);

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_bits() == other.0.to_bits() || (self.0.is_nan() && other.0.is_nan())
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

/// Why a line is no message, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// What is wrong.
    pub kind: ErrorKind,
    /// Bytes from the start of the line to the first byte that is wrong.
    pub offset: usize,
}

/// Shorthand for a refusal.
pub(super) fn refuse<T>(kind: ErrorKind, offset: usize) -> Result<T, Refusal> {
    Err(Refusal { kind, offset })
}

/// The origin fields as they are written; an empty one is absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// `c:`.
    pub local_data: Option<Bytes>,
    /// `e:`.
    pub external_data: Option<Bytes>,
    /// `card:`.
    pub cardinality: Option<Bytes>,
}

impl Origin {
    /// Takes one field if it is one of these; the last one holds.
    pub(super) fn take(&mut self, field: &[u8]) {
        for (prefix, place) in
            [("c:", &mut self.local_data), ("e:", &mut self.external_data), ("card:", &mut self.cardinality)]
        {
            if let Some(value) = field.strip_prefix(prefix.as_bytes()) {
                *place = non_empty(value);
            }
        }
    }
}

/// The pieces between the `separator`s, empty ones included, each with its offset.
pub(super) fn split(bytes: &[u8], separator: u8) -> Vec<(usize, &[u8])> {
    let mut offset = 0;
    let mut pieces = Vec::new();
    for piece in bytes.split(|&byte| byte == separator) {
        pieces.push((offset, piece));
        offset += piece.len() + 1;
    }
    pieces
}

/// Bytes, or nothing where there are none.
pub(super) fn non_empty(bytes: &[u8]) -> Option<Bytes> {
    (!bytes.is_empty()).then(|| bytes.into())
}

/// A comma list; no text is no tags.
pub(super) fn tags(text: &[u8]) -> Vec<Bytes> {
    if text.is_empty() {
        return Vec::new();
    }
    split(text, b',').into_iter().map(|(_, tag)| tag.into()).collect()
}

/// A whole number of 64 bits with an optional sign and nothing else, as Go's `ParseInt` in base 10.
pub(super) fn integer(text: &[u8]) -> Option<i64> {
    // Rust's own rules are the same: one optional sign, at least one digit, no blanks, an error on overflow.
    std::str::from_utf8(text).ok()?.parse().ok()
}
