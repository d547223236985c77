//! The decimals that 128 bits cannot round: more than 19 digits, or an exponent beyond 27.
//!
//! Integers of a fixed size hold every such number exactly: a double, or the middle of two, has at most 767 significant
//! digits, so what comes after the first 768 is only "a little more". The work is bounded by that size, whatever the
//! length of the text. Exponents stay within a few thousand and counts of limbs below 100, so that plain sums of them cannot wrap.

use super::round;

/// Digits that are looked at one by one.
const MOST_DIGITS: u32 = 768;

/// The largest integer here is 5 to the power of 1099, or 769 decimal digits: 80 limbs, and one for a shift.
const LIMBS: usize = 82;

/// The double nearest to a decimal whose mantissa, of `significant` digits without leading zeros, is not 0 and is multiplied by 10 to the power of
/// `exponent`; `text` has its digits, with point and underscores. `None` if it is too large.
#[inline(never)]
pub(super) fn decimal(text: &[u8], significant: u32, exponent: i32) -> Option<f64> {
    // The number is 0.ddd times 10 to the power of `point`.
    let point = exponent.saturating_add(significant as i32);
    if point > 310 {
        return None;
    }
    if point < -330 {
        return Some(0.0);
    }
    let (mut number, digits) = Big::read(text);
    let exponent = point.wrapping_sub(digits as i32);
    if exponent >= 0 {
        number.multiply_by_power_of_5(exponent);
        let (top, shift, inexact) = number.top();
        return round::nearest(top, exponent.wrapping_add(shift), inexact);
    }
    let mut divisor = Big::one();
    divisor.multiply_by_power_of_5(exponent.wrapping_neg());
    // Both get the same number of limbs, the highest bit set: the quotient is between 1/2 and 2.
    let shift = divisor.normalise().wrapping_sub(number.normalise());
    let limbs = (number.len as i32).wrapping_sub(divisor.len as i32);
    divisor.shift_limbs(limbs.max(0) as usize);
    number.shift_limbs(limbs.min(0).unsigned_abs() as usize);
    let less = number.is_less_than(&divisor);
    if !less {
        number.subtract(&divisor, 1);
    }
    let mut quotient = 0u64;
    for _ in 0..2 {
        number.shift_limbs(1);
        quotient = quotient << 32 | u64::from(number.divide_step(&divisor));
    }
    let exponent = exponent.wrapping_add(shift).wrapping_add(limbs.wrapping_mul(32)).wrapping_sub(64);
    let inexact = !number.is_zero();
    if less {
        return round::nearest(quotient, exponent, inexact);
    }
    // The quotient's 65th bit is set.
    round::nearest(1 << 63 | quotient >> 1, exponent.wrapping_add(1), inexact || quotient & 1 == 1)
}

/// An unsigned integer, its lowest limb first.
struct Big {
    limbs: [u32; LIMBS],
    /// Limbs from here on are 0.
    len: usize,
}

impl Big {
    const ZERO: Big = Big { limbs: [0; LIMBS], len: 0 };

    /// Made, not copied: a constant of this size would stand in flash.
    fn one() -> Big {
        let mut one = Big::ZERO;
        one.multiply_add(0, 1);
        one
    }

    /// The first digits of a text that has at least one other than 0, and how many they are.
    fn read(text: &[u8]) -> (Big, u32) {
        let mut number = Big::ZERO;
        let mut digits = text.iter().filter_map(|byte| char::from(*byte).to_digit(10)).skip_while(|&digit| digit == 0);
        let mut count = 0u32;
        for digit in digits.by_ref().take(MOST_DIGITS as usize) {
            number.multiply_add(10, digit);
            count = count.wrapping_add(1);
        }
        if digits.any(|digit| digit != 0) {
            number.multiply_add(10, 1);
            count = count.wrapping_add(1);
        }
        (number, count)
    }

    fn used(&mut self) -> &mut [u32] {
        self.limbs.get_mut(..self.len).unwrap_or_default()
    }

    /// Multiplies and adds; what is beyond the last limb is dropped, which the sizes here do not let happen.
    fn multiply_add(&mut self, factor: u32, summand: u32) {
        let mut carry = u64::from(summand);
        for limb in self.used() {
            carry = carry.wrapping_add(u64::from(*limb).wrapping_mul(u64::from(factor)));
            *limb = carry as u32;
            carry >>= 32;
        }
        if carry != 0
            && let Some(limb) = self.limbs.get_mut(self.len)
        {
            *limb = carry as u32;
            self.len = self.len.wrapping_add(1);
        }
    }

