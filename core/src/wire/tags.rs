//! Tags: a comma list on the wire (v1.0), or a list in memory.
//!
//! `key:value` has no meaning here, and nothing is trimmed, folded or limited. An empty item between commas is a tag of no
//! bytes, as in the Agent; no text at all is no tags.

use super::scan::Scan;
use super::search::{are_joined, has, same};
use super::writer::{Part, WriteError, Writer};

/// The tags of one message, borrowed.
///
/// Two values are equal when they hold the same tags in the same order, whatever their form.
///
/// # Example
///
/// ```
/// use basenji_core::wire::Tags;
///
/// let tags = Tags::Text(b"env:dev,page:home");
/// assert_eq!(tags, Tags::List(&[b"env:dev", b"page:home"]));
/// assert!(Tags::NONE.is_empty());
/// ```
#[derive(Debug, Clone, Copy)]
pub enum Tags<'a> {
    /// As on the wire, joined by commas; empty text is no tags.
    Text(&'a [u8]),
    /// One by one.
    List(&'a [&'a [u8]]),
}

/// The tags of a call, as a program has them: one by one, or [`Tags`], whose text may hold empty tags.
pub trait TagTexts {
    /// Whether `text` is these tags joined by commas, none of them empty or with a comma of its own. Linear in their bytes.
    fn are(&self, text: &[u8]) -> bool;

    /// [`TagTexts::are`] of a text that is known to hold so many tags; 255 are as many or more.
    #[inline(always)]
    fn are_counted(&self, text: &[u8], _count: u8) -> bool {
        self.are(text)
    }
}

impl<T: AsRef<[u8]>> TagTexts for &[T] {
    #[inline(always)]
    fn are(&self, text: &[u8]) -> bool {
        are_joined(self, text, has_comma)
    }

    #[inline(always)]
    fn are_counted(&self, text: &[u8], count: u8) -> bool {
        match count {
            u8::MAX => self.are(text),
            // As many tags as commas and one more: none has a comma of its own.
            count => self.len() == usize::from(count) && are_joined(self, text, |_| false),
        }
    }
}

fn has_comma(tag: &[u8]) -> bool {
    has(b',', tag)
}

impl TagTexts for Tags<'_> {
    #[inline(always)]
    fn are(&self, text: &[u8]) -> bool {
        match self {
            Tags::Text(tags) => same(tags, text),
            Tags::List(tags) => are_joined(tags, text, has_comma),
        }
    }
}

impl<'a> Tags<'a> {
    /// No tags.
    pub const NONE: Tags<'static> = Tags::Text(b"");

    /// Whether there is no tag.
    pub fn is_empty(&self) -> bool {
        match self {
            Tags::Text(text) => text.is_empty(),
            Tags::List(list) => list.is_empty(),
        }
    }

    /// The tags in order; each step searches one tag.
    #[inline]
    pub fn iter(&self) -> TagIter<'a> {
        let left = match *self {
            Tags::Text(b"") => Left::List(&[]),
            Tags::Text(text) => Left::Text(Scan::new(text)),
            Tags::List(list) => Left::List(list),
        };
        TagIter { left }
    }

    /// Appends `|#a,b`, or nothing without tags.
    pub(super) fn write(&self, writer: &mut Writer<'_>) -> Result<(), WriteError> {
        let mut separator: &[u8] = b"|#";
        match self {
            Tags::Text(b"") => Ok(()),
            Tags::Text(text) => {
                writer.raw(separator)?;
                writer.text(Part::Tags, text, b"|\n")
            }
            Tags::List(list) => {
                for tag in *list {
                    writer.raw(separator)?;
                    writer.text(Part::Tags, tag, b"|,\n")?;
                    separator = b",";
                }
                Ok(())
            }
        }
    }
}

impl Default for Tags<'_> {
    fn default() -> Self {
        Tags::NONE
    }
}

impl PartialEq for Tags<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Tags<'_> {}

impl<'a> IntoIterator for Tags<'a> {
    type Item = &'a [u8];
    type IntoIter = TagIter<'a>;

    fn into_iter(self) -> TagIter<'a> {
        self.iter()
    }
}

/// The tags of a [`Tags`], in order.
#[derive(Debug, Clone)]
pub struct TagIter<'a> {
    left: Left<'a>,
}

#[derive(Debug, Clone, Copy)]
enum Left<'a> {
    /// At least one tag is left in this text.
    Text(Scan<'a, b',', b','>),
    /// These tags are left.
    List(&'a [&'a [u8]]),
}

impl<'a> Iterator for TagIter<'a> {
    type Item = &'a [u8];

    #[inline]
    fn next(&mut self) -> Option<&'a [u8]> {
        match self.left {
            Left::Text(text) => {
                let (tag, rest) = text.split();
                self.left = rest.map_or(Left::List(&[]), Left::Text);
                Some(tag)
            }
            Left::List(list) => {
                let (tag, rest) = list.split_first()?;
                self.left = Left::List(rest);
                Some(*tag)
            }
        }
    }

    /// Cheaper than the same loop over [`TagIter::next`].
    #[inline]
    fn fold<B, F: FnMut(B, &'a [u8]) -> B>(self, init: B, f: F) -> B {
        match self.left {
            Left::Text(text) => text.fold(init, f),
            Left::List(list) => list.iter().copied().fold(init, f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    fn tags(text: &[u8]) -> Vec<&[u8]> {
        Tags::Text(text).iter().collect()
    }

    #[test]
    fn an_empty_item_is_a_tag_and_empty_text_is_none() {
        assert_eq!(tags(b""), Vec::<&[u8]>::new());
        assert_eq!(tags(b"a"), [b"a"]);
        assert_eq!(tags(b"a,,b"), [&b"a"[..], b"", b"b"]);
        assert_eq!(tags(b"a,"), [&b"a"[..], b""]);
        assert_eq!(tags(b","), [b"", b""]);
    }

    #[test]
    fn the_form_does_not_matter_for_equality() {
        assert_eq!(Tags::Text(b"a,b"), Tags::List(&[b"a", b"b"]));
        assert_ne!(Tags::Text(b"a,b"), Tags::List(&[b"b", b"a"]));
        assert_eq!(Tags::Text(b""), Tags::List(&[]));
    }
}
