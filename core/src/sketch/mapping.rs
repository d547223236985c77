//! Values to keys and back, as in the Agent.
//!
//! The bin of key `k` covers the values from `GAMMA^(k - BIAS - 1/2)` up to `GAMMA^(k - BIAS + 1/2)`, of which
//! `GAMMA^(k - BIAS)` stands for all; no value is further than 0.8 % from it. Key 0 stands for zero and all that is too
//! small; negative values have negative keys.

/// The ratio of two neighbouring bins: 1 + 2/128.
pub const GAMMA: f64 = 1.015625;

/// The natural logarithm of [`GAMMA`], as the Agent rounds it.
const LN_GAMMA: f64 = 0.015504186535965254;

/// The key of 1.
pub const BIAS: i16 = 1338;

/// The smallest positive value that does not count as zero, which is that of key 1.
pub const MIN_VALUE: f64 = 9.94185408912145e-10;

/// The largest key of a finite value, and its negative the smallest.
pub const MAX_KEY: i16 = 32766;

/// The key of values beyond [`MAX_KEY`] (above about 4.2e211), whose value is infinity; its negative is that of minus
/// infinity.
pub const INFINITE_KEY: i16 = 32767;

/// The key of a value. NaN has the key of zero.
#[inline]
pub fn key(value: f64) -> i16 {
    near(value.to_bits()).unwrap_or_else(|| any_key(value))
}

/// The key of any value.
#[inline(never)]
fn any_key(value: f64) -> i16 {
    let size = value.abs();
    let key = match near(size.to_bits()) {
        Some(key) => key,
        None if size >= MIN_VALUE => exact(size),
        None => 0,
    };
    if value.is_sign_negative() { key.wrapping_neg() } else { key }
}

/// The key of a value from [`MIN_VALUE`] on, as the Agent computes it: halves go to the even key.
#[cold]
#[inline(never)]
fn exact(value: f64) -> i16 {
    let exponent = libm::rint(libm::log(value) / LN_GAMMA);
    // At most 45,780 but for infinity, and conversion saturates.
    let key = (exponent as i32).saturating_add(i32::from(BIAS));
    i16::try_from(key.max(1)).unwrap_or(INFINITE_KEY)
}

/// No approximation where a register does not hold a double: it would cost more than it saves, and flash besides.
#[cfg(not(target_pointer_width = "64"))]
fn near(_: u64) -> Option<i16> {
    None
}

#[cfg(target_pointer_width = "64")]
use approximate::near;

/// The logarithm of a value in keys, in whole numbers: from a table of straight lines.
///
/// A binary exponent is worth a constant number of keys. The mantissa lies in one of 128 segments, in each of which a line runs beside the logarithm, as
/// far above it at the ends as below it in the middle: at most 2.5e-4 keys. Rounding adds less than 1e-6, here and in [`exact`](super::exact). Where
/// two keys meet within [`DOUBT`], the caller asks the logarithm itself, which is needed for one value in 1,024, so that every key is the Agent's.
#[cfg(target_pointer_width = "64")]
mod approximate {
    use super::{BIAS, LN_GAMMA};

    /// How many parts a key has: the upper half of a position is the key, the lower half the parts beyond.
    const PARTS: f64 = 4_294_967_296.0;

    /// How near to the border between two keys a line is not trusted: 1/2048 of a key.
    const DOUBT: u32 = 1 << 21;

    const SEGMENTS: usize = 128;

    /// Keys of a factor of e, and of 2.
    const KEYS_OF_E: f64 = 1.0 / LN_GAMMA;
    const KEYS_OF_2: f64 = core::f64::consts::LN_2 * KEYS_OF_E;

    /// Bits of a double below its exponent, and below its segment.
    const MANTISSA_BITS: u32 = f64::MANTISSA_DIGITS - 1;
    const BELOW: u32 = MANTISSA_BITS.wrapping_sub(SEGMENTS.ilog2());

    /// What is added to the exponent of 1 in a double.
    const EXPONENT_OF_1: f64 = (f64::MAX_EXP - 1) as f64;

    /// The exponent, as it stands in a double, of the least values that are known here, and how many follow: those from 2^-29 up to 2^700, whose keys
    /// are neither zero's nor the largest.
    const FIRST: u64 = 994;
    const EXPONENTS: u64 = 729;

    /// A segment of the mantissas from 1 to 2, in parts: the position at its begin less what the exponent is worth, and how far it is to its end.
    #[derive(Clone, Copy)]
    struct Segment {
        begin: u64,
        length: u64,
    }

