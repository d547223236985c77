//! Numbers written as each language writes them.

use super::digits::{Digits, Whole};

/// Whole numbers below are written to their last digit, in every style.
const EXACT: f64 = (1u64 << 53) as f64;

/// Fractions from here to [`EXACT`] have the same text in every style.
const FRACTION: f64 = 1e-4;

/// How a number looks. Every style reads back as the same double, except that [`Style::JavaScript`] has no -0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Style {
    /// Ours: the fewest digits, no point behind a whole number, an exponent from 1e21 up and below 0.000001, where it
    /// is always shorter. `1`, `0.5`, `-0`, `1e21`, `1e-7`, `NaN`, `+Inf`, `-Inf`.
    #[default]
    Plain,
    /// Python's `repr(float)`: `1.0`, `-0.0`, `1e+16`, `1e-05`, `nan`, `inf`, `-inf`.
    Python,
    /// JavaScript's `String(number)`: `1`, `0`, `1e+21`, `1e-7`, `NaN`, `Infinity`, `-Infinity`.
    JavaScript,
    /// Go's `strconv.FormatFloat(value, 'f', -1, 64)`: never an exponent, up to 328 characters. `1`, `-0`, `NaN`,
    /// `+Inf`, `-Inf`.
    Go,
}

impl Style {
    /// What NaN, infinity and minus infinity are called.
    const fn not_finite(self) -> [&'static [u8]; 3] {
        match self {
            Style::Plain | Style::Go => [b"NaN", b"+Inf", b"-Inf"],
            Style::Python => [b"nan", b"inf", b"-inf"],
            Style::JavaScript => [b"NaN", b"Infinity", b"-Infinity"],
        }
    }

    /// Whether digits with the point there (see [`Digits::point`]) are written with an exponent.
    const fn has_exponent(self, point: i32) -> bool {
        match self {
            Style::Plain | Style::JavaScript => point < -5 || point > 21,
            Style::Python => point < -3 || point > 16,
            Style::Go => false,
        }
    }
}

/// Room for any number in any style.
#[derive(Debug, Clone)]
pub struct NumberBuffer([u8; NumberBuffer::SIZE]);

impl NumberBuffer {
    /// The longest is Go's text of the smallest numbers: a sign, `0.` and fewer than 330 digits.
    const SIZE: usize = 336;

    /// An empty buffer.
    pub const fn new() -> Self {
        NumberBuffer([0; NumberBuffer::SIZE])
    }

    fn text(&self, len: Option<usize>) -> &[u8] {
        self.0.get(..len.unwrap_or(0)).unwrap_or_default()
    }
}

impl Default for NumberBuffer {
    fn default() -> Self {
        NumberBuffer::new()
    }
}

/// Writes `value` in a style; the text is borrowed from the buffer.
pub fn format(value: f64, style: Style, buffer: &mut NumberBuffer) -> &[u8] {
    let len = write(value, style, &mut buffer.0);
    buffer.text(len)
}

/// Writes an integer, all of its digits.
pub fn format_i64(value: i64, buffer: &mut NumberBuffer) -> &[u8] {
    let len = write_i64(value, &mut buffer.0);
    buffer.text(len)
}

/// Writes an integer that is not negative, all of its digits.
pub fn format_u64(value: u64, buffer: &mut NumberBuffer) -> &[u8] {
    let len = write_integer(false, value, &mut buffer.0);
    buffer.text(len)
}

/// Writes `value` to the start of `out` and returns the length; `None` if it does not fit, and then `out` holds
/// anything.
pub fn write(value: f64, style: Style, out: &mut [u8]) -> Option<usize> {
    let mut text = Text::new(out, 0);
    let magnitude = value.abs();
    if value.is_sign_negative() && value.is_finite() && !(style == Style::JavaScript && value == 0.0) {
        text.put(b"-");
    }
    if magnitude < EXACT && (magnitude as u64) as f64 == magnitude {
        text.put(Whole::new(magnitude as u64).text());
        if style == Style::Python {
            text.put(b".0");
        }
    } else if (FRACTION..EXACT).contains(&magnitude) {
        text.put(zmij::Buffer::new().format_finite(magnitude).as_bytes());
    } else if let Some(digits) = Digits::of(magnitude) {
        if style.has_exponent(digits.point()) {
            scientific(&digits, style, &mut text);
        } else {
            positional(&digits, style, &mut text);
        }
    } else {
        let [nan, infinity, minus_infinity] = style.not_finite();
        text.put(match value {
            f64::INFINITY => infinity,
            f64::NEG_INFINITY => minus_infinity,
            _ => nan,
        });
    }
    text.finish()
}

