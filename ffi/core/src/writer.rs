//! The writer: lines in a buffer of the caller, each whole or not there at all.

use basenji_core::wire::{Message, MetricKind, Part, Values, WriteError, Writer};

use crate::bytes::{bj_bytes, given, input, output, slice, slice_mut};
use crate::fields::{Fields, bj_fields, check_status, number_kind};
use crate::guard::guard;
use crate::message::{bj_message, read};
use crate::status::*;

/// Lines in a buffer of the caller. Begin with `bj_writer_init`; `len = 0` forgets what was written.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct bj_writer {
    /// The first byte.
    pub buffer: *mut u8,
    /// How many bytes it has.
    pub capacity: usize,
    /// How many of them are written: whole lines, each with its newline.
    pub len: usize,
    /// What becomes of bytes that would break a line: 0 the message is refused, else each is replaced by `_`.
    pub sanitise: i32,
    /// After `BJ_REFUSED`: the part of the message, a `bj_part`.
    pub part: i32,
    /// After `BJ_REFUSED`: bytes from the start of the part to the one that is wrong; 0 where bytes are missing.
    pub offset: usize,
}

/// The part of a message that a writer has refused.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum bj_part {
    /// The name of a metric or service check.
    BJ_PART_NAME = 0,
    /// The value of a metric.
    BJ_PART_VALUE = 1,
    /// A tag.
    BJ_PART_TAGS = 2,
    /// `c:`, `e:` or `card:`.
    BJ_PART_ORIGIN = 3,
    /// The title of an event.
    BJ_PART_TITLE = 4,
    /// The text of an event.
    BJ_PART_TEXT = 5,
    /// A host, aggregation key or source type.
    BJ_PART_FIELD = 6,
    /// The message of a service check.
    BJ_PART_MESSAGE = 7,
    /// The last byte of the line: a carriage return, which receivers take away.
    BJ_PART_LINE_END = 8,
}

impl From<Part> for bj_part {
    fn from(part: Part) -> Self {
        match part {
            Part::Name => bj_part::BJ_PART_NAME,
            Part::Value => bj_part::BJ_PART_VALUE,
            Part::Tags => bj_part::BJ_PART_TAGS,
            Part::Origin => bj_part::BJ_PART_ORIGIN,
            Part::Title => bj_part::BJ_PART_TITLE,
            Part::Text => bj_part::BJ_PART_TEXT,
            Part::Field => bj_part::BJ_PART_FIELD,
            Part::Message => bj_part::BJ_PART_MESSAGE,
            Part::LineEnd => bj_part::BJ_PART_LINE_END,
        }
    }
}

impl bj_writer {
    /// Writes one message behind what is written.
    ///
    /// # Errors
    ///
    /// `BJ_NULL_WRITER`, `BJ_MISALIGNED`; `BJ_FULL_BUFFER`, `BJ_REFUSED`: nothing was written.
    ///
    /// # Safety
    ///
    /// `writer` is NULL or as its members say.
    unsafe fn write(writer: *mut bj_writer, message: &Message<'_>) -> Result<(), bj_status> {
        // SAFETY: as this function's contract says.
        let (writer, buffer) = unsafe {
            let writer = output(writer, BJ_NULL_WRITER)?;
            let buffer = slice_mut(writer.buffer, writer.capacity, BJ_NULL_WRITER)?;
            (writer, buffer)
        };
        let free = buffer.get_mut(writer.len..).ok_or(BJ_FULL_BUFFER)?;
        let mut line = Writer::new(free).sanitise(writer.sanitise != 0);
        match message.write(&mut line) {
            Ok(()) => {
                writer.len = writer.len.saturating_add(line.written().len());
                Ok(())
            }
            Err(WriteError::Full) => Err(BJ_FULL_BUFFER),
            Err(WriteError::Refused { part, offset }) => {
                (writer.part, writer.offset) = (bj_part::from(part) as i32, offset);
                Err(BJ_REFUSED)
            }
        }
    }
}

/// Makes `*writer_out` a writer that has written nothing, over `capacity` bytes of the caller. `sanitise`: 0 refuses a message with bytes that
/// would break its line, anything else replaces each of them by `_`. Constant cost. Any thread.
///
/// Errors: `BJ_NULL_OUT`, `BJ_MISALIGNED`, `BJ_NULL_WRITER` when the buffer is NULL and has bytes.
///
/// # Safety
///
/// `writer_out` is NULL or points to a writer; `buffer` is NULL or points to `capacity` bytes that stay as long as the writer is used.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_writer_init(
    writer_out: *mut bj_writer,
    buffer: *mut u8,
    capacity: usize,
    sanitise: i32,
) -> bj_status {
    guard(|| {
        // SAFETY: the pointers are as this function's contract says.
        let out = unsafe {
            slice_mut(buffer, capacity, BJ_NULL_WRITER)?;
            output(writer_out, BJ_NULL_OUT)?
        };
        *out = bj_writer { buffer, capacity, len: 0, sanitise, part: 0, offset: 0 };
        Ok(())
    })
}

