//! Prometheus' native histogram: `io.prometheus.client.Histogram` of its exposition.
//!
//! A span is a run of buckets: how far it begins behind the one before it, and how many there are. A delta is by how
//! much the count of a bucket differs from that of the bucket before it, over all spans.

use super::error::{Fault, StateError};
use super::exponential::{self, SCHEMA, ZERO_THRESHOLD};
use super::filling::{Filling, Said};
use super::pen::Pen;
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
    let mut rest = buckets.clone().map(|(index, _)| i64::from(index));
    let Some(mut first) = rest.next() else { return };
    // The index that the next span would have with an offset of 0, and the last one of this span.
    let (mut next, mut last) = (0, first);
    loop {
        let bucket = rest.next();
        if let Some(index) = bucket.filter(|index| index.wrapping_sub(last) <= GAP + 1) {
            last = index;
            continue;
        }
        span(pen, spans, first.wrapping_sub(next), last.wrapping_sub(first).wrapping_add(1).unsigned_abs());
        next = last.wrapping_add(1);
        let Some(index) = bucket else { break };
        (first, last) = (index, index);
    }
    pen.message(deltas, |pen| {
        let mut before = 0_u64;
        let mut last: Option<i32> = None;
        for (index, count) in buckets {
            let empty = last.map_or(0, |last| i64::from(index).wrapping_sub(last.into()).wrapping_sub(1));
            if (1..=GAP).contains(&empty) {
                pen.packed_sint(0_u64.wrapping_sub(before) as i64);
                (1..empty).for_each(|_| pen.packed_sint(0));
                before = 0;
            }
            pen.packed_sint(count.wrapping_sub(before) as i64);
            (before, last) = (count, Some(index));
        }
    });
}

#[inline]
fn span(pen: &mut Pen<'_>, field: u8, offset: i64, length: u64) {
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
