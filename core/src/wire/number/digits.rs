//! The shortest decimal digits that read back as the same double, and the digits of an integer.

/// A finite number as a decimal fraction: 0.ddd times a power of ten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digits {
    negative: bool,
    point: i32,
    text: [u8; Digits::MOST],
    len: usize,
}

impl Digits {
    /// No double needs more digits.
    pub const MOST: usize = 17;

    /// The fewest digits to which `value` is the nearest double, and of those the nearest to it; `None` if it is not
    /// finite.
    pub fn of(value: f64) -> Option<Digits> {
        value.is_finite().then(|| {
            let digits = Digits::read(zmij::Buffer::new().format_finite(value.abs()).as_bytes());
            Digits { negative: value.is_sign_negative(), ..digits }
        })
    }

    /// Whether there is a minus sign, also that of -0.
    pub const fn is_negative(&self) -> bool {
        self.negative
    }

    /// The power of ten that 0.ddd is multiplied by: how many of the digits stand before the point. 1 for zero.
    pub const fn point(&self) -> i32 {
        self.point
    }

    /// The digits as text, at least one. Neither the first nor the last is 0, but for zero itself.
    pub fn text(&self) -> &[u8] {
        self.text.get(..self.len).unwrap_or_default()
    }

    /// The digits of decimal text with or without point and exponent.
    fn read(text: &[u8]) -> Digits {
        let mut digits = Digits { negative: false, point: 0, text: [b'0'; Digits::MOST], len: 0 };
        let mut fraction = false;
        let mut bytes = text.iter();
        for &byte in bytes.by_ref() {
            match byte {
                b'e' => break,
                b'.' => fraction = true,
                b'0' if digits.len == 0 => digits.point = digits.point.saturating_sub(i32::from(fraction)),
                digit => {
                    digits.point = digits.point.saturating_add(i32::from(!fraction));
                    // What does not fit is a zero behind the last digit.
                    if let Some(slot) = digits.text.get_mut(digits.len) {
                        *slot = digit;
                        digits.len = digits.len.saturating_add(1);
                    }
                }
            }
        }
        let (sign, exponent) = match bytes.as_slice() {
            [b'-', rest @ ..] => (-1, rest),
            [b'+', rest @ ..] => (1, rest),
            rest => (1, rest),
        };
        let exponent =
            exponent.iter().fold(0i32, |all, byte| all.saturating_mul(10).saturating_add(i32::from(byte & 0xF)));
        digits.point = digits.point.saturating_add(exponent.saturating_mul(sign));
        let zeros = digits.text().iter().rev().take_while(|&&digit| digit == b'0').count();
        digits.len = digits.len.saturating_sub(zeros);
        if digits.len == 0 {
            (digits.len, digits.point) = (1, 1);
        }
        digits
    }
}

/// The digits of an integer that is not negative.
pub(super) struct Whole {
    text: [u8; 20],
    start: usize,
}

impl Whole {
    #[inline]
    pub(super) fn new(mut value: u64) -> Whole {
        let mut whole = Whole { text: [0; 20], start: 20 };
        for slot in whole.text.iter_mut().rev() {
            *slot = b'0' | (value % 10) as u8;
            value /= 10;
            whole.start = whole.start.saturating_sub(1);
            if value == 0 {
                break;
            }
        }
        whole
    }

    #[inline]
    pub(super) fn text(&self) -> &[u8] {
        self.text.get(self.start..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::{Digits, Whole};

    #[test]
    fn digits_have_no_zeros_around_them_and_say_where_the_point_is() {
        for (value, text, point) in [
            (0.0, "0", 1),
            (1.0, "1", 1),
            (100.0, "1", 3),
            (10.5, "105", 2),
            (0.5, "5", 0),
            (0.001, "1", -2),
            (6820.027, "6820027", 4),
            (1e16, "1", 17),
            (1e300, "1", 301),
            (5e-324, "5", -323),
            (f64::MAX, "17976931348623157", 309),
            (9007199254740991.0, "9007199254740991", 16),
            (123456789012345680.0, "12345678901234568", 18),
        ] {
            let digits = Digits::of(value).unwrap();
            assert_eq!((digits.text(), digits.point()), (text.as_bytes(), point), "{value}");
            assert!(!digits.is_negative() && Digits::of(-value).unwrap().is_negative());
        }
        assert!([f64::NAN, f64::INFINITY].map(Digits::of) == [None, None]);
    }

    #[test]
    fn integers_are_written_to_their_last_digit() {
        assert_eq!(Whole::new(0).text(), b"0");
        assert_eq!(Whole::new(1230).text(), b"1230");
        assert_eq!(Whole::new(u64::MAX).text(), b"18446744073709551615");
    }
}
