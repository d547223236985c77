//! Everything of `basenji_core::wire::number`.

use basenji_core::wire::number::{self, Digits, NumberBuffer, Style};

use crate::Observer;

/// Reads `text` as a number and writes it, and one made of its bytes, in every style.
pub(crate) fn observe(text: &[u8], out: &mut [u8], observer: &mut Observer) {
    let read = number::parse(text).unwrap_or_default();
    let made = text.iter().fold(0u64, |bits, byte| bits.rotate_left(8) ^ u64::from(*byte));
    let mut buffer = NumberBuffer::new();
    for value in [read, f64::from_bits(made)] {
        for style in [Style::Plain, Style::Python, Style::JavaScript, Style::Go] {
            observer.bytes(number::format(value, style, &mut buffer));
            let len = number::write(value, style, out);
            observer.maybe(len.and_then(|len| out.get(..len)));
        }
        let len = number::write_fixed6(value, out);
        observer.maybe(len.and_then(|len| out.get(..len)));
        if let Some(digits) = Digits::of(value) {
            observer.number(u64::from(digits.is_negative()));
            observer.number(u64::from(digits.point().cast_unsigned()));
            observer.bytes(digits.text());
        }
    }
    observer.bytes(number::format_u64(made, &mut buffer));
    observer.bytes(number::format_i64(made.cast_signed(), &mut buffer));
    let len = number::write_i64(made.cast_signed(), out);
    observer.maybe(len.and_then(|len| out.get(..len)));
    let len = number::write_u64(made, out);
    observer.maybe(len.and_then(|len| out.get(..len)));
}