/// Writes a metric with `nvalues` values, at least one; `kind` is a `bj_kind`, but not `BJ_SET`. `fields` may be NULL. Cost: linear in the
/// bytes of the line. Any thread, one at a time for one `writer`.
///
/// Errors: `BJ_FULL_BUFFER`, `BJ_REFUSED`, after which nothing of it is written; `BJ_NULL_WRITER`, `BJ_BAD_KIND`, `BJ_NULL_NAME`,
/// `BJ_NULL_VALUE`, `BJ_BAD_VALUE` when one is not finite, `BJ_BAD_SIZE`, `BJ_NULL_FIELD`, `BJ_BAD_SETTING`, `BJ_MISALIGNED`.
///
/// # Safety
///
/// `writer` is NULL or as its members say; `name` is as its members say; `values` is NULL or points to `nvalues` doubles; `fields` is NULL or as
/// its members say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_writer_metric(
    writer: *mut bj_writer,
    kind: i32,
    name: bj_bytes,
    values: *const f64,
    nvalues: usize,
    fields: *const bj_fields,
) -> bj_status {
    // SAFETY: the pointers are as this function's contract says.
    guard(|| unsafe {
        let kind = number_kind(kind)?;
        let (name, values) = (given(name, BJ_NULL_NAME)?, slice(values, nvalues, BJ_NULL_VALUE)?);
        if !values.iter().all(|value| value.is_finite()) {
            return Err(BJ_BAD_VALUE);
        }
        let metric = Fields::read(fields)?.metric(kind, name, Values::List(values))?;
        bj_writer::write(writer, &Message::Metric(metric))
    })
}

/// Writes a member of a set. `fields` may be NULL. Cost: linear in the bytes of the line. Any thread, one at a time for one `writer`.
///
/// Errors: `BJ_FULL_BUFFER`, `BJ_REFUSED`, after which nothing of it is written; `BJ_NULL_WRITER`, `BJ_NULL_NAME`, `BJ_NULL_VALUE`,
/// `BJ_BAD_SIZE`, `BJ_NULL_FIELD`, `BJ_BAD_SETTING`, `BJ_MISALIGNED`.
///
/// # Safety
///
/// `writer` is NULL or as its members say; `name` and `member` are as their members say; `fields` is NULL or as its members say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_writer_set(
    writer: *mut bj_writer,
    name: bj_bytes,
    member: bj_bytes,
    fields: *const bj_fields,
) -> bj_status {
    // SAFETY: the pointers are as this function's contract says.
    guard(|| unsafe {
        let (name, member) = (given(name, BJ_NULL_NAME)?, given(member, BJ_NULL_VALUE)?);
        let metric = Fields::read(fields)?.metric(MetricKind::Set, name, Values::Member(member))?;
        bj_writer::write(writer, &Message::Metric(metric))
    })
}

/// Writes an event; newlines in title and text become `\n`. `fields` may be NULL. Cost: linear in the bytes of the line. Any thread, one at a
/// time for one `writer`.
///
/// Errors: `BJ_FULL_BUFFER`, `BJ_REFUSED`, after which nothing of it is written; `BJ_NULL_WRITER`, `BJ_NULL_TITLE`, `BJ_NULL_TEXT`,
/// `BJ_BAD_SIZE`, `BJ_NULL_FIELD`, `BJ_BAD_SETTING`, `BJ_MISALIGNED`.
///
/// # Safety
///
/// `writer` is NULL or as its members say; `title` and `text` are as their members say; `fields` is NULL or as its members say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_writer_event(
    writer: *mut bj_writer,
    title: bj_bytes,
    text: bj_bytes,
    fields: *const bj_fields,
) -> bj_status {
    // SAFETY: the pointers are as this function's contract says.
    guard(|| unsafe {
        let (title, text) = (given(title, BJ_NULL_TITLE)?, given(text, BJ_NULL_TEXT)?);
        bj_writer::write(writer, &Message::Event(Fields::read(fields)?.event(title, text)))
    })
}

/// Writes a service check with a status of 0 (ok), 1 (warning), 2 (critical) or 3 (unknown). `fields` may be NULL. Cost: linear in the bytes
/// of the line. Any thread, one at a time for one `writer`.
///
/// Errors: `BJ_FULL_BUFFER`, `BJ_REFUSED`, after which nothing of it is written; `BJ_NULL_WRITER`, `BJ_NULL_NAME`, `BJ_BAD_SERVICE_STATUS`,
/// `BJ_BAD_SIZE`, `BJ_NULL_FIELD`, `BJ_BAD_SETTING`, `BJ_MISALIGNED`.
///
/// # Safety
///
/// `writer` is NULL or as its members say; `name` is as its members say; `fields` is NULL or as its members say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_writer_service_check(
    writer: *mut bj_writer,
    name: bj_bytes,
    status: i32,
    fields: *const bj_fields,
) -> bj_status {
    // SAFETY: the pointers are as this function's contract says.
    guard(|| unsafe {
        let name = given(name, BJ_NULL_NAME)?;
        let check = Fields::read(fields)?.service_check(name, check_status(status)?);
        bj_writer::write(writer, &Message::ServiceCheck(check))
    })
}

/// Writes a message that was parsed, its texts as they stood on the wire. Cost: linear in the bytes of the line. Any thread, one at a time for
/// one `writer`.
///
/// Errors: `BJ_FULL_BUFFER`, `BJ_REFUSED`, after which nothing of it is written; `BJ_NULL_WRITER`, `BJ_NULL_MESSAGE`, `BJ_MISALIGNED`; of a
/// message that no parser has made also `BJ_BAD_KIND`, `BJ_EMPTY_VALUE`, `BJ_BAD_VALUE`, `BJ_BAD_SERVICE_STATUS`, `BJ_BAD_SETTING`.
///
/// # Safety
///
/// `writer` is NULL or as its members say; `message` is NULL, or one whose datagram is unchanged and is not the buffer of the writer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_writer_message(writer: *mut bj_writer, message: *const bj_message) -> bj_status {
    // SAFETY: the pointers are as this function's contract says.
    guard(|| unsafe {
        let message = read(input(message, BJ_NULL_MESSAGE)?)?;
        bj_writer::write(writer, &message)
    })
}
