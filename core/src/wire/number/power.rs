//! The exponent of a number as written.

/// The exponent behind its marker, which must be all of the text, and whether underscores are in it.
///
/// Digits after the fifth are ignored, as in Go: no text of a datagram's length makes up for such an exponent.
pub(super) fn power(text: &[u8]) -> Option<(i32, bool)> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let (mut power, mut underscores) = (0i32, false);
    if !digits.first()?.is_ascii_digit() {
        return None;
    }
    for &byte in digits {
        match byte {
            b'0'..=b'9' if power < 10_000 => power = power.wrapping_mul(10).wrapping_add(i32::from(byte & 0xF)),
            b'0'..=b'9' => {}
            b'_' => underscores = true,
            _ => return None,
        }
    }
    Some((if negative { power.wrapping_neg() } else { power }, underscores))
}
