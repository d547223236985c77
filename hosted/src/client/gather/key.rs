//! Kind, name and tags of a series, as one text.

use basenji_core::client::{MetricCall, Value};
use basenji_core::wire::{MetricKind, Tags};

/// Kind, name and tags of a series.
#[derive(Debug)]
pub(crate) struct Key {
    /// The name, then the tags, joined by commas.
    text: Box<[u8]>,
    name_len: u32,
    kind: MetricKind,
}

impl Key {
    pub(crate) fn new(kind: MetricKind, name: &str, tags: &[&str]) -> Key {
        // A comma would make two tags of one.
        let tags = tags.iter().map(|tag| tag.replace(',', "_")).collect::<Vec<_>>().join(",");
        Key { text: [name.as_bytes(), tags.as_bytes()].concat().into(), name_len: name.len() as u32, kind }
    }

    /// Kind, name, and tags as one text.
    #[inline]
    pub(crate) fn texts(&self) -> (MetricKind, &[u8], &[u8]) {
        let (name, tags) = self.text.split_at_checked(self.name_len as usize).unwrap_or_default();
        (self.kind, name, tags)
    }

    /// A call for this series.
    pub(crate) fn call<'a>(&'a self, value: Value<'a>) -> MetricCall<'a> {
        let (kind, name, tags) = self.texts();
        MetricCall { tags: Tags::Text(tags), ..MetricCall::new(name, kind, value) }
    }
}
