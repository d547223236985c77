//! `\n`, `\x7f`, `\x{10ffff}`, `\012`, `\.`: escapes of one character.

/// Reads the escape at the start of `text`, which begins with a backslash: its character, and what follows.
///
/// # Errors
///
/// There is no such escape.
pub(super) fn read(text: &str) -> Result<(u32, &str), String> {
    let mut letters = text.chars();
    letters.next();
    let Some(letter) = letters.next() else { return Err("a backslash at the end".to_owned()) };
    let rest = letters.as_str();
    let is_octal = |text: &str| text.starts_with(|digit: char| digit.is_digit(8));
    let simple = match letter {
        'a' => 0x07,
        'f' => 0x0c,
        'n' => 0x0a,
        'r' => 0x0d,
        't' => 0x09,
        'v' => 0x0b,
        'x' => return hexadecimal(rest).ok_or_else(|| unknown('x')),
        '0' => return Ok(octal(letter, rest)),
        // A digit alone is a group of before, which cannot be matched in linear time.
        '1'..='7' if is_octal(rest) => return Ok(octal(letter, rest)),
        _ if letter.is_ascii() && !letter.is_ascii_alphanumeric() => u32::from(letter),
        _ => return Err(unknown(letter)),
    };
    Ok((simple, rest))
}

fn unknown(letter: char) -> String {
    format!("there is no escape \\{letter}")
}

/// Up to three octal digits, the first of which has been read.
fn octal(first: char, rest: &str) -> (u32, &str) {
    let digits = rest.bytes().take(2).take_while(|byte| matches!(byte, b'0'..=b'7')).count();
    let (more, rest) = rest.split_at(digits);
    let rune = std::iter::once(first).chain(more.chars()).filter_map(|digit| digit.to_digit(8));
    (rune.fold(0, |rune, digit| rune * 8 + digit), rest)
}

/// Two hexadecimal digits, or any number of them in braces.
fn hexadecimal(text: &str) -> Option<(u32, &str)> {
    let (digits, rest) = match text.strip_prefix('{') {
        Some(braced) => braced.split_once('}')?,
        None => text.split_at_checked(2)?,
    };
    if digits.is_empty() {
        return None;
    }
    let mut rune = 0;
    for digit in digits.chars() {
        rune = rune * 16 + digit.to_digit(16)?;
        if rune > u32::from(char::MAX) {
            return None;
        }
    }
    Some((rune, rest))
}
