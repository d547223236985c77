//! A line of a metric in three parts, none of which has been understood: what stands before its value, the value, and what follows it.
//!
//! Most lines differ from one that came before in nothing but their value, so that the other two parts tell what such a line means. The parts of a
//! line of up to 64 bytes before the end of its value are found together, without a search.

use super::Message;
use super::blocks::until;
use super::window::{Byte, Either};
use crate::ParseError;

/// A line of a metric in its parts, borrowed from the datagram. The name may still be refused, and so may all else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outline<'a> {
    /// The whole line, without its end.
    pub line: &'a [u8],
    /// What stands before the first `:`, at least one byte.
    pub name: &'a [u8],
    /// What stands between that and the next `|`.
    pub value: &'a [u8],
    /// What follows, from that `|` on.
    pub tail: &'a [u8],
}

impl<'a> Outline<'a> {
    /// The message that the line is. Cost: linear in the line.
    ///
    /// # Errors
    ///
    /// Those of [`Message::parse`].
    pub fn parse(&self) -> Result<Message<'a>, ParseError> {
        Message::parse_up_to::<b'\n'>(self.line)
    }

    /// The outline of the line that `text` begins with, what follows the line, and whether it ends in a newline; `None` if it is no line of a metric
    /// that can be taken apart so. `step` is called with each sixteen bytes of the name, and then with those of the tail, as long as there are so many
    /// left of it. Cost: linear in the line.
    #[inline(always)]
    pub(super) fn first_of(text: &'a [u8], mut step: impl FnMut(&[u8; 16])) -> Option<(Self, &'a [u8], bool)> {
        // An event or a service check.
        if let [b'_', ..] = text {
            return None;
        }
        let (name, value) = text.split_at_checked(until::<Either<b':', b'\n'>>(text, &mut step))?;
        let (b':', value) = value.split_first()? else { return None };
        let (value, tail) = value.split_at_checked(until::<Either<b'|', b'\n'>>(value, |_| ()))?;
        let [b'|', ..] = tail else { return None };
        let (tail, end) = tail.split_at_checked(until::<Byte<b'\n'>>(tail, &mut step))?;
        let (rest, terminated) = match end {
            [_, rest @ ..] => (rest, true),
            [] => (end, false),
        };
        let (line, _) = text.split_at_checked(text.len().wrapping_sub(end.len()))?;
        if name.is_empty() || matches!(tail, [.., b'\r']) {
            return None;
        }
        Some((Outline { line, name, value, tail }, rest, terminated))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Message, Messages};
    use super::*;
    use std::vec::Vec;

    #[test]
    fn parts_are_the_same_wherever_windows_end() {
        for (name, value, tail) in (1..140).flat_map(|name| [(name, 1, 3), (name, 70, 0), (name, 2, 140 - name)]) {
            let (name, value, tail) = ("n".repeat(name), "1".repeat(value), "x:|".repeat(tail));
            for rest in ["", "b:1|c", "b:1|c\nc:1|c", &"\n".repeat(70)] {
                let line = std::format!("{name}:{value}|c|{tail}x");
                let text = std::format!("{line}\n{rest}");
                let (found, after, terminated) = Outline::first_of(text.as_bytes(), |_| ()).expect("it is a metric");
                assert_eq!((found.name, found.value), (name.as_bytes(), value.as_bytes()));
                assert_eq!((found.line, after, terminated), (line.as_bytes(), rest.as_bytes(), true));
                assert_eq!(found.tail, &line.as_bytes()[name.len() + 1 + value.len()..]);
                let (found, after, terminated) = Outline::first_of(line.as_bytes(), |_| ()).expect("it is a metric");
                assert_eq!((found.line, after, terminated), (line.as_bytes(), &b""[..], false));
            }
        }
    }

    #[test]
    fn what_is_no_plain_line_of_a_metric_has_no_outline() {
        for text in [
            "",
            "\n",
            "a",
            "a:1",
            "a|c:1",
            ":1|c",
            "_e{1,1}:a|b",
            "_sc|a:1|0",
            "_a:1|c",
            "a:1|c\r\n",
            "\na:1|c",
            "a\n:1|c",
            "a:1\n|c",
        ] {
            assert_eq!(Outline::first_of(text.as_bytes(), |_| ()), None, "{text:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn outlines_and_other_messages_together_are_all_messages(
            datagram in "([a_:|1\r\n@#,]{0,20}|(n{1,40}:1(:2){0,20}[|]c[|]#(a,){0,30}\n)){0,8}", eol: bool, cut: bool,
        ) {
            let messages = || Messages::new(datagram.as_bytes()).require_eol(eol).truncated(cut);
            let expected: Vec<_> = messages().collect();
            let (mut left, mut found) = (messages(), Vec::<Result<Message<'_>, ParseError>>::new());
            loop {
                while let Some(outline) = left.outline() {
                    assert_eq!(left.line(), outline.line);
                    found.push(outline.parse());
                }
                match left.next() {
                    Some(message) => found.push(message),
                    None => break,
                }
            }
            assert_eq!(found, expected);
        }
    }
}
