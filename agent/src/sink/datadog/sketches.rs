//! Distributions: `SketchPayload` in Protocol Buffers, with the keys and counts of the sketches as they are.

use basenji::core::sketch::Sketch;
use basenji::core::state::agent;
use basenji::core::wire::Tags;
use basenji::server::Series;

use super::series::{Common, ORIGIN};
use crate::encode::pen::{FIELD, Pen, Sheet, most_of};

/// What stands after the sketches of a payload: `CommonMetadata` with nothing in it.
pub(super) const END: [u8; 2] = [0x12, 0];

/// Bytes of a key and of a count at most, and of all numbers of a sketch beside them.
const BIN: usize = 3 + 5;
const NUMBERS: usize = 12 * FIELD;

/// Appends one `Sketch`, as a field of a `SketchPayload`.
pub(super) fn push(series: &Series<'_>, sketch: &Sketch<&[u64]>, common: &Common, has_origin: bool, sheet: &mut Sheet) {
    let host = common.host(series.host);
    let tags: usize = common.tags.iter().map(|tag| tag.len() + FIELD).sum();
    // A byte that is not UTF-8 becomes three.
    let text = 3 * (series.name.len() + host.len()) + 3 * most_of(series.tags) + tags;
    let most = text + sketch.keys().len() * BIN + NUMBERS;
    sheet.write(most, |pen| {
        pen.message(1, |pen| {
            text_field(pen, 1, series.name);
            text_field(pen, 2, host);
            match series.tags {
                // A glance at all of them together.
                Tags::Text(text) if text.is_ascii() => series.tags.iter().for_each(|tag| pen.bytes(4, tag)),
                tags => tags.iter().for_each(|tag| text_field(pen, 4, tag)),
            }
            common.tags.iter().for_each(|tag| pen.bytes(4, tag.as_bytes()));
            pen.message(7, |pen| {
                pen.uint(1, series.timestamp.min(i64::MAX.unsigned_abs()));
                agent::fields(pen, sketch);
            });
            if has_origin {
                pen.bytes(8, &ORIGIN);
            }
        });
    });
}

/// A field of type `string`.
fn text_field(pen: &mut Pen<'_>, field: u8, value: &[u8]) {
    match str::from_utf8(value) {
        Ok(_) => pen.bytes(field, value),
        Err(_) => pen.bytes(field, String::from_utf8_lossy(value).as_bytes()),
    }
}
