//! The sum of a count: a double, and beside it what a double leaves of whole numbers beyond 2^53, so that none of their digits are lost.
//!
//! The first word of the slot is the double, the second one the double of what it leaves.

use super::entry::Slot;

/// Below this every whole number is a double, and no other one is rounded to such a double.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Adds to the sum where that takes no second word; false if it does.
#[inline(always)]
pub(super) fn add_small(slot: &mut Slot, value: f64) -> bool {
    let sum = f64::from_bits(slot.a) + value;
    let is_small = sum.abs() < EXACT;
    if is_small {
        slot.a = sum.to_bits();
    }
    is_small
}

/// Adds to the sum.
#[inline(never)]
pub(super) fn add(slot: &mut Slot, value: f64) {
    let (sum, left) = two_sum(f64::from_bits(slot.a), value);
    slot.a = sum.to_bits();
    slot.b = (f64::from_bits(slot.b) + left).to_bits();
}

/// Adds the sum of `other`.
pub(super) fn merge(slot: &mut Slot, other: &Slot) {
    add(slot, f64::from_bits(other.a));
    slot.b = (f64::from_bits(slot.b) + f64::from_bits(other.b)).to_bits();
}

/// The sum as a double, and what that leaves.
pub(super) fn read(slot: &Slot) -> (f64, f64) {
    match slot.b {
        0 => (f64::from_bits(slot.a), 0.0),
        left => two_sum(f64::from_bits(slot.a), f64::from_bits(left)),
    }
}

/// The sum of two numbers, and by how much it was rounded; nothing where it is infinite.
fn two_sum(one: f64, other: f64) -> (f64, f64) {
    let sum = one + other;
    let of_other = sum - one;
    let left = (one - (sum - of_other)) + (other - of_other);
    (sum, if left.is_finite() { left } else { 0.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: i64 = 1 << 53;

    fn whole(slot: &Slot) -> i128 {
        let (sum, left) = read(slot);
        sum as i128 + left as i128
    }

    /// As a sample is taken in.
    fn take(slot: &mut Slot, value: i64) {
        if !add_small(slot, value as f64) {
            add(slot, value as f64);
        }
    }

    proptest::proptest! {
        #[test]
        fn no_digit_of_a_whole_number_is_lost(values: [[std::vec::Vec<i64>; 2]; 2]) {
            let (mut sum, mut all) = (Slot::new(0), 0i128);
            for [small, large] in values {
                let mut slot = Slot::new(0);
                // A hundred of them at most stay below 2^60.
                for value in small.iter().map(|value| value % 1000).chain(large.iter().map(|value| value % MOST)) {
                    take(&mut slot, value);
                    all += i128::from(value);
                }
                merge(&mut sum, &slot);
            }
            assert_eq!(whole(&sum), all);
        }
    }

    #[test]
    fn a_sum_that_a_double_rounds_to_the_last_whole_one_keeps_what_is_beyond() {
        for sign in [1, -1] {
            let mut slot = Slot::new(0);
            [MOST, 1, 1, 1, -2].into_iter().for_each(|value| take(&mut slot, sign * value));
            assert_eq!(whole(&slot), i128::from(sign * (MOST + 1)));
            take(&mut slot, -sign * MOST);
            assert_eq!(whole(&slot), i128::from(sign));
        }
    }

    #[test]
    fn what_is_beyond_a_double_is_infinite_and_stays_a_number() {
        let mut slot = Slot::new(0);
        (0..3).for_each(|_| add(&mut slot, f64::MAX));
        assert_eq!(read(&slot), (f64::INFINITY, 0.0));
    }
}
