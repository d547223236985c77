//! What must not stand in a text, and what replaces it.
//!
//! A [`Rule`] finds the first flaw of a text; [`clean`] applies it to all of it. Nothing is copied: the cleaned text is slices of the text and
//! of the replacements. Cost: linear.

use super::word::is_word;
use crate::wire::grammar::split_around;
use crate::wire::search::{find, find_any};

/// Bytes of a text that must not stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flaw {
    /// Bytes before it.
    pub at: usize,
    /// Its length, 1 or more; 0 is taken as 1.
    pub len: usize,
    /// What stands in its place.
    pub with: &'static [u8],
}

impl Flaw {
    /// One byte, in whose place `_` stands.
    const fn byte(at: usize) -> Self {
        Flaw { at, len: 1, with: b"_" }
    }
}

/// Finds the first flaw of a text, which may be what is left behind another flaw.
pub type Rule = fn(&[u8]) -> Option<Flaw>;

/// The slices of the cleaned `text`, to be put together; some may be empty.
pub fn clean(text: &[u8], rule: Rule) -> Cleaned<'_> {
    Cleaned { rest: text, replacement: None, rule }
}

/// The slices of a cleaned text.
#[derive(Debug, Clone)]
pub struct Cleaned<'a> {
    rest: &'a [u8],
    replacement: Option<&'static [u8]>,
    rule: Rule,
}

impl Cleaned<'_> {
    /// Bytes of all that is left.
    pub(super) fn size(self) -> usize {
        self.fold(0, |size, piece| size.saturating_add(piece.len()))
    }
}

impl<'a> Iterator for Cleaned<'a> {
    type Item = &'a [u8];

    #[inline]
    fn next(&mut self) -> Option<&'a [u8]> {
        if self.replacement.is_some() {
            return self.replacement.take();
        }
        if self.rest.is_empty() {
            return None;
        }
        let Some((flaw, (before, from))) =
            (self.rule)(self.rest).and_then(|flaw| Some((flaw, self.rest.split_at_checked(flaw.at)?)))
        else {
            return Some(core::mem::take(&mut self.rest));
        };
        self.rest = from.get(flaw.len.max(1)..).unwrap_or_default();
        self.replacement = Some(flaw.with);
        Some(before)
    }
}

/// The rules.
pub mod rule {
    use super::*;

    /// A newline becomes `_`: all that a peer's dialect changes where the peer changes nothing.
    #[inline]
    pub fn line(text: &[u8]) -> Option<Flaw> {
        find(b'\n', text).map(Flaw::byte)
    }

    /// `|`, newline and carriage return become `_`.
    #[inline]
    pub fn field(text: &[u8]) -> Option<Flaw> {
        find_any(*b"|\n\r", text).map(Flaw::byte)
    }

    /// `:`, `|`, newline and carriage return become `_`.
    #[inline]
    pub fn name(text: &[u8]) -> Option<Flaw> {
        find_any(*b":|\n\r", text).map(Flaw::byte)
    }

    /// `|`, `,`, newline and carriage return become `_`.
    #[inline]
    pub fn tag(text: &[u8]) -> Option<Flaw> {
        find_any(*b"|,\n\r", text).map(Flaw::byte)
    }

    /// What [`tag`] finds in one of several tags joined by commas, and a tag of no bytes among them.
    #[inline]
    pub fn tags(text: &[u8]) -> Option<Flaw> {
        if let Some(at) = find_any(*b"|\n\r", text) {
            return Some(Flaw::byte(at));
        }
        let mut rest = text;
        loop {
            let len = find(b',', rest).unwrap_or(rest.len());
            if len == 0 {
                return Some(Flaw { at: text.len().saturating_sub(rest.len()), len: 1, with: b"" });
            }
            rest = match rest.get(len..).and_then(<[u8]>::split_first) {
                Some((_, rest)) => rest,
                None => return None,
            };
        }
    }

    /// A newline becomes `\n`, two bytes.
    pub fn escaped(text: &[u8]) -> Option<Flaw> {
        find(b'\n', text).map(|at| Flaw { at, len: 1, with: b"\\n" })
    }

    /// Any line end, be it newline, carriage return or both, becomes `\n`, two bytes.
    pub fn line_ends(text: &[u8]) -> Option<Flaw> {
        let at = find_any(*b"\n\r", text)?;
        let both = text.get(at..).is_some_and(|rest| rest.starts_with(b"\r\n"));
        Some(Flaw { at, len: if both { 2 } else { 1 }, with: b"\\n" })
    }

