//! The common numbers: plain decimals of at most 16 characters, such as `1`, `100`, `32.13` and `-6820.027`.
//!
//! The text is loaded into one or two words, right-aligned, its first character in the lowest byte; the decimal point
//! is taken out by a shift, and eight digits become a number by three multiplications. Whatever is not a plain decimal
//! is left to [`super::literal`].

use super::round;

/// `'0'` in each byte.
const ZEROS: u64 = 0x3030_3030_3030_3030;

/// Reads a plain decimal of up to 16 characters after an optional `-`; `None` for any other text, which may still be a
/// number.
#[inline]
pub(super) fn parse(text: &[u8]) -> Option<f64> {
    match text {
        [b'-', unsigned @ ..] => negative(unsigned),
        _ => positive(text),
    }
}

#[inline(never)]
fn negative(text: &[u8]) -> Option<f64> {
    positive(text).map(|value| -value)
}

#[inline(always)]
fn positive(text: &[u8]) -> Option<f64> {
    let (mantissa, decimals) = match text.len() {
        4..=8 => up_to_8(text)?,
        1..=3 => up_to_3(text)?,
        9..=16 => up_to_16(text)?,
        _ => return None,
    };
    round::decimal_exactly(mantissa, decimals)
}

/// The digits of 1 to 3 characters as an integer, and how many of them follow the point.
#[inline]
fn up_to_3(text: &[u8]) -> Option<(u64, usize)> {
    let digit = |byte: u8| byte.is_ascii_digit().then(|| u64::from(byte & 0xF));
    let ten = |number: u64, digit: u64| number.wrapping_mul(10).wrapping_add(digit);
    Some(match *text {
        [a] => (digit(a)?, 0),
        [a, b] => (ten(digit(a)?, digit(b)?), 0),
        [a, b'.', b] => (ten(digit(a)?, digit(b)?), 1),
        [a, b, c] => (ten(ten(digit(a)?, digit(b)?), digit(c)?), 0),
        _ => return None,
    })
}

/// The digits of 4 to 8 characters as an integer, and how many of them follow the point.
#[inline]
fn up_to_8(text: &[u8]) -> Option<(u64, usize)> {
    let values = |characters| u64::from(u32::from_le_bytes(characters) ^ ZEROS as u32);
    // The two overlap. A shift by the bits of a word less those of the text.
    let blank = (text.len() as u32).wrapping_mul(8).wrapping_neg();
    let word = values(*text.last_chunk()?) << 32 | values(*text.first_chunk()?).wrapping_shl(blank);
    match others(word) {
        0 => Some((eight(word), 0)),
        others => {
            let (word, decimals) = without_point(word, others)?;
            Some((eight(word), decimals))
        }
    }
}

/// The digits of 9 to 16 characters as an integer, and how many of them follow the point.
#[inline]
fn up_to_16(text: &[u8]) -> Option<(u64, usize)> {
    let blank = 128u32.wrapping_sub((text.len() as u32).wrapping_mul(8));
    let high = u64::from_le_bytes(*text.last_chunk()?) ^ ZEROS;
    let low = (u64::from_le_bytes(*text.first_chunk()?) ^ ZEROS).wrapping_shl(blank);
    let (low, high, decimals) = match (others(low), others(high)) {
        (0, 0) => (low, high, 0),
        (0, others) => {
            let (high, decimals) = without_point(high, others)?;
            (low << 8, high | low >> 56, decimals)
        }
        (others, 0) => {
            let (low, decimals) = without_point(low, others)?;
            (low, high, decimals.wrapping_add(8))
        }
        _ => return None,
    };
    Some((eight(low).wrapping_mul(100_000_000).wrapping_add(eight(high)), decimals))
}

/// The high bit of each byte that is more than 9, and none if there is no such byte.
///
/// A byte of 138 and more may carry into the next; there is then more than one bit, or one that is not a point's.
#[inline]
const fn others(word: u64) -> u64 {
    (word.wrapping_add(0x7676_7676_7676_7676) | word) & 0x8080_8080_8080_8080
}

/// The word with its only byte that is no digit taken out, if that is a point, and the number of digits behind it.
#[inline]
const fn without_point(word: u64, others: u64) -> Option<(u64, usize)> {
    const POINT: u8 = b'.' ^ b'0';
    // All bits up to the end of the byte in question, and all bits before it.
    let through = others ^ others.wrapping_sub(1);
    let before = through >> 8;
    let point = 0x0101_0101_0101_0101_u64.wrapping_mul(POINT as u64);
    if others & others.wrapping_sub(1) != 0 || (word ^ point) & (through ^ before) != 0 {
        return None;
    }
    let decimals = through.leading_zeros() / 8;
    Some(((word & !through) | (word & before) << 8, decimals as usize))
}

/// The number that eight digit values (0 to 9) spell, the first of them in the lowest byte.
#[inline]
pub(super) const fn eight(word: u64) -> u64 {
    const PAIRS: u64 = 0x0000_00FF_0000_00FF;
    let word = word.wrapping_mul(10).wrapping_add(word >> 8);
    let upper = (word & PAIRS).wrapping_mul(100 + (1_000_000 << 32));
    let lower = ((word >> 16) & PAIRS).wrapping_mul(1 + (10_000 << 32));
    upper.wrapping_add(lower) >> 32
}

/// The digit values of eight characters, the first in the lowest byte, if all of them are digits.
#[inline]
pub(super) const fn digit_values(text: [u8; 8]) -> Option<u64> {
    let word = u64::from_le_bytes(text) ^ ZEROS;
    if others(word) == 0 { Some(word) } else { None }
}