/// Writes an integer to the start of `out` and returns the length; `None` if it does not fit, and then `out` holds
/// anything.
pub fn write_i64(value: i64, out: &mut [u8]) -> Option<usize> {
    write_integer(value < 0, value.unsigned_abs(), out)
}

/// Writes an integer that is not negative to the start of `out` and returns the length; `None` if it does not fit, and
/// then `out` holds anything.
pub fn write_u64(value: u64, out: &mut [u8]) -> Option<usize> {
    write_integer(false, value, out)
}

fn write_integer(negative: bool, magnitude: u64, out: &mut [u8]) -> Option<usize> {
    let mut text = Text::new(out, 0);
    if negative {
        text.put(b"-");
    }
    text.put(Whole::new(magnitude).text());
    text.finish()
}

/// Digits with a point where it belongs and zeros where digits are missing.
fn positional(digits: &Digits, style: Style, text: &mut Text<'_>) {
    let before = usize::try_from(digits.point()).unwrap_or(0);
    if before == 0 {
        text.put(b"0.");
        text.zeros(digits.point().unsigned_abs() as usize);
        text.put(digits.text());
    } else if let Some((whole, fraction @ [_, ..])) = digits.text().split_at_checked(before) {
        text.put(whole);
        text.put(b".");
        text.put(fraction);
    } else {
        text.put(digits.text());
        text.zeros(before.saturating_sub(digits.text().len()));
        if style == Style::Python {
            text.put(b".0");
        }
    }
}

/// One digit, the others behind a point, and an exponent.
fn scientific(digits: &Digits, style: Style, text: &mut Text<'_>) {
    let (first, rest) = digits.text().split_at_checked(1).unwrap_or_default();
    text.put(first);
    if !rest.is_empty() {
        text.put(b".");
        text.put(rest);
    }
    let exponent = digits.point().saturating_sub(1);
    text.put(match (exponent < 0, style) {
        (true, _) => b"e-",
        (false, Style::Plain) => b"e",
        (false, _) => b"e+",
    });
    if style == Style::Python && exponent.unsigned_abs() < 10 {
        text.put(b"0");
    }
    text.put(Whole::new(u64::from(exponent.unsigned_abs())).text());
}

/// Text at the start of a slice that may be too short for it.
pub(super) struct Text<'a> {
    out: &'a mut [u8],
    /// The length of the text, more than that of the slice if it did not fit.
    len: usize,
}

impl<'a> Text<'a> {
    /// Text that begins with the `len` bytes that `out` has.
    pub(super) fn new(out: &'a mut [u8], len: usize) -> Self {
        Text { out, len }
    }

    pub(super) fn put(&mut self, bytes: &[u8]) {
        let free = self.out.get_mut(self.len..).unwrap_or_default();
        for (to, from) in free.iter_mut().zip(bytes) {
            *to = *from;
        }
        self.len = self.len.saturating_add(bytes.len());
    }

    fn zeros(&mut self, count: usize) {
        let free = self.out.get_mut(self.len..).unwrap_or_default();
        for to in free.iter_mut().take(count) {
            *to = b'0';
        }
        self.len = self.len.saturating_add(count);
    }

