//! Numbers as Go's `strconv.ParseFloat(text, 64)` reads them.

/// The number that `text` is, or nothing if it is none or too large for one.
///
/// Decimal and hexadecimal (whose exponent is mandatory), underscores between digits, `inf` and `infinity` with a sign or
/// without, `nan` without a sign, letters in any case.
pub fn parse_float(text: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(text).ok()?.to_ascii_lowercase();
    if text == "nan" {
        return Some(f64::NAN);
    }
    let (negative, digits) = match text.strip_prefix(['+', '-']) {
        Some(rest) => (text.starts_with('-'), rest),
        None => (false, text.as_str()),
    };
    let magnitude = match (digits, digits.strip_prefix("0x")) {
        ("inf" | "infinity", _) => f64::INFINITY,
        (_, Some(hex)) => hexadecimal(hex)?,
        (_, None) => decimal(digits)?,
    };
    Some(if negative { -magnitude } else { magnitude })
}

/// A decimal number without a sign.
fn decimal(text: &str) -> Option<f64> {
    let text = without_underscores(text, ' ', |byte| byte.is_ascii_digit())?;
    // What is left of Rust's grammar besides `inf` and `nan` is Go's.
    let plain =
        text.bytes().all(|byte| byte.is_ascii_digit() || b".e+-".contains(&byte)) && !text.starts_with(['+', '-']);
    let value: f64 = if plain { text.parse().ok()? } else { return None };
    value.is_finite().then_some(value)
}

/// A hexadecimal number without a sign and without its `0x`.
fn hexadecimal(text: &str) -> Option<f64> {
    let text = without_underscores(text, '0', |byte| byte.is_ascii_hexdigit())?;
    let (mantissa, exponent) = text.split_once('p')?;
    let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // Far more than any mantissa can make up for.
    let size: i64 = digits.parse().unwrap_or(i64::MAX).min(1_000_000_000);
    let mut exponent = if exponent.starts_with('-') { -size } else { size };

    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut bits = Vec::new();
    for digit in whole.chars().chain(fraction.chars()) {
        let digit = digit.to_digit(16)?;
        bits.extend([8, 4, 2, 1].map(|bit| digit & bit != 0));
    }
    if bits.is_empty() {
        return None;
    }
    exponent -= 4 * fraction.len() as i64;
    let value = nearest(&bits, exponent);
    value.is_finite().then_some(value)
}

/// The double nearest to the whole number `bits` (highest bit first) times two to the power of `exponent`, halves to even.
fn nearest(bits: &[bool], exponent: i64) -> f64 {
    let Some(first) = bits.iter().position(|&bit| bit) else { return 0.0 };
    let bits = &bits[first..];
    // The value is below 2^top, and at least half of that.
    let top = bits.len() as i64 + exponent;
    if top > 1024 {
        return f64::INFINITY;
    }
    // The last bit that a double of this size has, but never below 2^-1074.
    let lowest = (top - 53).max(-1074);
    let kept = top - lowest;
    if kept < 0 {
        return 0.0;
    }
    let kept = kept as usize;
    let mut mantissa: u64 = 0;
    for index in 0..kept {
        mantissa = mantissa * 2 + u64::from(bits.get(index).copied().unwrap_or(false));
    }
    let half = bits.get(kept).copied().unwrap_or(false);
    let beyond = bits.iter().skip(kept + 1).any(|&bit| bit);
    if half && (beyond || mantissa % 2 == 1) {
        mantissa += 1;
    }
    // At most 2^53, and every factor is a power of two, in two steps because 2^-1074 is less than half of 2^-1022.
    mantissa as f64 * 2f64.powi(lowest as i32 / 2) * 2f64.powi(lowest as i32 - lowest as i32 / 2)
}

/// `text` without its underscores, each of which stands between two digits, or between `before` and a digit at the start.
fn without_underscores(text: &str, before: char, is_digit: fn(&u8) -> bool) -> Option<String> {
    let bytes = text.as_bytes();
    for (index, &byte) in bytes.iter().enumerate() {
        if byte == b'_' {
            let left = if index == 0 { before as u8 } else { bytes[index - 1] };
            let right = bytes.get(index + 1)?;
            if !is_digit(&left) || !is_digit(right) {
                return None;
            }
        }
    }
    Some(text.replace('_', ""))
}
