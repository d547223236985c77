//! Text in JSON: bytes on this side, Unicode on the other.

use std::fmt::{self, Display, Write};

use basenji::core::wire::Text;
use serde::{Serialize, Serializer};

/// Bytes as text, with U+FFFD for what is not UTF-8: one for each broken sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Lossy<'a>(pub(crate) &'a [u8]);

impl Display for Lossy<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            f.write_str(chunk.valid())?;
            if !chunk.invalid().is_empty() {
                f.write_char(char::REPLACEMENT_CHARACTER)?;
            }
        }
        Ok(())
    }
}

impl Serialize for Lossy<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match str::from_utf8(self.0) {
            Ok(text) => serializer.serialize_str(text),
            Err(_) => serializer.collect_str(self),
        }
    }
}

/// Title or text of an event, with real newlines.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unescaped<'a>(pub(crate) Text<'a>);

impl Display for Unescaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A broken sequence cannot reach over a newline, so the chunks can be repaired one by one.
        self.0.chunks().try_for_each(|chunk| Lossy(chunk).fmt(f))
    }
}

impl Serialize for Unescaped<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_broken_sequence_is_one_replacement_character() {
        for (bytes, text) in [
            (&b"plain"[..], "plain"),
            (b"", ""),
            (b"a\xff\xfeb", "a\u{fffd}\u{fffd}b"),
            (b"a\xe6\xb8", "a\u{fffd}"),
            ("é\u{1f415}".as_bytes(), "é\u{1f415}"),
        ] {
            assert_eq!(Lossy(bytes).to_string(), text);
            let json = serde_json::to_string(&Lossy(bytes)).expect("text is serialised");
            assert_eq!(serde_json::from_str::<String>(&json).expect("valid JSON"), text);
        }
    }

    #[test]
    fn an_escaped_newline_is_a_newline() {
        assert_eq!(Unescaped(Text::Wire(b"a\\nb\xc3\\n\xff")).to_string(), "a\nb\u{fffd}\n\u{fffd}");
        assert_eq!(serde_json::to_string(&Unescaped(Text::Wire(b"a\\n\"b\""))).expect("text"), r#""a\n\"b\"""#);
    }
}
