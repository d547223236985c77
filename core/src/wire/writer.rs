//! The writer: a line is whole in the buffer, or not there at all.
//!
//! What would break a line (a newline, a `|` in a name, a `,` in a tag and so on) is refused, or replaced by `_` when the
//! writer was told to [sanitise](Writer::sanitise), as the official clients do.

use super::number::{self, Style};
use crate::Full;
use crate::numbered::numbered;
use core::fmt;

/// The part of a message that a [`WriteError`] speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// A metric's or a service check's name.
    Name,
    /// A metric's value.
    Value,
    /// A tag.
    Tags,
    /// `c:`, `e:` or `card:`.
    Origin,
    /// An event's title.
    Title,
    /// An event's text, as it stands on the wire.
    Text,
    /// A host, aggregation key or source type.
    Field,
    /// A service check's message.
    Message,
    /// The last byte of the line, which must not be `\r`: receivers strip it.
    LineEnd,
}

impl Part {
    /// The part in words.
    pub const fn name(self) -> &'static str {
        match self {
            Part::Name => "name",
            Part::Value => "value",
            Part::Tags => "tags",
            Part::Origin => "origin field",
            Part::Title => "title",
            Part::Text => "text",
            Part::Field => "field",
            Part::Message => "message",
            Part::LineEnd => "line end",
        }
    }
}

/// Why a message was not written; the buffer is as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WriteError {
    /// The buffer has too little space left.
    Full,
    /// The bytes of this part would change the meaning of the line, or are missing where some are needed.
    Refused {
        /// The part.
        part: Part,
        /// Bytes from the start of the part to the offending byte; 0 when bytes are missing.
        offset: usize,
    },
}

impl From<WriteError> for Full {
    /// For callers that sanitise, where only space can be missing.
    fn from(_: WriteError) -> Full {
        Full::Buffer
    }
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WriteError::Full => f.write_str("the output buffer is full"),
            WriteError::Refused { part, offset } => {
                f.write_str("the ")?;
                f.write_str(part.name())?;
                f.write_str(" would break the line at its byte ")?;
                fmt::Display::fmt(offset, f)
            }
        }
    }
}

impl core::error::Error for WriteError {}

/// Lines in a buffer of the caller.
///
/// # Example
///
/// ```
/// use basenji_core::wire::{ServiceCheck, Status, WriteError, Writer};
///
/// let mut buffer = [0; 16];
/// let mut writer = Writer::new(&mut buffer).sanitise(true);
/// ServiceCheck::new(b"db|up", Status::Ok).write(&mut writer)?;
/// assert_eq!(writer.written(), b"_sc|db_up|0\n");
/// assert_eq!(ServiceCheck::new(b"too long for it", Status::Ok).write(&mut writer), Err(WriteError::Full));
/// assert_eq!(writer.written(), b"_sc|db_up|0\n");
/// # Ok::<(), WriteError>(())
/// ```
#[derive(Debug)]
pub struct Writer<'a> {
    buffer: &'a mut [u8],
    len: usize,
    sanitise: bool,
}

impl<'a> Writer<'a> {
    /// A writer of an empty `buffer` that refuses what would break a line.
    pub fn new(buffer: &'a mut [u8]) -> Self {
        Writer { buffer, len: 0, sanitise: false }
    }

    /// Whether what would break a line is replaced by `_` instead of refused.
    #[must_use]
    pub fn sanitise(mut self, sanitise: bool) -> Self {
        self.sanitise = sanitise;
        self
    }

    /// The lines written so far.
    pub fn written(&self) -> &[u8] {
        self.buffer.get(..self.len).unwrap_or_default()
    }

    /// Bytes that are still free.
    pub fn remaining(&self) -> usize {
        self.buffer.len().saturating_sub(self.len)
    }

    /// Forgets what was written.
    pub fn clear(&mut self) {
        self.len = 0;
    }