    /// Any line end becomes `\n`, two bytes, and `|` becomes `_`: a service check's message ends at the first `|`.
    pub fn message(text: &[u8]) -> Option<Flaw> {
        match (line_ends(text), find(b'|', text)) {
            (Some(flaw), Some(pipe)) if pipe < flaw.at => Some(Flaw::byte(pipe)),
            (None, Some(pipe)) => Some(Flaw::byte(pipe)),
            (flaw, _) => flaw,
        }
    }

    /// A newline becomes `\n`, two bytes, and `m:` becomes `m\:`, as the official clients write a service check's message.
    pub fn official_message(text: &[u8]) -> Option<Flaw> {
        let key = text.windows(2).position(|pair| pair == b"m:");
        match (escaped(text), key) {
            (Some(flaw), Some(at)) if at < flaw.at => Some(Flaw { at, len: 2, with: b"m\\:" }),
            (None, Some(at)) => Some(Flaw { at, len: 2, with: b"m\\:" }),
            (flaw, _) => flaw,
        }
    }

    /// [`message`], and `m:` becomes `m\:`, as the official clients write it.
    pub fn official_strict_message(text: &[u8]) -> Option<Flaw> {
        let key = text.windows(2).position(|pair| pair == b"m:").map(|at| Flaw { at, len: 2, with: b"m\\:" });
        match (message(text), key) {
            (Some(flaw), Some(key)) => Some(if key.at < flaw.at { key } else { flaw }),
            (flaw, key) => flaw.or(key),
        }
    }

    /// Newlines are left out, `|`, `,` and carriage return become `_`.
    pub fn go_strict_tag(text: &[u8]) -> Option<Flaw> {
        tag(text).map(|flaw| match text.get(flaw.at) {
            Some(b'\n') => Flaw { with: b"", ..flaw },
            _ => flaw,
        })
    }

    /// Newlines are left out: datadog-go's tags.
    pub fn go_tag(text: &[u8]) -> Option<Flaw> {
        find(b'\n', text).map(|at| Flaw { at, len: 1, with: b"" })
    }

    /// Each character but Python's `\w` and `-`, `:`, `/`, `.` becomes `_`: datadogpy's tags. So does each ill-formed sequence of bytes.
    ///
    /// `\w` is that of Python 3.11. Later versions know letters that came with later versions of Unicode.
    pub fn python_tag(text: &[u8]) -> Option<Flaw> {
        let mut rest = text;
        loop {
            let kept = rest.iter().position(|&byte| !is_kept(byte))?;
            let (_, from) = rest.split_at_checked(kept)?;
            let at = text.len().saturating_sub(from.len());
            let (character, len) = first_character(from);
            if !character.is_some_and(|character| !character.is_ascii() && is_word(character)) {
                return Some(Flaw { at, len, with: b"_" });
            }
            rest = from.get(len..)?;
        }
    }

    /// `:`, `|`, `@`, `,`, `#`, newline and carriage return become `_`: hot-shots' keys, and tags that have none.
    pub fn javascript_key(text: &[u8]) -> Option<Flaw> {
        find_any(*b":|@,#\n\r", text).map(Flaw::byte)
    }

    /// `|`, `@`, `,`, `#`, newline and carriage return become `_`: hot-shots' values.
    pub fn javascript_value(text: &[u8]) -> Option<Flaw> {
        find_any(*b"|@,#\n\r", text).map(Flaw::byte)
    }

    /// `:`, `|`, `,`, newline, carriage return and a backslash at the end become `_`: hot-shots' keys for Telegraf.
    pub fn telegraf_key(text: &[u8]) -> Option<Flaw> {
        find_any(*b":|,\n\r", text).or_else(|| last_backslash(text)).map(Flaw::byte)
    }

    /// `|`, `,`, newline, carriage return and a backslash at the end become `_`: hot-shots' values for Telegraf.
    pub fn telegraf_value(text: &[u8]) -> Option<Flaw> {
        find_any(*b"|,\n\r", text).or_else(|| last_backslash(text)).map(Flaw::byte)
    }
}

/// The place of a backslash at the end.
fn last_backslash(text: &[u8]) -> Option<usize> {
    text.strip_suffix(b"\\").map(<[u8]>::len)
}

/// Whether datadogpy keeps an ASCII byte in a tag; no other byte is kept for itself.
const fn is_kept(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b':' | b'/' | b'.')
}

/// The character that `text` begins with and its length, or the length of the ill-formed sequence there.
fn first_character(text: &[u8]) -> (Option<char>, usize) {
    let head = text.get(..4).unwrap_or(text);
    let Some(chunk) = head.utf8_chunks().next() else { return (None, 1) };
    match chunk.valid().chars().next() {
        Some(character) => (Some(character), character.len_utf8()),
        None => (None, chunk.invalid().len()),
    }
}

/// Whether a cleaned text has the bytes of another.
pub(super) fn same(left: Cleaned<'_>, right: Cleaned<'_>) -> bool {
    left.flatten().eq(right.flatten())
}

