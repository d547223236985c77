//! ClickHouse's RowBinary: the columns of a row one after the other, without names or types.
//!
//! Numbers are little-endian. Text and arrays stand behind their length, a map is an array of pairs. `LowCardinality` and
//! `SimpleAggregateFunction` look as what they hold.

use super::pen::{self, Pen};
use super::protobuf::varint;

/// Appends a row.
#[derive(Debug)]
pub(crate) struct Row<'a> {
    out: &'a mut Vec<u8>,
}

impl<'a> Row<'a> {
    /// A row that is appended to `out`.
    pub(crate) fn new(out: &'a mut Vec<u8>) -> Self {
        Row { out }
    }

    /// A `String`: any bytes.
    #[inline]
    pub(crate) fn text(&mut self, text: &[u8]) {
        pen::append(self.out, LEN + text.len(), |pen| write_text(pen, text));
    }

    /// A `UInt8`.
    pub(crate) fn byte(&mut self, value: u8) {
        self.out.push(value);
    }

    /// A `UInt64`.
    pub(crate) fn uint(&mut self, value: u64) {
        self.out.extend_from_slice(&value.to_le_bytes());
    }

    /// A `Float64`.
    pub(crate) fn double(&mut self, value: f64) {
        self.uint(value.to_bits());
    }

    /// A `DateTime`, of seconds since 1970, the last one from 2106 on.
    pub(crate) fn time(&mut self, seconds: u64) {
        self.out.extend_from_slice(&u32::try_from(seconds).unwrap_or(u32::MAX).to_le_bytes());
    }

    /// A `Map(String, String)`, whose texts and their lengths take at most `most` bytes.
    #[inline]
    pub(crate) fn texts<'t>(&mut self, most: usize, pairs: impl Iterator<Item = (&'t [u8], &'t [u8])>) {
        let (start, mut count) = (self.out.len(), 0_u64);
        pen::append(self.out, 1 + most, |pen| {
            pen.fixed([0]);
            pairs.for_each(|(key, value)| {
                count += 1;
                write_text(pen, key);
                write_text(pen, value);
            });
        });
        if count < 0x80 {
            self.out[start] = count as u8;
        } else {
            let mut head = Vec::new();
            varint(&mut head, count);
            self.out.splice(start..=start, head);
        }
    }

    /// A `Map(String, Float64)`.
    pub(crate) fn numbers(&mut self, pairs: impl ExactSizeIterator<Item = (String, f64)>) {
        varint(self.out, pairs.len() as u64);
        for (key, value) in pairs {
            self.text(key.as_bytes());
            self.double(value);
        }
    }

    /// An `Array`, whose elements are bytes.
    #[inline]
    pub(crate) fn array<const SIZE: usize>(&mut self, elements: impl Iterator<Item = [u8; SIZE]>, len: usize) {
        pen::append(self.out, LEN + len * SIZE, |pen| {
            pen.varint(len as u64);
            elements.take(len).for_each(|element| pen.fixed(element));
        });
    }
}

/// Bytes of a length at most.
const LEN: usize = 10;

#[inline]
fn write_text(pen: &mut Pen<'_>, text: &[u8]) {
    pen.varint(text.len() as u64);
    pen.raw(text);
}