    static TABLE: [Segment; SEGMENTS] = table();

    const fn table() -> [Segment; SEGMENTS] {
        let mut table = [Segment { begin: 0, length: 0 }; SEGMENTS];
        let mut at = 0;
        while at < SEGMENTS {
            let start = 1.0 + at as f64 / SEGMENTS as f64;
            let (begin, end) = (ln(start), ln(start + 1.0 / SEGMENTS as f64));
            let middle = ln(start + 0.5 / SEGMENTS as f64);
            // The line from begin to end is below the logarithm, most of all in the middle.
            let raised = begin + (middle - (begin + end) * 0.5) * 0.5;
            // A half more, so that what is above a whole number has been rounded.
            let position = BIAS as f64 + 0.5 - EXPONENT_OF_1 * KEYS_OF_2 + raised * KEYS_OF_E;
            table[at] =
                Segment { begin: (position * PARTS) as i64 as u64, length: ((end - begin) * KEYS_OF_E * PARTS) as u64 };
            at = at.wrapping_add(1);
        }
        table
    }

    /// The natural logarithm of a number from 1 to 2, by the series of the inverse hyperbolic tangent.
    const fn ln(number: f64) -> f64 {
        let ratio = (number - 1.0) / (number + 1.0);
        let (mut power, mut sum, mut odd) = (ratio, 0.0, 1.0);
        while odd < 40.0 {
            sum += power / odd;
            power *= ratio * ratio;
            odd += 2.0;
        }
        2.0 * sum
    }

    /// The key of a value, of which these are the bits; `None` if it is negative, not among those known here, or too near to the next key.
    #[inline(always)]
    pub(super) fn near(bits: u64) -> Option<i16> {
        let exponent = bits >> MANTISSA_BITS;
        if exponent.wrapping_sub(FIRST) >= EXPONENTS {
            return None;
        }
        let segment = TABLE[(bits >> BELOW) as usize % SEGMENTS];
        // How far in its segment, of 2^64.
        let far = bits << (u64::BITS - BELOW);
        let of_mantissa = (u128::from(far).wrapping_mul(u128::from(segment.length)) >> u64::BITS) as u64;
        let of_exponent = exponent.wrapping_mul((KEYS_OF_2 * PARTS) as u64);
        let position = of_exponent.wrapping_add(segment.begin).wrapping_add(of_mantissa);
        let is_sure = (position as u32).wrapping_add(DOUBT) >= 2 * DOUBT;
        is_sure.then_some((position >> u32::BITS) as i16)
    }
}

/// The value that stands for a key.
pub fn value(key: i16) -> f64 {
    let magnitude = match key.unsigned_abs() {
        0 => 0.0,
        // As a negative key, i16::MIN is not used.
        magnitude if magnitude >= INFINITE_KEY.unsigned_abs() => f64::INFINITY,
        magnitude => libm::pow(GAMMA, f64::from(magnitude) - f64::from(BIAS)),
    };
    if key < 0 { -magnitude } else { magnitude }
}

#[cfg(test)]
mod tests {
    use super::{GAMMA, INFINITE_KEY, MAX_KEY, MIN_VALUE, exact, key, value};
    use proptest::prelude::*;

