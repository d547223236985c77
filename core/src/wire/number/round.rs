//! From exact integers to the nearest double.

use super::WIDE;
use core::num::NonZero;

/// The powers of ten that a double holds exactly.
const TENS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];

/// The powers of five that 64 bits hold.
const FIVES: [NonZero<u64>; 28] = {
    let mut fives = [NonZero::<u64>::MIN; 28];
    let mut power = 1u64;
    let mut i = 0;
    while i < fives.len() {
        fives[i] = NonZero::new(power).expect("no power of five is 0");
        power = power.wrapping_mul(5);
        i += 1;
    }
    fives
};

const HIGHEST_BIT: NonZero<u32> = NonZero::new(1 << 31).expect("it is not 0");

/// `mantissa` divided by 10 to the power of `decimals`, if both are exact as doubles, so that one division rounds
/// correctly.
#[inline]
pub(super) fn decimal_exactly(mantissa: u64, decimals: usize) -> Option<f64> {
    if mantissa > 1 << 53 {
        return None;
    }
    // No larger than 2^53: the conversion from a signed integer is exact, and cheaper.
    let value = mantissa as i64 as f64;
    if decimals == 0 {
        return Some(value);
    }
    Some(value / TENS.get(decimals)?)
}

/// 5 to the power of `power`, if 64 bits hold it: looked up, or on a small machine worked out.
fn five(power: u32) -> Option<NonZero<u64>> {
    if WIDE {
        return FIVES.get(power as usize).copied();
    }
    if power as usize >= FIVES.len() {
        return None;
    }
    NonZero::new((0..power).fold(1, |five: u64, _| five.wrapping_mul(5)))
}

/// The double that is nearest to `mantissa` times 10 to the power of `exponent`; `None` where that needs more than a
/// division of 128 bits by 64.
///
/// Fractions of up to 27 decimals and whole numbers of 64 bits are found here. All steps but the last are exact.
pub(super) fn decimal(mantissa: u64, exponent: i32) -> Option<f64> {
    let power = exponent.unsigned_abs();
    if !WIDE && exponent >= 0 {
        // A power beyond 0 is too rare to have code of its own.
        return if exponent == 0 { nearest(mantissa, 0, false) } else { None };
    }
    let five = five(power)?;
    if exponent >= 0 {
        // 10 to the power of 19 is the last that fits.
        let ten = (power <= 19).then(|| five.get() << power)?;
        return Some(mantissa.checked_mul(ten)? as f64);
    }
    // Small machines divide integers as fast as doubles, and need not have both.
    if WIDE && let Some(value) = decimal_exactly(mantissa, power as usize) {
        return Some(value);
    }
    // It has no highest bit.
    if mantissa == 0 {
        return Some(0.0);
    }
    // Both get their highest bit set, so the quotient of 128 bits by 64 has 63 or 64.
    let (above, below) = (mantissa.leading_zeros(), five.leading_zeros());
    let (numerator, divisor) = (mantissa << above, five.get() << below);
    let (high, rest) = divide(numerator >> 1, (numerator << 31) as u32, divisor);
    let (low, rest) = divide(rest, 0, divisor);
    let quotient = u64::from(high) << 32 | u64::from(low);
    let exponent = exponent.saturating_add_unsigned(below).saturating_sub_unsigned(above).saturating_sub(63);
    nearest(quotient, exponent, rest != 0)
}

/// Divides `dividend`, with 32 more bits appended, by a larger `divisor` that has its highest bit set; returns quotient
/// and remainder.
fn divide(dividend: u64, bits: u32, divisor: u64) -> (u32, u64) {
    if !WIDE {
        return divide_by_bit(dividend, bits, divisor);
    }
    let mut quotient = estimate(dividend, (divisor >> 32) as u32);
    let dividend = u128::from(dividend) << 32 | u128::from(bits);
    let mut product = u128::from(quotient).wrapping_mul(u128::from(divisor));
    while product > dividend {
        quotient = quotient.wrapping_sub(1);
        product = product.wrapping_sub(u128::from(divisor));
    }
    (quotient, dividend.wrapping_sub(product) as u64)
}

/// Estimates the digit of a quotient in base 2^32 from the two highest digits of the dividend and the highest one of the divisor, which has its
/// highest bit set: at most two too much (Knuth, The Art of Computer Programming, 4.3.1, theorem B).
pub(super) fn estimate(dividend: u64, divisor: u32) -> u32 {
    if WIDE {
        // The bit is set already; now the compiler sees that this is not 0.
        let quotient = dividend / NonZero::from(HIGHEST_BIT | divisor);
        return u32::try_from(quotient).unwrap_or(u32::MAX);
    }
    if (dividend >> 32) as u32 >= divisor {
        return u32::MAX;
    }
    divide_by_bit(dividend, 0, u64::from(divisor) << 32).0
}

/// [`divide`] in little code.
#[inline(never)]
fn divide_by_bit(dividend: u64, bits: u32, divisor: u64) -> (u32, u64) {
    (0..32).rev().fold((0, dividend), |(quotient, rest), place| {
        let carry = rest >> 63 == 1;
        let rest = rest << 1 | u64::from(bits >> place & 1);
        if carry || rest >= divisor { (quotient << 1 | 1, rest.wrapping_sub(divisor)) } else { (quotient << 1, rest) }
    })
}

/// The double nearest to `mantissa` times 2 to the power of `exponent`, ties to even; `None` if it is too large.
///
/// `inexact` says that the true mantissa is more than `mantissa`, by less than 1, and `mantissa` has then at least 55
/// bits or the result is zero.
pub(super) fn nearest(mantissa: u64, exponent: i32, inexact: bool) -> Option<f64> {
    const HALF: u64 = 1 << 63;
    const INFINITE: u64 = 0x7FF << 52;
    if mantissa == 0 {
        return Some(0.0);
    }
    let shift = mantissa.leading_zeros();
    let mantissa = mantissa << shift;
    // The exponent field of the result, before rounding; below 1 the result is subnormal and loses bits.
    let field = exponent.saturating_sub(shift as i32).saturating_add(63 + 1023);
    if field >= 0x7FF {
        return None;
    }
    let lost = 11u32.saturating_add_signed(1i32.saturating_sub(field).max(0));
    if lost > 64 {
        return Some(0.0);
    }
    let kept = mantissa.checked_shr(lost).unwrap_or(0);
    let rest = mantissa.wrapping_shl(64u32.wrapping_sub(lost));
    let up = rest > HALF || (rest == HALF && (inexact || kept & 1 == 1));
    // The mantissa's leading bit adds one to the exponent field, and a carry out of the mantissa does what it should.
    let bits = ((field.max(1) as u64).wrapping_sub(1) << 52).wrapping_add(kept).wrapping_add(u64::from(up));
    (bits < INFINITE).then(|| f64::from_bits(bits))
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn division_by_bit_gives_what_division_by_words_gives(high: u64, bits: u32, divisor: u64) {
            let divisor = divisor | 1 << 63;
            let dividend = high % divisor;
            assert_eq!(divide_by_bit(dividend, bits, divisor), divide(dividend, bits, divisor));
        }
    }
}
