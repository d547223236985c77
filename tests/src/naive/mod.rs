//! A naive twin of the wire parser and of the aggregator: the protocol once more, with nothing but the standard library.
//!
//! It is written from the protocol's description, not from `basenji-core`, of which it uses only [`ErrorKind`] and the settings:
//! everything is split into vectors and copied, and every rule stands alone. Where the two disagree, one of them is wrong.

mod aggregate;
mod datagram;
mod event;
mod framing;
mod metric;
mod number;
mod parts;
mod service_check;

pub use aggregate::{Aggregator, Key, Point, Sample, Source};
pub use datagram::{Line, Tail, datagram};
pub use event::Event;
pub use framing::{Framed, frames};
pub use metric::Metric;
pub use number::parse_float;
pub use parts::{Cardinality, ExternalData, LocalData};
pub use service_check::ServiceCheck;

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

/// One message, owned.
#[derive(Debug, Clone, PartialEq)]
pub enum Message {
    /// A metric.
    Metric(Metric),
    /// An event.
    Event(Event),
    /// A service check.
    ServiceCheck(ServiceCheck),
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
fn refuse<T>(kind: ErrorKind, offset: usize) -> Result<T, Refusal> {
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
    fn take(&mut self, field: &[u8]) {
        for (prefix, place) in
            [("c:", &mut self.local_data), ("e:", &mut self.external_data), ("card:", &mut self.cardinality)]
        {
            if let Some(value) = field.strip_prefix(prefix.as_bytes()) {
                *place = non_empty(value);
            }
        }
    }
}

/// The message on one line, without its line end.
pub fn parse(line: &[u8]) -> Result<Message, Refusal> {
    if line.starts_with(b"_e{") {
        event::parse(line).map(Message::Event)
    } else if line.starts_with(b"_sc|") {
        service_check::parse(line).map(Message::ServiceCheck)
    } else {
        metric::parse(line).map(Message::Metric)
    }
}

/// The pieces between the `separator`s, empty ones included, each with its offset.
fn split(bytes: &[u8], separator: u8) -> Vec<(usize, &[u8])> {
    let mut offset = 0;
    let mut pieces = Vec::new();
    for piece in bytes.split(|&byte| byte == separator) {
        pieces.push((offset, piece));
        offset += piece.len() + 1;
    }
    pieces
}

/// Bytes, or nothing where there are none.
fn non_empty(bytes: &[u8]) -> Option<Bytes> {
    (!bytes.is_empty()).then(|| bytes.into())
}

/// A comma list; no text is no tags.
fn tags(text: &[u8]) -> Vec<Bytes> {
    if text.is_empty() {
        return Vec::new();
    }
    split(text, b',').into_iter().map(|(_, tag)| tag.into()).collect()
}

/// A whole number of 64 bits with an optional sign and nothing else, as Go's `ParseInt` in base 10.
fn integer(text: &[u8]) -> Option<i64> {
    // Rust's own rules are the same: one optional sign, at least one digit, no blanks, an error on overflow.
    std::str::from_utf8(text).ok()?.parse().ok()
}
