//! Numbers with six decimals, whatever they are.

use super::digits::Whole;
use super::format::{Style, Text, write};

const MILLION: u64 = 1_000_000;

/// Below it a double's whole part fits 64 bits: 2^64.
const WHOLE: f64 = 18_446_744_073_709_551_616.0;

/// Writes `value` with six decimals, the nearest and of two the even one, to the start of `out` and returns the length;
/// `None` if it does not fit, and then `out` holds anything.
///
/// The text is that of Go's `strconv.FormatFloat(value, 'f', 6, 64)` and C's `%.6f`, but for numbers of 2^64 and more: of
/// those the fewest digits are written that read back as the same double, then zeros. `NaN`, `+Inf` and `-Inf` have no
/// decimals.
pub fn write_fixed6(value: f64, out: &mut [u8]) -> Option<usize> {
    let magnitude = value.abs();
    if magnitude < WHOLE {
        let whole = magnitude as u64;
        let millionths = millionths(magnitude - whole as f64);
        let mut text = Text::new(out, 0);
        if value.is_sign_negative() {
            text.put(b"-");
        }
        text.put(Whole::new(if millionths < MILLION { whole } else { whole.wrapping_add(1) }).text());
        text.put(b".");
        // The million stands for its zeros.
        text.put(Whole::new(MILLION.wrapping_add(millionths % MILLION)).text().get(1..).unwrap_or_default());
        return text.finish();
    }
    let len = write(value, Style::Go, out)?;
    let mut text = Text::new(out, len);
    if value.is_finite() {
        text.put(b".000000");
    }
    text.finish()
}

/// A fraction from 0 to below 1 in millionths, rounded; up to a million.
fn millionths(fraction: f64) -> u64 {
    // The fraction is its mantissa divided by two to the `shift`, at least 53. Beyond 100 it is far below a millionth.
    let shift = 1075_u32.saturating_sub((fraction.to_bits() >> 52) as u32);
    if shift > 100 {
        return 0;
    }
    let mantissa = fraction.to_bits() & ((1 << 52) - 1) | 1 << 52;
    let scaled = u128::from(mantissa).wrapping_mul(u128::from(MILLION));
    let floor = (scaled >> shift) as u64;
    let half = 1_u128.wrapping_shl(shift.wrapping_sub(1));
    let rest = scaled & half.wrapping_shl(1).wrapping_sub(1);
    floor.wrapping_add(u64::from(rest > half || (rest == half && floor % 2 == 1)))
}

#[cfg(test)]
mod tests {
    use super::write_fixed6;
    use proptest::prelude::*;
    use std::{format, string::String};

    fn text(value: f64) -> String {
        let mut out = [0; 336];
        let len = write_fixed6(value, &mut out).unwrap();
        String::from_utf8(out[..len].to_vec()).unwrap()
    }

    #[test]
    fn six_decimals_are_what_go_writes_for_a_timing() {
        for (value, expected) in [
            (0.1 + 0.2, "0.300000"),
            (1.0, "1.000000"),
            (-0.0, "-0.000000"),
            (-1.5, "-1.500000"),
            (0.999_999_6, "1.000000"),
            (0.000_000_4, "0.000000"),
            (0.000_000_5, "0.000000"),
            (1.000_000_5, "1.000001"),
            (7.0 / 16_777_216.0, "0.000000"),
            (2.5, "2.500000"),
            (5e-324, "0.000000"),
            (9_007_199_254_740_993.0, "9007199254740992.000000"),
            (1e21, "1000000000000000000000.000000"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "+Inf"),
            (f64::NEG_INFINITY, "-Inf"),
        ] {
            assert_eq!(text(value), expected, "{value}");
        }
    }

    #[test]
    fn a_number_that_does_not_fit_is_not_written() {
        for value in [1.5, 1e30, -0.25] {
            let len = text(value).len();
            assert_eq!(write_fixed6(value, &mut [0; 64][..len]), Some(len));
            assert_eq!(write_fixed6(value, &mut [0; 64][..len - 1]), None);
        }
    }

    proptest! {
        #[test]
        fn they_are_the_standard_librarys(bits in any::<u64>(), thousandths in any::<u32>(), half in 0u32..1 << 20) {
            // The last are ties in binary: odd multiples of 2^-21 with few bits before the point.
            let tie = (f64::from(half) * 2.0 + 1.0) / f64::from(1 << 21);
            for value in [f64::from_bits(bits), f64::from(thousandths) / 1000.0, tie, tie * 1000.0] {
                prop_assume!(value.abs() < 18_446_744_073_709_551_616.0);
                prop_assert_eq!(text(value), format!("{value:.6}"));
            }
        }
    }
}
