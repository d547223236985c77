//! Decimals of at most 19 digits, such as the 17 digits of a measured fraction: what 64 bits hold, with a point and an
//! exponent if need be.

use super::power::power;
use super::{WIDE, round, short};

/// As many digits surely fit into 64 bits.
const MOST_DIGITS: usize = 19;

/// Reads a decimal without a sign; `None` for any other text, which may still be a number.
pub(super) fn parse(text: &[u8]) -> Option<f64> {
    let (whole, rest) = digits(0, text);
    let before = text.len().wrapping_sub(rest.len());
    let (mantissa, rest, after) = match rest {
        [b'.', fraction @ ..] => {
            let (mantissa, rest) = digits(whole, fraction);
            (mantissa, rest, fraction.len().wrapping_sub(rest.len()))
        }
        rest => (whole, rest, 0),
    };
    // More digits have wrapped around.
    if !(1..=MOST_DIGITS).contains(&before.saturating_add(after)) {
        return None;
    }
    let exponent = match rest {
        [] => 0,
        [b'e' | b'E', rest @ ..] => match power(rest)? {
            (exponent, false) => exponent,
            (_, true) => return None,
        },
        _ => return None,
    };
    round::decimal(mantissa, exponent.saturating_sub(after as i32))
}

/// Appends the digits at the start of a text to a number, and returns the text behind them.
fn digits(mut number: u64, mut text: &[u8]) -> (u64, &[u8]) {
    while WIDE
        && let Some((eight, rest)) = text.split_first_chunk()
        && let Some(values) = short::digit_values(*eight)
    {
        number = number.wrapping_mul(100_000_000).wrapping_add(short::eight(values));
        text = rest;
    }
    while let [byte, rest @ ..] = text
        && byte.is_ascii_digit()
    {
        number = number.wrapping_mul(10).wrapping_add(u64::from(byte & 0xF));
        text = rest;
    }
    (number, text)
}
