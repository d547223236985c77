//! Numbers as text: what a value, a rate or a member of a packed value reads as, and how one is written.
//!
//! - [`parse`] accepts exactly what Go's `strconv.ParseFloat(text, 64)` accepts, for that is what the Agent calls, and
//!   returns the same bits: the nearest double, ties to even.
//! - [`format()`] and [`write()`] give the fewest digits that [`parse`] reads back as the same bits, in the [`Style`] of
//!   the language that is wanted.
//! - Nothing is allocated, and no text is validated twice. The work is linear in the length of the text, plus a
//!   constant for the rare numbers that need long arithmetic.

mod big;
mod digits;
mod fixed;
mod format;
mod literal;
mod plain;
mod power;
mod round;
mod short;

pub use digits::Digits;
pub use fixed::write_fixed6;
pub use format::{NumberBuffer, Style, format, format_i64, format_u64, write, write_i64, write_u64};

use super::block::WIDE;

/// Reads a decimal or hexadecimal number, an infinity or NaN; `None` for anything else.
///
/// Accepted are an optional sign, decimal digits with at most one point and an optional exponent (`.5`, `5.`, `1e-3`),
/// hexadecimal digits with a mandatory binary exponent (`0x1.8p4`), single underscores between digits (`1_000`), `inf`
/// and `infinity` with an optional sign and `nan` without, in any case. Blanks are never skipped. What is too large for
/// a double is refused; what is too small becomes zero or a subnormal.
///
/// On a machine of 64 bits a plain decimal of up to 16 characters costs no loop: its bytes are converted eight at a
/// time.
///
/// # Example
///
/// ```
/// use basenji_core::wire::number::{NumberBuffer, Style, format, parse};
///
/// assert_eq!(parse(b"1_000.5"), Some(1000.5));
/// assert_eq!(parse(b"0x1p4"), Some(16.0));
/// assert_eq!(parse(b" 1"), None);
/// assert_eq!(format(1e21, Style::Python, &mut NumberBuffer::new()), b"1e+21");
/// ```
#[inline]
pub fn parse(text: &[u8]) -> Option<f64> {
    parse_plain(text).or_else(|| literal::parse(text))
}

/// [`parse`] for the common numbers, plain decimals of up to 16 characters; `None` says nothing.
#[inline]
pub(super) fn parse_plain(text: &[u8]) -> Option<f64> {
    if WIDE { short::parse(text) } else { None }
}

#[cfg(test)]
mod tests;
