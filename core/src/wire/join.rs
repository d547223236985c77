//! Tags joined by commas to one text, as they stand on the wire.

use super::tags::Tags;

/// Appends these tags to `text`, joined by commas. Linear in their bytes.
///
/// # Example
///
/// ```
/// let mut text = b"#".to_vec();
/// basenji_core::wire::join([&b"env:dev"[..], b"page:home"], &mut text);
/// assert_eq!(text, b"#env:dev,page:home");
/// ```
pub fn join<'a>(tags: impl IntoIterator<Item = &'a [u8]>, text: &mut impl Extend<&'a u8>) {
    let mut separator: &[u8] = b"";
    for tag in tags {
        text.extend(separator);
        text.extend(tag);
        separator = b",";
    }
}

/// A list of tags joined in `LEN` bytes, as long as the text means what the list means: a context is found fastest by one text.
///
/// # Example
///
/// ```
/// use basenji_core::wire::{Joined, Tags};
///
/// let mut joined = Joined::<8>::new();
/// assert!(joined.push(b"a:1") && joined.push(b"b"));
/// assert_eq!(joined.tags(), Tags::Text(b"a:1,b"));
/// assert!(!joined.push(b"") && !joined.push(b",") && !joined.push(b"too long"));
/// ```
#[derive(Debug)]
pub struct Joined<const LEN: usize> {
    bytes: [u8; LEN],
    len: usize,
}

impl<const LEN: usize> Joined<LEN> {
    /// No tags.
    #[inline(always)]
    #[expect(clippy::new_without_default, reason = "it is made in one place of a call")]
    pub fn new() -> Self {
        Joined { bytes: [0; LEN], len: 0 }
    }

    /// Appends a tag. False, and nothing more may be asked, if there is no room for it, or if it could not be told from its neighbours: it is empty or
    /// holds a comma.
    #[inline(always)]
    pub fn push(&mut self, tag: &[u8]) -> bool {
        if tag.is_empty() || tag.contains(&b',') {
            return false;
        }
        let start = if self.len == 0 { 0 } else { self.len.saturating_add(1) };
        let Some(place) = self.bytes.get_mut(start..).and_then(|free| free.get_mut(..tag.len())) else { return false };
        place.copy_from_slice(tag);
        if let Some(comma) = self.bytes.get_mut(self.len..start).and_then(<[u8]>::first_mut) {
            *comma = b',';
        }
        self.len = start.saturating_add(tag.len());
        true
    }

    /// The tags.
    #[inline(always)]
    pub fn tags(&self) -> Tags<'_> {
        Tags::Text(self.bytes.get(..self.len).unwrap_or_default())
    }
}
