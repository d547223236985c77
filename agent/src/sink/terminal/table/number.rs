//! Numbers for people.

/// A number in about three significant digits, with commas between thousands; whole numbers below 10^15 are exact.
pub(super) fn short(number: f64) -> String {
    // Minus zero is zero.
    let number = number + 0.0;
    let size = number.abs();
    if !number.is_finite() || (size != 0.0 && !(1e-4..1e15).contains(&size)) {
        return format!("{number:.2e}");
    }
    if number == number.trunc() {
        return grouped(format!("{number:.0}"));
    }
    // Digits behind the point, so that three count.
    let digits = (2 - size.log10().floor() as i32).clamp(0, 8) as usize;
    let text = format!("{number:.digits$}");
    grouped(if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text })
}

/// The same with a comma after every three digits before the point.
fn grouped(text: String) -> String {
    let digits = text.trim_start_matches('-');
    let sign = &text[..text.len() - digits.len()];
    let (whole, rest) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
    let mut result = sign.to_owned();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place) % 3 == 0 {
            result.push(',');
        }
        result.push(digit);
    }
    result + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        for (number, text) in [
            (0.0, "0"),
            (-0.0, "0"),
            (42.0, "42"),
            (1234567.0, "1,234,567"),
            (-1000.0, "-1,000"),
            (0.1, "0.1"),
            (0.123456, "0.123"),
            (12.3456, "12.3"),
            (999.5, "1,000"),
            (1234.56, "1,235"),
            (0.00012346, "0.000123"),
            (0.00001, "1.00e-5"),
            (1e15, "1.00e15"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "inf"),
        ] {
            assert_eq!(short(number), text, "{number:?}");
        }
    }
}