    pub(super) fn finish(self) -> Option<usize> {
        (self.len <= self.out.len()).then_some(self.len)
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::{NumberBuffer, Style, format, format_i64, format_u64, write, write_i64};
    use proptest::prelude::*;
    use std::{format, string::String};

    fn text(value: f64, style: Style) -> String {
        String::from_utf8(format(value, style, &mut NumberBuffer::new()).to_vec()).unwrap()
    }

    #[test]
    fn each_style_writes_what_its_clients_write() {
        use Style::{Go, JavaScript, Plain, Python};
        // Value, ours, datadogpy, hot-shots, datadog-go.
        for (value, plain, python, javascript, go) in [
            (1.0, "1", "1.0", "1", "1"),
            (100.0, "100", "100.0", "100", "100"),
            (0.1 + 0.2, "0.30000000000000004", "0.30000000000000004", "0.30000000000000004", "0.30000000000000004"),
            (1e15, "1000000000000000", "1000000000000000.0", "1000000000000000", "1000000000000000"),
            (1e16, "10000000000000000", "1e+16", "10000000000000000", "10000000000000000"),
            (1e20, "100000000000000000000", "1e+20", "100000000000000000000", "100000000000000000000"),
            (1e21, "1e21", "1e+21", "1e+21", "1000000000000000000000"),
            (1e-4, "0.0001", "0.0001", "0.0001", "0.0001"),
            (1e-5, "0.00001", "1e-05", "0.00001", "0.00001"),
            (1e-6, "0.000001", "1e-06", "0.000001", "0.000001"),
            (1e-7, "1e-7", "1e-07", "1e-7", "0.0000001"),
            (f64::NAN, "NaN", "nan", "NaN", "NaN"),
            (f64::INFINITY, "+Inf", "inf", "Infinity", "+Inf"),
            (f64::NEG_INFINITY, "-Inf", "-inf", "-Infinity", "-Inf"),
            (0.0, "0", "0.0", "0", "0"),
            (-0.0, "-0", "-0.0", "0", "-0"),
            (9007199254740992.0, "9007199254740992", "9007199254740992.0", "9007199254740992", "9007199254740992"),
            (0.5, "0.5", "0.5", "0.5", "0.5"),
            (-12.5, "-12.5", "-12.5", "-12.5", "-12.5"),
            (1.5e300, "1.5e300", "1.5e+300", "1.5e+300", &format!("15{}", "0".repeat(299))),
            (-1.25e-9, "-1.25e-9", "-1.25e-09", "-1.25e-9", "-0.00000000125"),
            (
                f64::from_bits(0x430F_FBC9_D3D3_330A),
                "1125321067357793.2",
                "1125321067357793.2",
                "1125321067357793.2",
                "1125321067357793.2",
            ),
            (5e-324, "5e-324", "5e-324", "5e-324", &format!("0.{}5", "0".repeat(323))),
            (
                123456789012345680000.0,
                "123456789012345680000",
                "1.2345678901234568e+20",
                "123456789012345680000",
                "123456789012345680000",
            ),
        ] {
            for (style, expected) in [(Plain, plain), (Python, python), (JavaScript, javascript), (Go, go)] {
                assert_eq!(text(value, style), expected, "{value} in {style:?}");
            }
        }
    }

    #[test]
    fn integers_keep_every_digit() {
        let mut buffer = NumberBuffer::new();
        assert_eq!(format_i64((1 << 53) + 1, &mut buffer), b"9007199254740993");
        assert_eq!(format_i64(i64::MIN, &mut buffer), b"-9223372036854775808");
        assert_eq!(format_i64(-7, &mut buffer), b"-7");
        assert_eq!(format_u64(0, &mut buffer), b"0");
        assert_eq!(format_u64(u64::MAX, &mut buffer), b"18446744073709551615");
    }

    #[test]
    fn a_number_that_does_not_fit_is_not_written() {
        for value in [12.25, -0.001, 1e-9, f64::NAN, 1e30] {
            for style in [Style::Plain, Style::Python, Style::JavaScript, Style::Go] {
                let len = text(value, style).len();
                assert_eq!(write(value, style, &mut [0; 64][..len]), Some(len));
                assert_eq!(write(value, style, &mut [0; 64][..len - 1]), None);
            }
        }
        assert_eq!(write_i64(-10, &mut [0; 3]), Some(3));
        assert_eq!(write_i64(-10, &mut [0; 2]), None);
    }

    proptest! {
        #[test]
        fn every_finite_double_reads_back_from_every_style(bits in any::<u64>(), whole in any::<i64>(), cents in -1_000_000..1_000_000i32) {
            for value in [f64::from_bits(bits), whole as f64, (whole >> 20) as f64, f64::from(cents) / 100.0] {
                prop_assume!(value.is_finite());
                for style in [Style::Plain, Style::Python, Style::Go, Style::JavaScript] {
                    let text = text(value, style);
                    let back = parse(text.as_bytes());
                    prop_assert_eq!(back, Some(value), "{}", text);
                    if style != Style::JavaScript {
                        prop_assert_eq!(back.map(f64::to_bits), Some(value.to_bits()), "{}", text);
                    }
                }
            }
        }

        #[test]
        fn no_text_is_longer_than_the_standard_librarys(bits in any::<u64>()) {
            let value = f64::from_bits(bits);
            prop_assume!(value.is_finite());
            // Of two texts that are equally near, the even one is taken, as Python, JavaScript and Go do; the standard
            // library takes the larger.
            prop_assert_eq!(text(value, Style::Go).len(), format!("{value}").len());
        }
    }
}
