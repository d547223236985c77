//! Protocol Buffers, as far as a sender needs them: fields appended to a byte vector, in the caller's order.
//!
//! A field is written whatever its value is. A caller may leave out a field of proto3 that holds its default; it may
//! not leave out one of a `oneof`, an `optional` one, or an element of a repeated one. Nothing is allocated but room in
//! the vector.

use basenji::core::state::zigzag;

use super::pen::{self, Pen};

/// Appends the fields of one message.
#[derive(Debug)]
pub(crate) struct Message<'a> {
    out: &'a mut Vec<u8>,
}

/// Fields below it have a tag of one byte.
const ONE_BYTE_FIELDS: u32 = 16;

/// How the bytes of a field are laid out: the lower three bits of its tag.
#[derive(Debug, Clone, Copy)]
enum Wire {
    Varint = 0,
    Fixed64 = 1,
    Delimited = 2,
}

impl<'a> Message<'a> {
    /// A message whose fields are appended to `out`.
    pub(crate) fn new(out: &'a mut Vec<u8>) -> Self {
        Message { out }
    }

    /// How long the vector is by now.
    pub(crate) fn len(&self) -> usize {
        self.out.len()
    }

    /// A field of type `uint32`, `uint64`, `bool` or an enumeration.
    #[inline]
    pub(crate) fn uint(&mut self, field: u32, value: u64) {
        self.tag(field, Wire::Varint);
        varint(self.out, value);
    }

    /// A field of type `int32` or `int64`; a negative value takes ten bytes.
    pub(crate) fn int(&mut self, field: u32, value: i64) {
        self.uint(field, value as u64);
    }

    /// A field of type `sint32` or `sint64`.
    pub(crate) fn sint(&mut self, field: u32, value: i64) {
        self.uint(field, zigzag(value));
    }

    /// A field of type `double`.
    pub(crate) fn double(&mut self, field: u32, value: f64) {
        self.fixed64(field, value.to_bits());
    }

    /// A field of type `fixed64`.
    #[inline]
    pub(crate) fn fixed64(&mut self, field: u32, value: u64) {
        self.tag(field, Wire::Fixed64);
        self.out.extend_from_slice(&value.to_le_bytes());
    }

    /// A field of type `bytes`, or the bytes of a message that is already encoded.
    #[inline]
    pub(crate) fn bytes(&mut self, field: u32, value: &[u8]) {
        if field < ONE_BYTE_FIELDS && value.len() < 0x80 {
            // Tag and length together, which nearly every text has.
            self.out.extend_from_slice(&[(field << 3 | Wire::Delimited as u32) as u8, value.len() as u8]);
        } else {
            self.tag(field, Wire::Delimited);
            varint(self.out, value.len() as u64);
        }
        self.out.extend_from_slice(value);
    }

    /// Fields that are already encoded.
    pub(crate) fn raw(&mut self, fields: &[u8]) {
        self.out.extend_from_slice(fields);
    }

    /// A field of type `string`, with U+FFFD for each sequence of bytes that is not UTF-8.
    pub(crate) fn text(&mut self, field: u32, value: &[u8]) {
        // Most text is ASCII, which a glance at many bytes at a time tells.
        if value.is_ascii() || str::from_utf8(value).is_ok() {
            return self.bytes(field, value);
        }
        self.bytes(field, String::from_utf8_lossy(value).as_bytes());
    }

