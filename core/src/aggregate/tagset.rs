//! The tags of a message as a set: special tags taken out, duplicates dropped, order forgotten.
//!
//! Every step is bounded by `n log n` in the number of tags, so that a hostile datagram of thousands of tags costs what its bytes cost.

use super::hash::{fold, hash};
use super::sort::sort;
use crate::Full;
use crate::numbered::numbered;
use crate::wire::Tags;

/// One tag in scratch: its hash and where its bytes are.
#[derive(Debug, Clone, Copy)]
pub struct TagSpan {
    hash: u64,
    /// The byte in a text or the place in a list, of the message's own tags or, after those, of the added ones.
    start: u32,
    len: u32,
}

impl TagSpan {
    /// A span that is not in use.
    pub const EMPTY: TagSpan = TagSpan { hash: 0, start: 0, len: 0 };
}

impl Default for TagSpan {
    fn default() -> Self {
        TagSpan::EMPTY
    }
}

/// The bit of `start` that tells the added tags from the message's own.
const ADDED: u32 = 1 << 31;

/// The tags of a message and those added to it.
#[derive(Debug, Clone, Copy)]
pub(super) struct TagSource<'a> {
    pub(super) own: Tags<'a>,
    pub(super) added: Tags<'a>,
    /// Whether `host:` and `dd.internal.` tags are taken out; to a client they are tags like others, which its server takes out.
    pub(super) special: bool,
}

impl<'a> TagSource<'a> {
    fn get(&self, span: TagSpan) -> &'a [u8] {
        let tags = if span.start & ADDED == 0 { self.own } else { self.added };
        let start = (span.start & !ADDED) as usize;
        match tags {
            Tags::Text(text) => text.get(start..).and_then(|rest| rest.get(..span.len as usize)).unwrap_or_default(),
            Tags::List(list) => list.get(start).copied().unwrap_or_default(),
        }
    }
}

/// Tags as a set, in scratch.
pub(super) struct TagSet<'a, 's> {
    source: TagSource<'a>,
    /// Unique tags by hash, until [`TagSet::in_order`].
    spans: &'s mut [TagSpan],
    /// Bytes of the tags joined by commas.
    pub(super) text_len: usize,
    /// A sum over the tags, which their order does not change.
    pub(super) hash: u64,
    /// The value of the message's last `host:` tag, else of the first that is added.
    pub(super) host: Option<&'a [u8]>,
}

impl<'a, 's> TagSet<'a, 's> {
    /// Reads the tags into `scratch`. Special tags are no part of the set.
    ///
    /// # Errors
    ///
    /// `Tags`: there are more tags than scratch.
    pub(super) fn read(source: TagSource<'a>, seed: u64, scratch: &'s mut [TagSpan]) -> Result<Self, Full> {
        let mut host = None;
        let mut count = 0usize;
        for (tags, side) in [(source.own, 0), (source.added, ADDED)] {
            for (place, tag) in numbered(tags.iter()) {
                if let Some(value) = tag.strip_prefix(b"host:").filter(|_| source.special) {
                    host = if side == 0 { Some(value) } else { host.or(Some(value)) };
                    continue;
                }
                if source.special && tag.starts_with(b"dd.internal.") {
                    continue;
                }
                let start = match tags {
                    Tags::Text(text) => tag.as_ptr().addr().wrapping_sub(text.as_ptr().addr()),
                    Tags::List(_) => place,
                };
                let span = scratch.get_mut(count).ok_or(Full::Tags)?;
                *span = TagSpan { hash: hash(seed, tag), start: start as u32 | side, len: tag.len() as u32 };
                count = count.wrapping_add(1);
            }
        }
        let spans = scratch.get_mut(..count).unwrap_or_default();
        sort(spans, |a, b| (a.hash, a.start) < (b.hash, b.start));
        let count = unique(spans, source);
        let spans = spans.get_mut(..count).unwrap_or_default();
        let text_len = spans.iter().fold(count.saturating_sub(1), |len, span| len.saturating_add(span.len as usize));
        let hash = spans.iter().fold(0u64, |sum, span| sum.wrapping_add(summand(seed, span.hash)));
        Ok(TagSet { source, spans, text_len, hash, host })
    }

    /// Whether the set is one tag of no bytes.
    pub(super) fn is_empty_tag(&self) -> bool {
        self.spans.len() == 1 && self.text_len == 0
    }

    /// Whether `text`, unique tags joined by commas in any order, holds the same set, given that it is as long as this one's.
    pub(super) fn equals(&self, seed: u64, text: &[u8]) -> bool {
        // Each is in here, none twice, and together they are as long: so none is missing.
        Tags::Text(text).iter().all(|tag| self.contains(hash(seed, tag), tag))
    }

