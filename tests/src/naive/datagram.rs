//! A datagram is lines.

use super::text::{Bytes, Refusal};
use super::{Message, parse};
use basenji_core::ErrorKind;

/// What is to become of a last line without a newline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tail {
    /// It is a line as any other.
    Parsed,
    /// The listener demands the newline.
    Unterminated,
    /// The receive buffer cut the datagram.
    Truncated,
}

/// One line and what it holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// The line without its line end.
    pub line: Bytes,
    /// Its message, or why there is none.
    pub message: Result<Message, Refusal>,
}

/// The lines of a datagram that are not empty.
pub fn datagram(bytes: &[u8], tail: Tail) -> Vec<Line> {
    let pieces: Vec<&[u8]> = bytes.split(|&byte| byte == b'\n').collect();
    let mut lines = Vec::new();
    for (index, piece) in pieces.iter().enumerate() {
        let line = piece.strip_suffix(b"\r").unwrap_or(piece);
        if line.is_empty() {
            continue;
        }
        let is_tail = index + 1 == pieces.len();
        let message = match tail {
            Tail::Unterminated if is_tail => Err(Refusal { kind: ErrorKind::Unterminated, offset: 0 }),
            Tail::Truncated if is_tail => Err(Refusal { kind: ErrorKind::Truncated, offset: 0 }),
            _ => parse(line),
        };
        lines.push(Line { line: line.into(), message });
    }
    lines
}
