//! Whole numbers, read as the Agent reads them: a plain value of a file by YAML's rules, any other text by Go's.

use super::{Reading, Style};

/// The whole number of a text. A plain number with a fraction counts without it, as in the Agent, and a plain truth value as 1
/// or 0; both are said. One that is far too large is the largest there is.
pub(super) fn whole(text: &str, reading: &mut Reading) -> Option<i128> {
    match reading.style {
        Style::Text => of_go(text),
        Style::Plain => of_yaml(text).or_else(|| {
            let (number, is_exact) = float(text).or_else(|| Some((truth(text)?.into(), false)))?;
            if !is_exact {
                reading.said.push(format!("{text} is taken as {number}"));
            }
            Some(number)
        }),
    }
}

/// The truth value of a plain value that is a number: everything but 0 is true.
pub(super) fn is_not_0(text: &str, reading: &Reading) -> Option<bool> {
    let is_plain = reading.style == Style::Plain;
    let number = || of_yaml(text).map(|number| number != 0);
    is_plain.then(|| number().or_else(|| Some(of_float(text)? != 0.0)))?
}

/// `4_194_304`, `0x10`, `0b11`, and octal `010` and `0o10`; underscores stand anywhere after the first digit.
fn of_yaml(text: &str) -> Option<i128> {
    let digits = text.trim_start_matches(['+', '-']);
    digits.starts_with(|first: char| first.is_ascii_digit()).then(|| in_base(&text.replace('_', "")))?
}

/// What Go's `ParseInt` takes with base 0, after `.0` at the end was cut off: an underscore stands between two digits, or after a
/// prefix.
fn of_go(text: &str) -> Option<i128> {
    let without_zeros = text.trim_end_matches('0');
    let text = match without_zeros.strip_suffix('.') {
        Some(whole) if without_zeros.len() < text.len() => whole,
        _ => text,
    };
    let digits = text.trim_start_matches(['+', '-']);
    if !digits.starts_with(|first: char| first.is_ascii_digit()) || digits.contains("__") || digits.ends_with('_') {
        return None;
    }
    in_base(&text.replace('_', ""))
}

/// A number whose first digits say its base.
fn in_base(text: &str) -> Option<i128> {
    let (is_negative, digits) = match text.strip_prefix(['+', '-']) {
        Some(digits) => (text.starts_with('-'), digits),
        None => (false, text),
    };
    let digits = digits.to_ascii_lowercase();
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x', ..] => (16, &digits[2..]),
        [b'0', b'b', ..] => (2, &digits[2..]),
        [b'0', b'o', ..] => (8, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, &digits[..]),
    };
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
        return None;
    }
    let number = i128::from_str_radix(digits, radix).unwrap_or(i128::MAX);
    Some(if is_negative { -number } else { number })
}

/// A number of YAML with a point or an exponent, or one like `08`, which is not octal; whether it is whole.
fn float(text: &str) -> Option<(i128, bool)> {
    let number = of_float(text)?;
    Some((number as i128, number.fract() == 0.0))
}

fn of_float(text: &str) -> Option<f64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let is_float = digits.starts_with(|first: char| first.is_ascii_digit() || first == '.')
        && digits.bytes().all(|byte| byte.is_ascii_digit() || b"._eE+-".contains(&byte));
    let number = || text.replace('_', "").parse::<f64>().ok();
    is_float.then(number)?.filter(|number| number.is_finite())
}

/// A truth value in one of YAML's spellings.
fn truth(text: &str) -> Option<bool> {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Some(true),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::Source;
    use super::*;

    fn read(text: &str, style: Style) -> Option<i128> {
        whole(text, &mut Reading { style, ..Reading::new(Source::File) })
    }

    /// Each was read by go.yaml.in/yaml/v2 and by `ToIntE` of DataDog/cast, as in the Agent.
    #[test]
    fn a_plain_value_is_read_as_yaml_has_it() {
        for (text, number) in [
            ("1e3", 1000),
            ("1000.0", 1000),
            ("1000.7", 1000),
            ("-1.5", -1),
            ("1.5e1", 15),
            ("true", 1),
            ("off", 0),
            ("y", 1),
            ("On", 1),
            (".5", 0),
            ("5.", 5),
            ("1_000.5", 1000),
            ("1E3", 1000),
            ("+1e3", 1000),
            ("0b11", 3),
            ("0o10", 8),
            ("010", 8),
            ("08", 8),
            ("-08", -8),
            ("1__0", 10),
            ("1e-3", 0),
            ("0_1", 1),
            ("0x_1", 1),
            ("1_e3", 1000),
            ("1.e3", 1000),
            ("0.0", 0),
            ("-0", 0),
            ("1e18", 1_000_000_000_000_000_000),
            ("1_", 1),
            ("1e1_0", 10_000_000_000),
            ("012.5", 12),
            ("-010", -8),
            ("+0x10", 16),
            ("00", 0),
            ("+5", 5),
            ("0x1_", 1),
        ] {
            assert_eq!(read(text, Style::Plain), Some(number), "{text}");
        }
        for text in [
            "",
            "ten",
            "_1",
            "1e",
            "1.5e",
            "e5",
            ".e5",
            ".",
            "1e400",
            ".inf",
            ".nan",
            "0x1p4",
            "0x10.5",
            "0b2",
            "0o8",
            "0x",
            "tRue",
            "t",
            "12:30:45",
            "2001-01-01",
            "--1",
            "1 0",
            "+",
            "infinity",
            "nan",
        ] {
            assert_eq!(read(text, Style::Plain), None, "{text}");
        }
    }

    #[test]
    fn any_other_text_is_read_as_go_has_it() {
        for (text, number) in [
            ("10", 10),
            ("10.0", 10),
            ("1000.00", 1000),
            ("0x10", 16),
            ("010", 8),
            ("1_000", 1000),
            ("+5", 5),
            ("-0", 0),
            ("0x_1", 1),
            ("0b11", 3),
            ("0o10", 8),
            ("-5", -5),
            ("0_10", 8),
            ("1_0.0", 10),
            ("0x1.0", 1),
            ("+5.0", 5),
            ("00", 0),
            ("100", 100),
            ("0.0", 0),
        ] {
            assert_eq!(read(text, Style::Text), Some(number), "{text}");
        }
        for text in [
            "10.5", "1e3", "08", "09.0", " 5", "", "true", "1000.", "0.", ".0", "1__0", "_1", "1_", "0x", "0x1p4",
            "12:30:45",
        ] {
            assert_eq!(read(text, Style::Text), None, "{text}");
        }
    }

    #[test]
    fn what_is_taken_otherwise_than_it_is_written_is_said() {
        let said = |text| {
            let mut reading = Reading { style: Style::Plain, ..Reading::new(Source::File) };
            whole(text, &mut reading);
            reading.said
        };
        assert_eq!(said("1000.7"), ["1000.7 is taken as 1000"]);
        assert_eq!(said("true"), ["true is taken as 1"]);
        assert_eq!([said("1e3"), said("08"), said("x")], [const { Vec::<String>::new() }; 3]);
    }

    #[test]
    fn a_plain_number_is_true_unless_it_is_0() {
        let of = |text, style| is_not_0(text, &Reading { style, ..Reading::new(Source::File) });
        let plain = |text| of(text, Style::Plain);
        assert_eq!(["1e3", "2", "-1", "0.5", "0x10"].map(plain), [Some(true); 5]);
        assert_eq!(["0", "0.0", "-0", "00"].map(plain), [Some(false); 4]);
        assert_eq!((plain("x"), of("2", Style::Text)), (None, None));
    }
}