    fn contains(&self, hash: u64, tag: &[u8]) -> bool {
        let first = self.spans.partition_point(|span| span.hash < hash);
        let same = self.spans.get(first..).unwrap_or_default().iter().take_while(|span| span.hash == hash);
        same.into_iter().any(|span| self.source.get(*span) == tag)
    }

    /// The tags in the order of the message, each at its first place. After this the set can no longer be searched.
    pub(super) fn in_order(&mut self) -> impl Iterator<Item = &'a [u8]> {
        sort(self.spans, |a, b| a.start < b.start);
        self.spans.iter().map(|span| self.source.get(*span))
    }
}

/// What a tag with this hash adds to the hash of its set.
fn summand(seed: u64, hash: u64) -> u64 {
    fold(hash, seed | 1)
}

/// What `tag` adds to the hash of its set.
pub(super) fn element(seed: u64, tag: &[u8]) -> u64 {
    summand(seed, hash(seed, tag))
}

/// Moves the first of each group of equal tags to the front, and returns how many there are. `spans` is sorted by hash.
fn unique(spans: &mut [TagSpan], source: TagSource<'_>) -> usize {
    let mut kept = 0usize;
    for read in 0..spans.len() {
        let Some(span) = spans.get(read).copied() else { break };
        let same_hash = spans.get(..kept).unwrap_or_default().iter().rev().take_while(|other| other.hash == span.hash);
        let tag = source.get(span);
        if same_hash.into_iter().any(|other| source.get(*other) == tag) {
            continue;
        }
        if let Some(place) = spans.get_mut(kept) {
            *place = span;
        }
        kept = kept.wrapping_add(1);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::string::String;
    use std::vec::Vec;

    fn read<'a>(own: &'a [u8], added: &'a [u8], scratch: &mut [TagSpan]) -> (u64, Vec<&'a [u8]>, Option<&'a [u8]>) {
        let source = TagSource { own: Tags::Text(own), added: Tags::Text(added), special: true };
        let mut set = TagSet::read(source, 7, scratch).expect("there is scratch");
        (set.hash, set.in_order().collect(), set.host)
    }

    #[test]
    fn special_tags_are_taken_out_and_the_last_host_holds() {
        let mut scratch = [TagSpan::EMPTY; 8];
        let (_, tags, host) =
            read(b"a,host:x,dd.internal.entity_id:p,b,host:,dd.internal.card:low", b"host:z,c", &mut scratch);
        assert_eq!((tags, host), (std::vec![&b"a"[..], b"b", b"c"], Some(&b""[..])));
    }

    #[test]
    fn more_tags_than_scratch_are_refused() {
        let source = TagSource { own: Tags::Text(b"a,b,c"), added: Tags::NONE, special: true };
        assert_eq!(TagSet::read(source, 0, &mut [TagSpan::EMPTY; 2]).err(), Some(Full::Tags));
    }

    proptest::proptest! {
        #[test]
        fn order_and_duplicates_do_not_matter(tags in proptest::collection::vec("[a-c]{0,2}", 0..12), turn: usize) {
            let mut turned = tags.clone();
            turned.rotate_left(turn % tags.len().max(1));
            turned.extend(tags.first().cloned());
            let (one, other) = (tags.join(","), turned.join(","));
            let (mut left, mut right) = ([TagSpan::EMPTY; 32], [TagSpan::EMPTY; 32]);
            let (hash, list, _) = read(one.as_bytes(), b"", &mut left);
            let (turned_hash, turned_list, _) = read(b"", other.as_bytes(), &mut right);
            // No tags and one tag of no bytes look the same when joined.
            if !one.is_empty() && !other.is_empty() {
                let sets = |list: &[&[u8]]| list.iter().map(|tag| tag.to_vec()).collect::<BTreeSet<_>>();
                assert_eq!(sets(&list).len(), list.len());
                assert_eq!(sets(&list), sets(&turned_list));
                assert_eq!(hash, turned_hash);
                let source = TagSource { own: Tags::Text(one.as_bytes()), added: Tags::NONE, special: true };
                let set = TagSet::read(source, 7, &mut left).expect("there is scratch");
                let joined = turned_list.iter().map(|tag| String::from_utf8_lossy(tag)).collect::<Vec<_>>().join(",");
                assert_eq!(set.text_len, joined.len());
                assert!(set.equals(7, joined.as_bytes()));
            }
        }
    }
}
