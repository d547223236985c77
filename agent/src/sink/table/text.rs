//! Text that a terminal shows as it is.

use std::fmt::Display;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The text with U+FFFD for every control character, so that what was received cannot steer the terminal.
pub(crate) fn printable(text: impl Display) -> String {
    text.to_string()
        .chars()
        .map(|symbol| if symbol.is_control() { char::REPLACEMENT_CHARACTER } else { symbol })
        .collect()
}

/// How many columns a text takes, whose only control characters are those of its styles.
pub(crate) fn columns(text: &str) -> usize {
    let mut pieces = text.split("\x1b[");
    let first = pieces.next().map_or(0, UnicodeWidthStr::width);
    first + pieces.map(|piece| piece.split_once('m').map_or(0, |(_, text)| text.width())).sum::<usize>()
}

/// The text cut to `width` columns, with an ellipsis if it is longer, and filled with blanks if it is shorter.
pub(super) fn fitted(text: &str, width: usize) -> String {
    let mut result = String::with_capacity(text.len().max(width));
    let mut used = 0;
    if columns(text) > width {
        for symbol in text.chars() {
            let wide = symbol.width().unwrap_or(0);
            if used + wide + 1 > width {
                break;
            }
            result.push(symbol);
            used += wide;
        }
        if used < width {
            result.push('…');
            used += 1;
        }
    } else {
        result.push_str(text);
        used = columns(text);
    }
    result.extend(std::iter::repeat_n(' ', width - used));
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_or_filled_to_its_width() {
        assert_eq!(fitted("abc", 5), "abc  ");
        assert_eq!(fitted("abcdef", 5), "abcd…");
        assert_eq!(fitted("abc", 3), "abc");
        assert_eq!(fitted("犬犬犬", 5), "犬犬…");
        assert_eq!(fitted("犬犬犬", 4), "犬… ");
        assert_eq!(fitted("abc", 0), "");
    }

    #[test]
    fn a_style_takes_no_columns() {
        assert_eq!(columns("a\x1b[1;31m犬\x1b[0mb"), 4);
    }

    #[test]
    fn nothing_that_was_received_can_steer_the_terminal() {
        assert_eq!(printable("a\x1b[2J\n\u{9b}1m"), "a\u{fffd}[2J\u{fffd}\u{fffd}1m");
    }
}
