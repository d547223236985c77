//! The fast way to write items whose length is bounded beforehand: room is made once for each, and no write asks a vector
//! for more. The bytes are those that a [`Message`](super::protobuf::Message) writes, in a fraction of the instructions.

pub(crate) use basenji::core::state::{FIELD, Pen};
use basenji::core::wire::Tags;

/// Items one after the other. What it once had room for, it has room for again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Sheet {
    bytes: Vec<u8>,
    used: usize,
}

impl Sheet {
    /// Appends what `write` writes, at most `most` bytes.
    #[inline]
    pub(crate) fn write<T>(&mut self, most: usize, write: impl FnOnce(&mut Pen<'_>) -> T) -> T {
        let end = self.used + most;
        if self.bytes.len() < end {
            self.bytes.resize(end.max(2 * self.bytes.len()), 0);
        }
        let mut pen = Pen::new(&mut self.bytes[self.used..end]);
        let result = write(&mut pen);
        self.used = end - pen.left();
        result
    }

    /// What is written.
    pub(crate) fn written(&self) -> &[u8] {
        &self.bytes[..self.used]
    }

    /// How many bytes are written.
    pub(crate) fn len(&self) -> usize {
        self.used
    }

    /// Takes away what was written after the first `len` bytes.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.used = self.used.min(len);
    }
}

/// Appends to a vector what `write` writes, at most `most` bytes.
#[inline]
pub(crate) fn append(out: &mut Vec<u8>, most: usize, write: impl FnOnce(&mut Pen<'_>)) {
    let end = out.len() + most;
    let start = out.len();
    out.resize(end, 0);
    let mut pen = Pen::new(&mut out[start..]);
    write(&mut pen);
    let left = pen.left();
    out.truncate(end - left);
}

/// Bytes that tags take at most as a repeated field.
pub(crate) fn most_of(tags: Tags<'_>) -> usize {
    match tags {
        // Each of no bytes, with a comma after it.
        Tags::Text(text) if text.len() < 0x80 => 3 * (text.len() + 1),
        Tags::Text(text) => FIELD * (text.len() + 1),
        Tags::List(list) => list.iter().map(|tag| tag.len() + FIELD).sum(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::protobuf::Message;
    use super::*;
    use basenji::core::state::zigzag;

    #[test]
    fn a_sheet_has_the_bytes_that_a_message_has() {
        let text: Vec<u8> = (0..40_000).map(|byte| byte as u8).collect();
        let mut sheet = Sheet::default();
        for len in (0..300).chain([16_370, 16_380, 16_383, 16_384, 20_000]) {
            let value = &text[..len];
            let mut expected = Vec::new();
            Message::new(&mut expected).message(1, |message| {
                message.bytes(2, value);
                message.uint(3, len as u64);
                message.double(4, len as f64);
                message.packed(5, 0, |packed| (0..len).for_each(|number| packed.uint(zigzag(-(number as i64)))));
                message.packed(6, 0, |packed| (0..len).for_each(|number| packed.uint(number as u64 * 77)));
            });
            sheet.truncate(0);
            sheet.write(0, |_| ());
            sheet.write(200 + len * 12, |pen| {
                pen.message(1, |pen| {
                    pen.bytes(2, value);
                    pen.uint(3, len as u64);
                    pen.double(4, len as f64);
                    pen.packed_sints(5, || (0..len).map(|number| -(number as i32)));
                    pen.packed_uints(6, || (0..len).map(|number| number as u32 * 77));
                });
            });
            assert!(sheet.written() == expected && sheet.len() == expected.len(), "{len}");
        }
    }

    #[test]
    fn packed_numbers_of_the_usual_length_are_those_of_any_length() {
        for (keys, counts) in [(64..8_000, 0..120), (-8_000..-64, 100..127), (60..70, 120..130), (8_190..8_194, 0..0)] {
            let mut expected = Vec::new();
            let mut message = Message::new(&mut expected);
            message.packed(7, 0, |packed| keys.clone().for_each(|key: i32| packed.uint(zigzag(key.into()))));
            message.packed(8, 0, |packed| counts.clone().for_each(|count: u32| packed.uint(count.into())));
            let mut sheet = Sheet::default();
            sheet.write(100_000, |pen| {
                pen.packed_sints(7, || keys.clone());
                pen.packed_uints(8, || counts.clone());
            });
            assert!(sheet.written() == expected, "{keys:?} {counts:?}");
        }
    }

    #[test]
    fn what_has_no_room_is_left_out_and_does_no_harm() {
        for most in 0..60 {
            let mut sheet = Sheet::default();
            sheet.write(most, |pen| pen.message(1, |pen| (0..9).for_each(|_| pen.bytes(2, b"text of 16 bytes"))));
            assert!(sheet.len() <= most);
        }
    }

    #[test]
    fn tags_have_room() {
        let long = vec![b'x'; 300];
        for text in [&b"a"[..], b",,,,", b"a,b", &long, &[b','; 200]] {
            let tags = Tags::Text(text);
            let mut sheet = Sheet::default();
            sheet.write(most_of(tags), |pen| tags.iter().for_each(|tag| pen.bytes(3, tag)));
            let mut expected = Vec::new();
            let mut message = Message::new(&mut expected);
            tags.iter().for_each(|tag| message.text(3, tag));
            assert!(sheet.written() == expected);
            let list: Vec<_> = tags.iter().collect();
            assert!(most_of(Tags::List(&list)) >= expected.len());
        }
    }
}