    /// Fields that take at most `most` bytes, written faster.
    #[inline]
    pub(crate) fn pen(&mut self, most: usize, write: impl FnOnce(&mut Pen<'_>)) {
        pen::append(self.out, most, write);
    }

    /// A message in a field. One of 128 bytes or more is moved once, by the bytes of its length.
    #[inline]
    pub(crate) fn message(&mut self, field: u32, write: impl FnOnce(&mut Message<'_>)) {
        self.message_of(field, 0, write);
    }

    /// The same, of about `expected` bytes: it is moved only if its length takes another number of bytes.
    #[inline]
    pub(crate) fn message_of(&mut self, field: u32, expected: usize, write: impl FnOnce(&mut Message<'_>)) {
        self.tag(field, Wire::Delimited);
        delimited(self.out, expected, |out| write(&mut Message { out }));
    }

    /// A repeated field of numbers in one piece of about `expected` bytes.
    #[inline]
    pub(crate) fn packed(&mut self, field: u32, expected: usize, write: impl FnOnce(&mut Packed<'_>)) {
        self.tag(field, Wire::Delimited);
        delimited(self.out, expected, |out| write(&mut Packed { out }));
    }

    #[inline]
    fn tag(&mut self, field: u32, wire: Wire) {
        varint(self.out, u64::from(field) << 3 | wire as u64);
    }
}

/// Appends the elements of a packed field.
#[derive(Debug)]
pub(crate) struct Packed<'a> {
    out: &'a mut Vec<u8>,
}

impl Packed<'_> {
    /// An element of type `uint32` or `uint64`.
    #[inline]
    pub(crate) fn uint(&mut self, value: u64) {
        varint(self.out, value);
    }
}

/// Appends what `write` writes with its length in front. If the length takes as many bytes as that of `expected`, nothing
/// is moved.
#[inline]
pub(crate) fn delimited(out: &mut Vec<u8>, expected: usize, write: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    let reserved = varint_len(expected as u64);
    out.extend_from_slice(&[0; 10][..reserved]);
    write(out);
    let len = out.len() - start - reserved;
    if reserved == 1 && len < 0x80 {
        out[start] = len as u8;
    } else if reserved == 2 && (0x80..0x4000).contains(&len) {
        out[start..][..2].copy_from_slice(&[len as u8 | 0x80, (len >> 7) as u8]);
    } else {
        put_length(out, start, reserved, len);
    }
}

/// Writes the length of the last `len` bytes before them, in place of the `reserved` bytes at `start`.
#[cold]
fn put_length(out: &mut Vec<u8>, start: usize, reserved: usize, len: usize) {
    let mut bytes = [0; 10];
    let mut rest = len;
    let needed = varint_len(len as u64);
    for byte in &mut bytes[..needed] {
        *byte = rest as u8 | 0x80;
        rest >>= 7;
    }
    bytes[needed - 1] &= 0x7f;
    out.splice(start..start + reserved, bytes[..needed].iter().copied());
}

/// Appends seven bits a byte, the lowest first.
#[inline]
pub(crate) fn varint(out: &mut Vec<u8>, value: u64) {
    if value < 0x80 {
        out.push(value as u8);
    } else if value < 0x4000 {
        out.extend_from_slice(&[value as u8 | 0x80, (value >> 7) as u8]);
    } else {
        long_varint(out, value);
    }
}

/// [`varint`] of any length.
fn long_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// How many bytes [`varint`] appends.
pub(crate) const fn varint_len(value: u64) -> usize {
    // Zero takes a byte as well.
    (70 - (value | 1).leading_zeros() as usize) / 7
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Message<'_>)) -> Vec<u8> {
        let mut out = Vec::new();
        write(&mut Message::new(&mut out));
        out
    }

    #[test]
    fn numbers_are_as_the_guide_to_the_encoding_shows_them() {
        assert_eq!(written(|message| message.uint(1, 150)), [0x08, 0x96, 0x01]);
        assert_eq!(written(|message| message.int(1, -2))[1..], [0xfe, 255, 255, 255, 255, 255, 255, 255, 255, 1]);
        for (value, byte) in [(0, 0), (-1, 1), (1, 2), (-2, 3), (63, 126), (-64, 127)] {
            assert_eq!(written(|message| message.sint(2, value)), [0x10, byte], "{value}");
        }
        assert_eq!(written(|message| message.sint(1, i64::MIN)).len(), 11);
        assert_eq!(written(|message| message.double(1, 1.0)), [0x09, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f]);
        assert_eq!(written(|message| message.fixed64(16, 1)), [0x81, 0x01, 1, 0, 0, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn a_varint_is_as_long_as_its_length_says() {
        for shift in 0..64 {
            for value in [1 << shift, (1 << shift) - 1, u64::MAX >> shift] {
                let mut out = Vec::new();
                varint(&mut out, value);
                assert_eq!(out.len(), varint_len(value), "{value}");
            }
        }
    }

    #[test]
    fn text_is_repaired_and_bytes_are_left_alone() {
        assert_eq!(written(|message| message.text(2, b"testing")), b"\x12\x07testing");
        assert_eq!(written(|message| message.text(2, b"a\xffb")), b"\x12\x05a\xef\xbf\xbdb");
        assert_eq!(written(|message| message.bytes(2, b"a\xffb")), b"\x12\x03a\xffb");
        assert_eq!(written(|message| message.text(1, b"")), [0x0a, 0]);
    }

    #[test]
    fn a_message_of_any_length_stands_behind_its_length() {
        for len in [0, 1, 127, 128, 129, 16_383, 16_384, 16_385, 2_097_151, 2_097_152] {
            let inner = vec![b'x'; len];
            let mut expected = vec![0x1a];
            varint(&mut expected, len as u64);
            expected.extend_from_slice(&inner);
            let nested = written(|message| message.message(3, |message| message.out.extend_from_slice(&inner)));
            assert!(nested == expected, "{len} bytes");
            for guess in [0, 127, 128, 16_383, 16_384, 1 << 30] {
                let write = |message: &mut Message<'_>| message.out.extend_from_slice(&inner);
                let nested = written(|message| message.message_of(3, guess, write));
                assert!(nested == expected, "{len} bytes, expected {guess}");
            }
            assert!(written(|message| message.bytes(3, &inner)) == expected, "{len} bytes");
        }
        let nested = written(|message| message.message(1, |message| message.message(2, |message| message.uint(3, 1))));
        assert_eq!(nested, [0x0a, 4, 0x12, 2, 0x18, 1]);
    }

    #[test]
    fn packed_numbers_share_a_tag() {
        let packed = written(|message| {
            message.packed(6, 0, |packed| [3, 270, 86942].iter().for_each(|&number| packed.uint(number)));
        });
        assert_eq!(packed[..8], [0x32, 0x06, 0x03, 0x8e, 0x02, 0x9e, 0xa7, 0x05]);
        assert_eq!(packed.len(), 8);
    }
}
