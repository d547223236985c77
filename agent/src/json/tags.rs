//! Tags in JSON.

use std::borrow::Cow;

use basenji::core::wire::Tags;
use serde::{Serialize, Serializer};

use super::Lossy;

/// The tags of a message as they were sent: in their order, duplicates included.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AsSent<'a>(pub(crate) Tags<'a>);

impl Serialize for AsSent<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(Lossy))
    }
}

/// The tags of something finished: sorted, each once.
pub(crate) fn sorted(tags: Tags<'_>) -> Vec<Cow<'_, str>> {
    let mut tags: Vec<_> = tags.iter().map(String::from_utf8_lossy).collect();
    tags.sort_unstable();
    tags.dedup();
    tags
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_as_sent_or_sorted_and_unique() {
        let tags = Tags::Text(b"b,a,,b,\xff");
        let json = serde_json::to_string(&AsSent(tags)).expect("tags are serialised");
        assert_eq!(json, "[\"b\",\"a\",\"\",\"b\",\"\u{fffd}\"]");
        assert_eq!(sorted(tags), ["", "a", "b", "\u{fffd}"]);
    }

    #[test]
    fn tags_that_look_the_same_stand_once() {
        assert_eq!(sorted(Tags::Text(b"a\xff,a\xfe")), ["a\u{fffd}"]);
    }
}