    /// Values, their keys, and the values of those keys.
    const KNOWN: &[(f64, i16, f64)] = &[
        (1e-10, 0, 0.0),
        (1e-09, 1, 9.94185408912145e-10),
        (1e-06, 447, 1.0012811744228799e-06),
        (0.001, 892, 0.0009929133137704055),
        (0.01, 1041, 0.01000426875892004),
        (0.1, 1189, 0.09924896438683746),
        (0.25, 1249, 0.2516106057811922),
        (0.5, 1293, 0.49773454108044224),
        (1.0, 1338, 1.0),
        (1.5, 1364, 1.496469773436299),
        (2.0, 1383, 2.009103080990281),
        (3.0, 1409, 3.006562032419696),
        (4.0, 1427, 3.974395264043952),
        (5.0, 1442, 5.015009921317149),
        (7.0, 1464, 7.053525082284968),
        (10.0, 1487, 10.07567188411511),
        (20.0, 1531, 19.93163168041631),
        (42.0, 1579, 41.95128042811322),
        (50.0, 1590, 49.75221608642316),
        (98.0, 1634, 98.41952553878349),
        (99.0, 1634, 98.41952553878349),
        (100.0, 1635, 99.95733062532699),
        (101.0, 1636, 101.51916391634772),
        (255.0, 1695, 253.4064175509413),
        (256.0, 1696, 257.36589282517474),
        (500.0, 1739, 501.28700479439334),
        (1000.0, 1784, 1007.1372657928052),
        (1024.0, 1785, 1022.8737855708179),
        (10000.0, 1932, 9991.467945740931),
        (65535.0, 2053, 65218.168900627046),
        (100000.0, 2081, 100670.75266193926),
        (1000000.0, 2229, 998720.4648847829),
        (1000000000.0, 2675, 1005848598.2953796),
        (2147483648.0, 2724, 2150148053.5854073),
        (4294967296.0, 2769, 4319869079.043696),
        (9007199254740992.0, 3707, 8940946971424411.0),
        (1000000000000000.0, 3566, 1004561579693268.9),
        (1e+18, 4011, 9.961663041898143e+17),
        (9.223372036854776e+18, 4155, 9.28835809204959e+18),
        (3.4028234663852886e+38, 7061, 3.428853715378321e+38),
        (1e+100, 16189, 9.941819370781596e+99),
        (1e+200, 31041, 1.0038414384501766e+200),
    ];

    #[test]
    fn familiar_values_have_their_known_keys() {
        for &(familiar, known, representative) in KNOWN {
            assert_eq!(key(familiar), known, "{familiar}");
            assert_eq!(key(-familiar), -known, "-{familiar}");
            // Powers differ by a unit in the last place between mathematical libraries.
            assert!((value(known) / representative - 1.0).abs() <= f64::EPSILON || known == 0);
            assert_eq!(value(-known), -value(known));
        }
    }

    #[test]
    fn zero_and_what_is_too_small_have_key_0() {
        assert_eq!(value(1), MIN_VALUE);
        assert_eq!([key(0.0), key(-0.0), key(MIN_VALUE.next_down())], [0; 3]);
        assert_eq!([key(MIN_VALUE), key(MIN_VALUE.next_up())], [1; 2]);
        assert_eq!(key(MIN_VALUE * GAMMA), 2);
        assert_eq!(key(f64::from_bits(1)), 0);
        assert_eq!(key(f64::NAN), 0);
    }

    #[test]
    fn what_is_too_large_has_the_infinite_key() {
        assert_eq!(value(MAX_KEY), 4.137616223466104e+211);
        assert_eq!(key(value(MAX_KEY)), MAX_KEY);
        assert_eq!([key(f64::MAX), key(f64::INFINITY)], [INFINITE_KEY; 2]);
        assert_eq!([key(f64::MIN), key(f64::NEG_INFINITY)], [-INFINITE_KEY; 2]);
        assert_eq!(value(INFINITE_KEY), f64::INFINITY);
        assert_eq!([value(-INFINITE_KEY), value(i16::MIN)], [f64::NEG_INFINITY; 2]);
        assert!(value(MAX_KEY) > f64::from(f32::MAX) && value(MAX_KEY) > u64::MAX as f64);
    }

    #[test]
    fn every_finite_key_is_the_key_of_its_value() {
        for k in -MAX_KEY..=MAX_KEY {
            assert_eq!(key(value(k)), k);
        }
    }

    #[test]
    fn no_value_is_further_than_one_percent_from_that_of_its_bin() {
        for k in key(1e-6)..key(i64::MAX as f64) {
            let edge = value(k) * GAMMA.sqrt();
            for inside in [edge * (1.0 - 1e-9), value(k) / GAMMA.sqrt() * (1.0 + 1e-9)] {
                assert_eq!(key(inside), k);
                assert!((value(k) / inside - 1.0).abs() < 0.01);
            }
        }
    }

    #[test]
    fn around_the_border_of_every_key_the_key_is_that_of_the_logarithm() {
        for k in 1..MAX_KEY {
            let border = value(k) * GAMMA.sqrt();
            for distance in (-30..=30).flat_map(|step| [4e-8, 4e-7, 2e-16].map(|size| f64::from(step) * size)) {
                let near = border * (1.0 + distance);
                assert_eq!(key(near), exact(near), "{near:e}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100_000))]
        #[test]
        fn the_key_of_any_value_is_that_of_the_logarithm(number in MIN_VALUE.to_bits()..=f64::INFINITY.to_bits()) {
            let number = f64::from_bits(number);
            prop_assert_eq!(key(number), exact(number));
        }
    }
}
