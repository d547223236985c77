//! The entries of a mapping, found by their keys.

use crate::config::node::{Bad, Entry, Node, Shape};

/// The entries of a profile or a mapping.
pub(super) struct Fields<'a>(pub(super) &'a [Entry]);

impl<'a> Fields<'a> {
    pub(super) fn get(&self, key: &str) -> Option<&'a Node> {
        let entry = self.0.iter().find(|entry| entry.key.eq_ignore_ascii_case(key))?;
        (entry.value.shape != Shape::Null).then_some(&entry.value)
    }

    /// A text that is not empty.
    pub(super) fn word(&self, key: &str) -> Result<Option<&'a str>, Bad> {
        match self.get(key) {
            None => Ok(None),
            Some(Node { shape: Shape::Text(text), .. }) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
            Some(other) => Err(other.bad(format_args!("{key}: expected text, found {}", other.kind()))),
        }
    }
}