    /// Writes by `body`; on an error nothing of it remains.
    pub(crate) fn whole(&mut self, body: impl FnOnce(&mut Self) -> Result<(), WriteError>) -> Result<(), WriteError> {
        let start = self.len;
        let result = body(self);
        if result.is_err() {
            self.len = start;
        }
        result
    }

    /// Writes one line by `body` and its newline; on an error nothing of it remains.
    pub(super) fn line(&mut self, body: impl FnOnce(&mut Self) -> Result<(), WriteError>) -> Result<(), WriteError> {
        let start = self.len;
        self.whole(|writer| body(writer).and_then(|()| writer.end_line(start)))
    }

    fn end_line(&mut self, start: usize) -> Result<(), WriteError> {
        if let Some(last @ b'\r') = self.buffer.get_mut(start..self.len).and_then(|line| line.last_mut()) {
            if !self.sanitise {
                return Err(WriteError::Refused { part: Part::LineEnd, offset: 0 });
            }
            *last = b'_';
        }
        self.raw(b"\n")
    }

    /// Appends `bytes` as they are.
    #[cfg_attr(target_pointer_width = "64", inline)]
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    pub(crate) fn raw(&mut self, bytes: &[u8]) -> Result<(), WriteError> {
        let space = self.buffer.get_mut(self.len..).and_then(|free| free.get_mut(..bytes.len()));
        let Some(space) = space else { return Err(WriteError::Full) };
        copy(space, bytes);
        self.len = self.len.saturating_add(bytes.len());
        Ok(())
    }

    /// Appends `text`, in which no byte of `forbidden` may stand.
    pub(super) fn text(&mut self, part: Part, text: &[u8], forbidden: &[u8]) -> Result<(), WriteError> {
        let start = self.len;
        self.raw(text)?;
        let Some(written) = self.buffer.get_mut(start..self.len) else { return Ok(()) };
        for (offset, byte) in numbered(written) {
            if forbidden.contains(byte) {
                if !self.sanitise {
                    return Err(WriteError::Refused { part, offset });
                }
                *byte = b'_';
            }
        }
        Ok(())
    }

    /// Replaces the byte `offset` bytes after `start` by `_`, or refuses.
    pub(super) fn forbid(&mut self, part: Part, start: usize, offset: usize) -> Result<(), WriteError> {
        let byte = self.buffer.get_mut(start.saturating_add(offset)).filter(|_| self.sanitise);
        *byte.ok_or(WriteError::Refused { part, offset })? = b'_';
        Ok(())
    }

    /// Replaces the byte at `position` by `_`.
    pub(crate) fn patch(&mut self, position: usize) {
        if let Some(byte) = self.buffer.get_mut(position) {
            *byte = b'_';
        }
    }

    /// Bytes written so far, a position for [`Writer::forbid`].
    pub(crate) fn position(&self) -> usize {
        self.len
    }

    /// Appends a number, shortest round trip.
    pub(super) fn number(&mut self, value: f64) -> Result<(), WriteError> {
        self.put(|free| number::write(value, Style::Plain, free))
    }

    /// Appends a whole number.
    pub(crate) fn integer(&mut self, value: i64) -> Result<(), WriteError> {
        self.put(|free| number::write_i64(value, free))
    }

    /// Appends what `write` writes to the start of the free bytes; it returns the length, or `None` if it does not fit.
    pub(crate) fn put(&mut self, write: impl FnOnce(&mut [u8]) -> Option<usize>) -> Result<(), WriteError> {
        let len = write(self.buffer.get_mut(self.len..).unwrap_or_default()).ok_or(WriteError::Full)?;
        self.len = self.len.saturating_add(len);
        Ok(())
    }
}

/// Copies `from` into `to`, which has its length.
#[inline(always)]
fn copy(to: &mut [u8], from: &[u8]) {
    // Equal lengths are known at both callers' sites; the check here is what lets the compiler drop the panic of a mismatch.
    if to.len() == from.len() {
        to.copy_from_slice(from);
    }
}
