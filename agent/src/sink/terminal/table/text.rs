//! Text that a terminal shows as it is.

use std::fmt::Display;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The text with every control character escaped, so that what was received can neither steer the terminal nor look like
/// something else.
pub(crate) fn printable(text: impl Display) -> String {
    let mut printable = String::new();
    for symbol in text.to_string().chars() {
        match symbol {
            '\n' => printable.push_str("\\n"),
            symbol if steers(symbol) => printable.extend(symbol.escape_unicode()),
            symbol => printable.push(symbol),
        }
    }
    printable
}

/// Whether a character changes how others are shown: control characters, those of the direction of writing, line ends
/// beyond ASCII, and characters without a width that hide in a name.
pub(crate) fn steers(symbol: char) -> bool {
    symbol.is_control()
        || matches!(symbol,
            '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// How many columns a text takes, whose only control characters are those of its styles.
pub(crate) fn columns(text: &str) -> usize {
    let mut pieces = text.split("\x1b[");
    let first = pieces.next().map_or(0, UnicodeWidthStr::width);
    first + pieces.map(|piece| piece.split_once('m').map_or(0, |(_, text)| text.width())).sum::<usize>()
}

/// The text without its middle, where it has more than `width` columns; nothing in no column.
pub(crate) fn cut(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let Some(rest) = width.checked_sub(1) else { return String::new() };
    let head = taken(text.chars(), rest.div_ceil(2));
    let tail = taken(text.chars().rev(), rest / 2);
    head.into_iter().chain(['…']).chain(tail.into_iter().rev()).collect()
}

/// As many symbols as fit.
fn taken(symbols: impl Iterator<Item = char>, width: usize) -> Vec<char> {
    let mut left = width;
    let fits = |symbol: &char| {
        let rest = left.checked_sub(symbol.width().unwrap_or(0));
        left = rest.unwrap_or_default();
        rest.is_some()
    };
    symbols.take_while(fits).collect()
}

/// The text in lines of `width` columns; beyond `most` of them it is cut.
pub(super) fn broken(text: &str, width: usize, most: usize) -> Vec<String> {
    let (mut lines, mut line) = (Vec::new(), String::new());
    let mut used = 0;
    for symbol in text.chars() {
        let wide = symbol.width().unwrap_or(0);
        if used + wide > width && used > 0 {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        used += wide;
        line.push(symbol);
    }
    lines.push(line);
    if lines.len() > most {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            *last = fitted(&format!("{last}…"), width);
        }
    }
    lines
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
    fn a_long_text_loses_its_middle_or_is_broken() {
        assert_eq!(cut("abcdefgh", 5), "ab…gh");
        assert_eq!(cut("abcde", 5), "abcde");
        assert_eq!(cut("犬犬犬犬", 6), "犬…犬");
        assert_eq!((cut("abc", 1), cut("abc", 0)), ("…".to_owned(), String::new()));
        assert_eq!(broken("abcdefgh", 3, 9), ["abc", "def", "gh"]);
        assert_eq!(broken("abcdefgh", 3, 2), ["abc", "de…"]);
    }

    #[test]
    fn a_style_takes_no_columns() {
        assert_eq!(columns("a\x1b[1;31m犬\x1b[0mb"), 4);
    }

    #[test]
    fn nothing_that_was_received_can_steer_the_terminal() {
        assert_eq!(printable("a\x1b[2J\n\u{9b}1m"), r"a\u{1b}[2J\n\u{9b}1m");
    }

    #[test]
    fn nothing_that_was_received_can_turn_the_direction_of_writing() {
        assert_eq!(printable("a\u{202e}b\u{2066}c\u{feff}é\u{5d0}"), "a\\u{202e}b\\u{2066}c\\u{feff}é\u{5d0}");
    }
}
