//! The words that the grammar is made of: `nom` parsers over bytes, each with its own reason to fail.
//!
//! A parser takes what is left of a line and returns what is left after it. A fault remembers where it happened as a slice of
//! the line that starts there, which becomes an offset only at the end ([`finish`]): the good path never counts bytes.

use super::scan::Scan;
use super::search::find;
use super::window::find_soon;
use crate::{ErrorKind, ParseError};
use nom::IResult;
use nom::error::ErrorKind as NomKind;

/// What a parser of this crate returns.
pub(super) type Parsed<'a, O, I = &'a [u8]> = IResult<I, O, Fault<'a>>;

/// What is left of a line in which `|` ends a field. What follows the line is there too if `END` is what ends it; if `END` is `|`, nothing
/// follows.
pub(super) type Line<'a, const END: u8> = Scan<'a, b'|', END>;

/// A reason, and a slice of the line that starts where it holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Fault<'a> {
    kind: ErrorKind,
    at: &'a [u8],
}

impl<'a> nom::error::ParseError<&'a [u8]> for Fault<'a> {
    fn from_error_kind(at: &'a [u8], _: NomKind) -> Self {
        // Only combinators that invent an error of their own come here, and the grammar uses none of them.
        Fault { kind: ErrorKind::BadValue, at }
    }

    fn append(_: &'a [u8], _: NomKind, other: Self) -> Self {
        other
    }
}

impl<'a, const END: u8> nom::error::ParseError<Line<'a, END>> for Fault<'a> {
    fn from_error_kind(input: Line<'a, END>, kind: NomKind) -> Self {
        Fault::from_error_kind(input.rest(), kind)
    }

    fn append(_: Line<'a, END>, _: NomKind, other: Self) -> Self {
        other
    }
}

/// The failure `kind` at the start of `at`, a slice of the line.
pub(super) fn fail<O, I>(kind: ErrorKind, at: &[u8]) -> Parsed<'_, O, I> {
    Err(nom::Err::Failure(Fault { kind, at }))
}

/// The empty slice at the end of `input`.
pub(super) fn end(input: &[u8]) -> &[u8] {
    input.get(input.len()..).unwrap_or_default()
}

/// Turns the result of a whole line into the public form, with the offset counted from the start of `line`.
pub(super) fn finish<'a, O, I>(line: &'a [u8], parsed: Parsed<'a, O, I>) -> Result<O, ParseError> {
    match parsed {
        Ok((_, output)) => Ok(output),
        Err(nom::Err::Error(fault) | nom::Err::Failure(fault)) => {
            Err(ParseError { kind: fault.kind, offset: fault.at.as_ptr().addr().wrapping_sub(line.as_ptr().addr()) })
        }
        // The grammar knows no partial input.
        Err(nom::Err::Incomplete(_)) => Err(ParseError { kind: ErrorKind::Unterminated, offset: line.len() }),
    }
}

/// What comes before position `at`, what comes after it, and the byte there dropped; `None` past the end.
#[inline(always)]
pub(crate) fn split_around(input: &[u8], at: usize) -> Option<(&[u8], &[u8])> {
    let (before, rest) = input.split_at_checked(at)?;
    let (_, after) = rest.split_first()?;
    Some((before, after))
}

/// Everything up to the next `|`, which is left, or `NoPipe` at the end of the line.
#[inline(always)]
pub(super) fn until_pipe<const END: u8>(input: Line<'_, END>) -> Parsed<'_, &[u8], Line<'_, END>> {
    match input.piece() {
        (before, rest) if rest.rest().first() == Some(&b'|') => Ok((rest, before)),
        (_, rest) => fail(ErrorKind::NoPipe, rest.rest()),
    }
}

/// Everything up to the next `|`, which is left, or up to the end of the line.
#[inline(always)]
pub(super) fn field<const END: u8>(input: Line<'_, END>) -> Parsed<'_, &[u8], Line<'_, END>> {
    let (field, rest) = input.piece();
    Ok((rest, field))
}

/// The name before the first `:` and the value from there to the next `|`, which is left.
#[inline(always)]
pub(super) fn name_and_value<const END: u8>(input: Line<'_, END>) -> Parsed<'_, (&[u8], &[u8]), Line<'_, END>> {
    let (piece, rest) = input.piece();
    let colon = find_soon::<b':'>(input.rest()).or_else(|| find(b':', piece));
    match (colon.and_then(|at| split_around(piece, at)), rest.rest()) {
        (Some(name_and_value), [b'|', ..]) => Ok((rest, name_and_value)),
        (None, at_pipe @ [b'|', ..]) => fail(ErrorKind::NoColon, at_pipe),
        (_, end) => fail(ErrorKind::NoPipe, end),
    }
}

/// The `|` that a piece ended at.
#[inline(always)]
pub(super) fn pipe<const END: u8>(input: Line<'_, END>) -> Parsed<'_, u8, Line<'_, END>> {
    match input.delimiter() {
        Some((b'|', rest)) => Ok((rest, b'|')),
        _ => fail(ErrorKind::NoPipe, input.rest()),
    }
}

/// What stands between one `|` and the next in `input`, the first piece and the last included; none in an empty input.
pub(super) fn fields(input: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = non_empty(input).map(Line::<b'|'>::new);
    core::iter::from_fn(move || {
        let (piece, after) = rest?.split();
        rest = after;
        Some(piece)
    })
}

/// A whole number as Go's `strconv.ParseInt(s, 10, 64)` reads it: an optional sign and digits, nothing else.
pub(crate) fn integer(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    if digits.is_empty() {
        return None;
    }
    let mut value: i64 = 0;
    for &digit in digits {
        let digit = i64::from(digit.wrapping_sub(b'0'));
        if digit > 9 {
            return None;
        }
        let next = value.checked_mul(10)?;
        // Counted downwards for negatives, so that i64::MIN is read too.
        value = if negative { next.checked_sub(digit)? } else { next.checked_add(digit)? };
    }
    Some(value)
}

/// `Some` unless empty: an empty field says the same as an absent one.
pub(crate) fn non_empty(text: &[u8]) -> Option<&[u8]> {
    if text.is_empty() { None } else { Some(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_read_as_go_reads_them() {
        for (text, value) in [
            (&b"0"[..], Some(0)),
            (b"+5", Some(5)),
            (b"-5", Some(-5)),
            (b"007", Some(7)),
            (b"9223372036854775807", Some(i64::MAX)),
            (b"-9223372036854775808", Some(i64::MIN)),
            (b"9223372036854775808", None),
            (b"-9223372036854775809", None),
            (b"", None),
            (b"-", None),
            (b"+", None),
            (b"1_0", None),
            (b" 1", None),
            (b"1.0", None),
            (b"0x1", None),
        ] {
            assert_eq!(integer(text), value, "{text:?}");
        }
    }

    #[test]
    fn fields_are_what_stands_between_pipes() {
        let pieces: std::vec::Vec<_> = fields(b"a||b|").collect();
        assert_eq!(pieces, [&b"a"[..], b"", b"b", b""]);
        assert_eq!(fields(b"").count(), 0);
    }
}
