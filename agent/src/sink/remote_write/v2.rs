//! Remote write 2.0: `io.prometheus.write.v2.Request`, whose texts stand in a table at its beginning.

use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::BuildHasher;

use super::series::{self, Sample, Value};
use crate::encode::protobuf::{Message, varint_len};

/// The texts of one request, each once; the first one is empty.
#[derive(Debug)]
pub(super) struct Symbols {
    text: Vec<u8>,
    ends: Vec<usize>,
    table: HashTable<u32>,
    hasher: DefaultHashBuilder,
    /// Bytes of the table as it is written.
    len: usize,
}

impl Default for Symbols {
    fn default() -> Self {
        let mut symbols = Symbols {
            text: Vec::new(),
            ends: Vec::new(),
            table: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            len: 0,
        };
        symbols.find(b"");
        symbols
    }
}

impl Symbols {
    /// The number of a text, which is taken in.
    fn find(&mut self, text: &[u8]) -> u32 {
        let Symbols { text: all, ends, table, hasher, len } = self;
        let code = hasher.hash_one(text);
        if let Some(&number) = table.find(code, |&number| at(all, ends, number) == text) {
            return number;
        }
        let number = ends.len() as u32;
        all.extend_from_slice(text);
        ends.push(all.len());
        *len += 1 + varint_len(text.len() as u64) + text.len();
        table.insert_unique(code, number, |&number| hasher.hash_one(at(all, ends, number)));
        number
    }

    /// Forgets all but the empty one.
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
        self.table.clear();
        self.len = 0;
        self.find(b"");
    }

    /// Bytes that [`Symbols::append`] appends.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Appends them as fields of a request.
    pub(super) fn append(&self, out: &mut Vec<u8>) {
        let mut message = Message::new(out);
        (0..self.ends.len() as u32).for_each(|number| message.bytes(4, at(&self.text, &self.ends, number)));
    }
}

fn at<'a>(text: &'a [u8], ends: &[usize], number: u32) -> &'a [u8] {
    let number = number as usize;
    let start = number.checked_sub(1).map_or(0, |before| ends[before]);
    &text[start..ends[number]]
}

/// Appends one sample as a time series of a request.
pub(super) fn append(sample: &Sample<'_>, symbols: &mut Symbols, scratch: &mut Vec<u8>, out: &mut Vec<u8>) {
    Message::new(out).message(5, |message| {
        message.packed(1, 0, |packed| {
            sample.each_pair(|name, value| {
                packed.uint(symbols.find(name).into());
                packed.uint(symbols.find(value).into());
            });
        });
        for &(value, at) in sample.points {
            match value {
                Value::Number(value) => message.message(2, |message| {
                    message.double(1, value);
                    message.int(2, at);
                    since(message, 3, sample.since);
                }),
                Value::Histogram(distribution) => message.message(3, |message| {
                    series::histogram(message, distribution, scratch, at);
                    since(message, 17, sample.since);
                }),
            }
        }
        message.message(5, |metadata| {
            metadata.uint(1, sample.kind as u64);
            if !sample.help.is_empty() {
                metadata.uint(3, symbols.find(sample.help).into());
            }
        });
    });
}

/// When a series began, where that is known.
fn since(message: &mut Message<'_>, field: u32, since: i64) {
    if since != 0 {
        message.int(field, since);
    }
}