/// Key and value of a tag, if it has a key: at least one byte before its first `:`.
pub(super) fn keyed(tag: &[u8]) -> Option<(&[u8], &[u8])> {
    find(b':', tag).filter(|&at| at > 0).and_then(|at| split_around(tag, at))
}

#[cfg(test)]
mod tests {
    use super::{Rule, clean, keyed, rule};
    use proptest::prelude::*;
    use std::string::String;
    use std::vec::Vec;

    fn cleaned(text: &str, rule: Rule) -> String {
        let bytes: Vec<u8> = clean(text.as_bytes(), rule).flatten().copied().collect();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn each_rule_replaces_what_it_names() {
        let text = "a:b|c,d#e@f\r\ng\nm:h \\";
        for (rule, expected) in [
            (rule::line as Rule, "a:b|c,d#e@f\r_g_m:h \\"),
            (rule::field, "a:b_c,d#e@f__g_m:h \\"),
            (rule::name, "a_b_c,d#e@f__g_m_h \\"),
            (rule::tag, "a:b_c_d#e@f__g_m:h \\"),
            (rule::escaped, "a:b|c,d#e@f\r\\ng\\nm:h \\"),
            (rule::line_ends, "a:b|c,d#e@f\\ng\\nm:h \\"),
            (rule::message, "a:b_c,d#e@f\\ng\\nm:h \\"),
            (rule::official_message, "a:b|c,d#e@f\r\\ng\\nm\\:h \\"),
            (rule::official_strict_message, "a:b_c,d#e@f\\ng\\nm\\:h \\"),
            (rule::go_tag, "a:b|c,d#e@f\rgm:h \\"),
            (rule::go_strict_tag, "a:b_c_d#e@f_gm:h \\"),
            (rule::python_tag, "a:b_c_d_e_f__g_m:h__"),
            (rule::javascript_key, "a_b_c_d_e_f__g_m_h \\"),
            (rule::javascript_value, "a:b_c_d_e_f__g_m:h \\"),
            (rule::telegraf_key, "a_b_c_d#e@f__g_m_h _"),
            (rule::telegraf_value, "a:b_c_d#e@f__g_m:h _"),
        ] {
            assert_eq!(cleaned(text, rule), expected);
        }
    }

    #[test]
    fn datadogpy_keeps_letters_and_numbers_of_all_scripts() {
        assert_eq!(cleaned("hé:日本", rule::python_tag), "hé:日本");
        assert_eq!(cleaned("emoji:\u{1f600}.", rule::python_tag), "emoji:_.");
        assert_eq!(cleaned("a\u{301}\u{661}²½\u{200d}\u{a0}x", rule::python_tag), "a_\u{661}²½__x");
    }

    #[test]
    fn an_ill_formed_sequence_is_one_flaw() {
        let text: Vec<u8> = clean(b"a\xffb\xe6\x97c\xf0\x9f\x98", rule::python_tag).flatten().copied().collect();
        assert_eq!(text, b"a_b_c_");
    }

    #[test]
    fn a_key_has_at_least_one_byte() {
        assert_eq!(keyed(b"k:v:w"), Some((&b"k"[..], &b"v:w"[..])));
        assert_eq!(keyed(b"k:"), Some((&b"k"[..], &b""[..])));
        assert_eq!((keyed(b":v"), keyed(b"bare"), keyed(b"")), (None, None, None));
    }

    proptest! {
        #[test]
        fn a_cleaned_text_is_clean(text in prop::collection::vec(prop::sample::select(&b"a:|,#@\r\nm\\\xc3\xa9\xf0"[..]), 0..40)) {
            // The rules that escape replace a byte by a text that holds it.
            for rule in [
                rule::line as Rule, rule::field, rule::name, rule::tag, rule::escaped, rule::line_ends, rule::message,
                rule::go_tag, rule::go_strict_tag, rule::official_strict_message, rule::python_tag, rule::javascript_key, rule::javascript_value, rule::telegraf_key,
                rule::telegraf_value,
            ] {
                let once: Vec<u8> = clean(&text, rule).flatten().copied().collect();
                prop_assert_eq!(rule(&once), None);
                prop_assert_eq!(clean(&text, rule).size(), once.len());
            }
        }
    }

    proptest! {
        #[test]
        fn joined_tags_stay_as_they_stand_if_each_of_them_does(text in "[a:,|\n\r]{0,6}|[a-c:,]{0,80}") {
            let is_clean = |tag: &str| !tag.is_empty() && rule::tag(tag.as_bytes()).is_none();
            assert_eq!(rule::tags(text.as_bytes()).is_none(), text.split(',').all(is_clean), "{text:?}");
        }
    }
}