    fn multiply_by_power_of_5(&mut self, mut exponent: i32) {
        const STEP: u32 = 13;
        const POWER: u32 = 5u32.pow(STEP);
        while exponent >= STEP as i32 {
            self.multiply_add(POWER, 0);
            exponent = exponent.wrapping_sub(STEP as i32);
        }
        for _ in 0..exponent {
            self.multiply_add(5, 0);
        }
    }

    /// Shifts left until the highest limb has its highest bit set; says by how many bits.
    fn normalise(&mut self) -> i32 {
        let shift = self.limb(self.len.wrapping_sub(1)).leading_zeros();
        self.multiply_add(1u32.wrapping_shl(shift), 0);
        shift as i32
    }

    /// Shifts left by whole limbs.
    fn shift_limbs(&mut self, by: usize) {
        self.len = self.len.wrapping_add(by).min(LIMBS);
        for to in (0..self.len).rev() {
            let from = to.checked_sub(by).map_or(0, |from| self.limb(from));
            if let Some(limb) = self.limbs.get_mut(to) {
                *limb = from;
            }
        }
    }

    /// Compares with a number of the same length.
    fn is_less_than(&self, other: &Big) -> bool {
        let limbs = self.limbs.iter().zip(&other.limbs).take(self.len);
        limbs.rev().find(|(one, other)| one != other).is_some_and(|(one, other)| one < other)
    }

    fn is_zero(&self) -> bool {
        self.limbs.iter().all(|&limb| limb == 0)
    }

    fn limb(&self, index: usize) -> u32 {
        self.limbs.get(index).copied().unwrap_or(0)
    }

    /// Subtracts `factor` times `other`, and says whether the result is negative (and has wrapped around).
    fn subtract(&mut self, other: &Big, factor: u32) -> bool {
        let mut product = 0u64;
        let mut borrow = false;
        for (limb, &by) in self.used().iter_mut().zip(&other.limbs) {
            product = product.wrapping_add(u64::from(by).wrapping_mul(u64::from(factor)));
            let (difference, under) = limb.overflowing_sub(product as u32);
            let (difference, again) = difference.overflowing_sub(u32::from(borrow));
            *limb = difference;
            borrow = under | again;
            product >>= 32;
        }
        borrow
    }

    /// Adds `other`, and says whether the sum wrapped around.
    fn add(&mut self, other: &Big) -> bool {
        let mut carry = 0u64;
        for (limb, &by) in self.used().iter_mut().zip(&other.limbs) {
            carry = carry.wrapping_add(u64::from(*limb)).wrapping_add(u64::from(by));
            *limb = carry as u32;
            carry >>= 32;
        }
        carry != 0
    }

    /// Leaves the remainder of the division by `divisor`, which is normalised, and returns the quotient, which must be
    /// below 2^32.
    fn divide_step(&mut self, divisor: &Big) -> u32 {
        let top = divisor.len.wrapping_sub(1);
        let dividend = u64::from(self.limb(divisor.len)) << 32 | u64::from(self.limb(top));
        let mut quotient = round::estimate(dividend, divisor.limb(top));
        let mut negative = self.subtract(divisor, quotient);
        for _ in 0..2 {
            if negative {
                quotient = quotient.wrapping_sub(1);
                negative = !self.add(divisor);
            }
        }
        self.len = divisor.len;
        quotient
    }

    /// The highest 64 bits, normalised, the power of 2 that they are multiplied by, and whether a bit below them is
    /// set.
    fn top(&mut self) -> (u64, i32, bool) {
        let shift = self.normalise();
        let below = self.len.wrapping_sub(2);
        let top = u64::from(self.limb(below.wrapping_add(1))) << 32 | u64::from(self.limb(below));
        let lower = self.limbs.iter().take(self.len.wrapping_sub(2));
        let inexact = lower.fold(0, |all, limb| all | limb) != 0;
        (top, (self.len as i32).wrapping_sub(2).wrapping_mul(32).wrapping_sub(shift), inexact)
    }
}
