//! `*`, `+`, `?` and `{2,5}`.

/// The most repetitions that a number may say.
pub(super) const MOST: u32 = 1000;

/// How often something is repeated.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Quantifier {
    pub(super) min: u32,
    pub(super) max: Option<u32>,
    /// Whether a `?` follows.
    pub(super) lazy: bool,
    /// Whether it is written in braces.
    pub(super) counted: bool,
}

/// Reads a repetition at the start of `text`; nothing if its brace stands for itself.
///
/// # Errors
///
/// A number is above [`MOST`], or the second below the first.
pub(super) fn read(text: &str) -> Result<Option<(Quantifier, &str)>, String> {
    let (min, max, counted, rest) = match text.as_bytes().first() {
        Some(b'*') => (0, None, false, &text[1..]),
        Some(b'+') => (1, None, false, &text[1..]),
        Some(b'?') => (0, Some(1), false, &text[1..]),
        _ => match braces(text) {
            None => return Ok(None),
            Some((min, max, rest)) => {
                if min > MOST || max.is_some_and(|max| max > MOST || max < min) {
                    return Err("a bad number of repetitions".to_owned());
                }
                (min, max, true, rest)
            }
        },
    };
    let (lazy, rest) = rest.strip_prefix('?').map_or((false, rest), |rest| (true, rest));
    Ok(Some((Quantifier { min, max, lazy, counted }, rest)))
}

/// `{2}`, `{2,}` or `{2,5}`.
fn braces(text: &str) -> Option<(u32, Option<u32>, &str)> {
    let (min, rest) = number(text.strip_prefix('{')?)?;
    let (max, rest) = match rest.strip_prefix(',') {
        None => (Some(min), rest),
        Some(rest) if rest.starts_with('}') => (None, rest),
        Some(rest) => number(rest).map(|(max, rest)| (Some(max), rest))?,
    };
    Some((min, max, rest.strip_prefix('}')?))
}

/// A number without zeros in front; one that is far too large is [`u32::MAX`].
fn number(text: &str) -> Option<(u32, &str)> {
    let end = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    if digits.is_empty() || (digits.len() > 1 && digits.starts_with('0')) {
        return None;
    }
    Some((digits.parse().unwrap_or(u32::MAX), rest))
}
