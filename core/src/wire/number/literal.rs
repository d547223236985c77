//! The whole grammar of Go's floating-point literals, as `strconv.ParseFloat` reads it.

use super::power::power;
use super::{WIDE, big, plain, round};
use crate::numbered::numbered;

/// A number as written: its first digits, and where the point is.
struct Literal<'a> {
    /// The text of the digits, with point and underscores, without sign and exponent.
    digits: &'a [u8],
    /// The first digits, at most 19 decimal or 16 hexadecimal ones, without leading zeros.
    mantissa: u64,
    /// How many digits `mantissa` holds.
    significant: u32,
    /// The power of ten, or of two for a hexadecimal number, that `mantissa` is multiplied by.
    exponent: i32,
    /// Whether a digit other than 0 did not fit into `mantissa`.
    truncated: bool,
}

/// Reads any number that Go would; `None` if Go would return an error.
#[inline(never)]
pub(super) fn parse(text: &[u8]) -> Option<f64> {
    let (negative, unsigned) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let magnitude = match unsigned {
        [b'0', b'x' | b'X', rest @ ..] => hexadecimal(rest, unsigned),
        [b'0'..=b'9' | b'.', ..] => decimal(unsigned),
        _ => special(unsigned, text.len() != unsigned.len()),
    }?;
    Some(if negative { -magnitude } else { magnitude })
}

fn decimal(text: &[u8]) -> Option<f64> {
    if WIDE && let Some(number) = plain::parse(text) {
        return Some(number);
    }
    let literal = read(text, text, false)?;
    if literal.mantissa == 0 {
        return Some(0.0);
    }
    // Small machines have this one way to read digits.
    if !WIDE
        && !literal.truncated
        && let Some(number) = round::decimal(literal.mantissa, literal.exponent)
    {
        return Some(number);
    }
    big::decimal(literal.digits, literal.significant, literal.exponent)
}

fn hexadecimal(text: &[u8], whole: &[u8]) -> Option<f64> {
    let literal = read(text, whole, true)?;
    // Sixteen digits of which the first is 1 or more have 61 bits, enough for the rest to be told by one bit.
    round::nearest(literal.mantissa, literal.exponent, literal.truncated)
}

/// Infinity, with or without a sign, and NaN without one.
fn special(text: &[u8], signed: bool) -> Option<f64> {
    const fn word(text: [u8; 8]) -> u64 {
        u64::from_be_bytes(text)
    }
    const NAN: u64 = word(*b"\0\0\0\0\0nan");
    const INF: u64 = word(*b"\0\0\0\0\0inf");
    const INFINITY: u64 = word(*b"infinity");
    if text.len() > 8 {
        return None;
    }
    // The bit makes letters small, and nothing else a letter.
    match text.iter().fold(0, |word, byte| word << 8 | u64::from(byte | 0x20)) {
        INF | INFINITY => Some(f64::INFINITY),
        NAN if !signed => Some(f64::NAN),
        _ => None,
    }
}

/// Reads digits and exponent up to the end of `text`; `whole` has the base prefix as well.
fn read<'a>(text: &'a [u8], whole: &[u8], hex: bool) -> Option<Literal<'a>> {
    // The most digits that surely fit into 64 bits, the base, and the exponent that one digit is worth.
    let (most, base, step) = if hex { (16, 16, 4) } else { (19, 10, 1) };
    let mut literal = Literal { digits: text, mantissa: 0, significant: 0, exponent: 0, truncated: false };
    let mut rest = text;
    let (mut any, mut point, mut underscores) = (false, false, false);
    while let Some((&byte, after)) = rest.split_first() {
        match byte {
            b'_' => underscores = true,
            b'.' if !point => point = true,
            _ => {
                let Some(digit) = digit(byte, hex) else {
                    break;
                };
                any = true;
                if literal.significant < most {
                    literal.mantissa = literal.mantissa.wrapping_mul(base);
                    literal.mantissa = literal.mantissa.wrapping_add(u64::from(digit));
                    literal.significant = literal.significant.saturating_add(u32::from(literal.mantissa != 0));
                    literal.exponent = literal.exponent.saturating_sub(if point { step } else { 0 });
                } else {
                    literal.truncated |= digit != 0;
                    literal.exponent = literal.exponent.saturating_add(if point { 0 } else { step });
                }
            }
        }
        rest = after;
    }
    literal.digits = text.get(..text.len().wrapping_sub(rest.len()))?;
    let marker = if hex { b'p' } else { b'e' };
    match rest.split_first() {
        None if hex => return None,
        None => {}
        Some((byte, exponent)) if byte.to_ascii_lowercase() == marker => {
            let (exponent, spaced) = power(exponent)?;
            literal.exponent = literal.exponent.saturating_add(exponent);
            underscores |= spaced;
        }
        Some(_) => return None,
    }
    (any && !(underscores && misplaced_underscore(whole, hex))).then_some(literal)
}

fn digit(byte: u8, hex: bool) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte & 0xF),
        b'a'..=b'f' | b'A'..=b'F' if hex => Some((byte & 0xF).wrapping_add(9)),
        _ => None,
    }
}

/// Whether an underscore is not between two digits, the base prefix counting as one.
fn misplaced_underscore(text: &[u8], hex: bool) -> bool {
    let prefix = if hex { 2 } else { 0 };
    let mut before = None;
    for (at, &byte) in numbered(text) {
        let digit = at < prefix || digit(byte, hex).is_some();
        if (byte == b'_' && before != Some(true)) || (before == Some(false) && !digit) {
            return true;
        }
        before = match byte {
            // Waits for a digit.
            b'_' => Some(false),
            _ if digit => Some(true),
            _ => None,
        };
    }
    before == Some(false)
}
