//! Prometheus' native histogram: `io.prometheus.client.Histogram` of its exposition.
//!
//! A span is a run of buckets: how far it begins behind the one before it, and how many there are. A delta is by how
//! much the count of a bucket differs from that of the bucket before it, over all spans.

use super::exponential::{self, SCHEMA, ZERO_THRESHOLD};
use super::fault::{Fault, StateError};
use super::filling::{Filling, Said};
use super::pen::{Pen, zigzag};
use super::reader::{Column, Reader, signed};
use crate::sketch::{Sketch, Summary};

/// Empty buckets that are written as such: a span of their own would take more bytes.
const GAP: i64 = 2;

/// Bytes that a bucket takes at most: a span of its own, its delta, and those of the empty ones before it.
pub const BUCKET: usize = 4 * super::FIELD + 10 + 10 + GAP as usize;

/// The fields of a histogram of buckets by index, lowest first.
pub fn fields(
    pen: &mut Pen<'_>,
    summary: &Summary,
    zero: u64,
    positive: impl Iterator<Item = (i32, u64)> + Clone,
    negative: impl Iterator<Item = (i32, u64)> + Clone,
) {
    pen.uint(1, summary.count);
    pen.double(2, summary.sum);
    pen.sint(5, SCHEMA.into());
    pen.double(6, ZERO_THRESHOLD);
    pen.uint(7, zero);
    side(pen, 9, 10, negative);
    side(pen, 12, 13, positive);
}

/// One side of a histogram, the buckets by index: spans in one field, deltas in another one.
pub fn side(pen: &mut Pen<'_>, spans: u8, deltas: u8, buckets: impl Iterator<Item = (i32, u64)> + Clone) {
    // The index that the next span would have with an offset of 0; the first and the last one of this span; all deltas.
    let (mut next, mut open, mut len) = (0, None, 0_usize);
    for (index, _) in buckets.clone() {
        let index = i64::from(index);
        len = len.saturating_add(1);
        open = match open {
            Some((first, last)) if index.wrapping_sub(last) <= GAP + 1 => {
                len = len.saturating_add(index.wrapping_sub(last).wrapping_sub(1).max(0).unsigned_abs() as usize);
                Some((first, index))
            }
            Some((first, last)) => {
                next = span(pen, spans, next, first, last);
                Some((index, index))
            }
            None => Some((index, index)),
        };
    }
    let Some((first, last)) = open else { return };
    span(pen, spans, next, first, last);
    // Most counts differ by so little that each delta takes a byte.
    let is_usual = pen.try_usual(deltas, len, |to| {
        let (mut to, mut all) = (to.iter_mut(), 0);
        each_delta(buckets.clone(), |delta| {
            let delta = zigzag(delta);
            all |= delta;
            if let Some(to) = to.next() {
                *to = delta as u8;
            }
        });
        all < 0x80
    });
    if !is_usual {
        pen.message(deltas, |pen| each_delta(buckets, |delta| pen.packed_sint(delta)));
    }
}

/// Calls `each` with the deltas of the buckets and of the empty ones that are written.
#[inline(always)]
fn each_delta(buckets: impl Iterator<Item = (i32, u64)>, mut each: impl FnMut(i64)) {
    let (mut before, mut last) = (0_u64, None::<i32>);
    for (index, count) in buckets {
        let empty = last.map_or(0, |last| i64::from(index).wrapping_sub(last.into()).wrapping_sub(1));
        if (1..=GAP).contains(&empty) {
            each(0_u64.wrapping_sub(before) as i64);
            (1..empty).for_each(|_| each(0));
            before = 0;
        }
        each(count.wrapping_sub(before) as i64);
        (before, last) = (count, Some(index));
    }
}

/// Writes a span from `first` to `last`, where an offset of 0 would be `next`; returns the next such index.
#[inline]
fn span(pen: &mut Pen<'_>, field: u8, next: i64, first: i64, last: i64) -> i64 {
    let (offset, length) = (first.wrapping_sub(next), last.wrapping_sub(first).wrapping_add(1).unsigned_abs());
    if let (-64..64, 1..0x80) = (offset, length) {
        // As of nearly every span: each number takes a byte.
        let (offset_byte, length) = ((offset << 1 ^ offset >> 63) as u8, length as u8);
        match offset {
            0 => pen.fixed([field << 3 | 2, 2, 0x10, length]),
            _ => pen.fixed([field << 3 | 2, 4, 0x08, offset_byte, 0x10, length]),
        }
    } else {
        pen.message(field, |span| {
            if offset != 0 {
                span.sint(1, offset);
            }
            span.uint(2, length);
        });
    }
    last.wrapping_add(1)
}

pub(super) fn read<S: AsRef<[u64]> + AsMut<[u64]>>(message: Reader<'_>, storage: S) -> Result<Sketch<S>, StateError> {
    let (mut said, mut count_at, mut schema, mut zero) = (Said { count: Some(0), ..Said::default() }, 0, 0, 0);
    let mut fields = message;
    while let Some(field) = fields.field()? {
        match field.number {
            1 => (said.count, count_at) = (Some(field.uint()?), field.offset),
            2 => said.sum = Some(field.double()?),
            5 => schema = field.sint()?,
            7 => zero = field.uint()?,
            // Counts that are no whole numbers.
            4 | 8 | 11 | 14 => return Err(StateError { fault: Fault::Field, offset: field.offset }),
            _ => {}
        }
    }
    let mut filling = Filling::new(storage);
    filling.add(0, zero, count_at)?;
    for (spans, deltas, is_negative) in [(9, 10, true), (12, 13, false)] {
        let mut deltas = Column::of(message, deltas);
        let (mut fields, mut index, mut n) = (message, 0_i32, 0_i64);
        while let Some(field) = fields.field()? {
            if field.number != spans {
                continue;
            }
            let wrong = StateError { fault: Fault::Number, offset: field.offset };
            let (mut span, mut offset, mut length) = (field.message()?, 0, 0);
            while let Some(part) = span.field()? {
                match part.number {
                    1 => offset = part.sint()?,
                    2 => length = part.uint()?,
                    _ => {}
                }
            }
            let offset = i32::try_from(offset).map_err(|_| wrong)?;
            index = index.checked_add(offset).ok_or(wrong)?;
            for _ in 0..length {
                let (delta, at) = deltas.next()?.ok_or(StateError { fault: Fault::Count, offset: field.offset })?;
                n = n.wrapping_add(signed(delta));
                let count = u64::try_from(n).map_err(|_| StateError { fault: Fault::Number, offset: at })?;
                let key = exponential::key(index.into(), schema);
                filling.add(if is_negative { key.wrapping_neg() } else { key }, count, at)?;
                index = index.checked_add(1).ok_or(wrong)?;
            }
        }
        if let Some((_, offset)) = deltas.next()? {
            return Err(StateError { fault: Fault::Count, offset });
        }
    }
    filling.finish(said, count_at)
}
