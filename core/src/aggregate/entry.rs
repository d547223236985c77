//! One context in the table: where its text is, when it was last seen, and its bucket, in 64 bytes.

use super::pool::{Block, NONE, slice, slice_mut};
use crate::wire::{MetricKind, OriginFields, Tags};

/// One context. Opaque: its layout is the aggregator's.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// Low halves of the two hashes.
    pub(super) exact_hash: u32,
    pub(super) set_hash: u32,
    /// The next entry of the same head in each index.
    pub(super) exact_next: u32,
    pub(super) set_next: u32,
    /// Where name, host, tags, origin and member stand in the text, one after the other.
    pub(super) text: u32,
    pub(super) name_len: u16,
    pub(super) host_len: u16,
    pub(super) tags_len: u16,
    pub(super) origin_len: u16,
    /// The member of a set whose members are series of their own.
    pub(super) member_len: u16,
    pub(super) kind: MetricKind,
    /// How many tags their text tells, 255 if they are as many or more. Without text it is 1 for one tag of no bytes, which the text cannot tell
    /// from none.
    pub(super) tags: u8,
    /// Seconds since 1970 of the last sample without a timestamp of its own; 0 if there was none.
    pub(super) last_seen: u32,
    /// The number of the bucket in use last, [`NONE`] without samples, and its two words.
    pub(super) bucket: u32,
    pub(super) a: u64,
    pub(super) b: u64,
    /// Further buckets, a chain of cells.
    pub(super) more: u32,
    /// Timestamped points, a chain of cells.
    pub(super) points: u32,
}

impl Entry {
    /// An entry that is not in use: zeros, so that a `static` of them takes no flash.
    pub const EMPTY: Entry = Entry {
        exact_hash: 0,
        set_hash: 0,
        exact_next: 0,
        set_next: 0,
        text: 0,
        name_len: 0,
        host_len: 0,
        tags_len: 0,
        origin_len: 0,
        member_len: 0,
        kind: MetricKind::Count,
        tags: 0,
        last_seen: 0,
        bucket: 0,
        a: 0,
        b: 0,
        more: 0,
        points: 0,
    };

    /// The bucket in use last.
    pub(super) fn slot(&self) -> Option<Slot> {
        (self.bucket != NONE).then_some(Slot { at: u64::from(self.bucket), a: self.a, b: self.b })
    }

    /// Makes `slot` the bucket in use last.
    pub(super) fn put_slot(&mut self, slot: &Slot) {
        // Bucket numbers fit: seconds divided by a length, or else they would be the mark for none.
        self.bucket = u32::try_from(slot.at).unwrap_or(NONE);
        (self.a, self.b) = (slot.a, slot.b);
    }

    /// All buckets, in no order.
    pub(super) fn buckets<'a>(&self, words: &'a [u64]) -> impl Iterator<Item = Slot> + use<'a> {
        self.slot().into_iter().chain(Chain { words, next: self.more })
    }

    /// All points, the youngest first.
    pub(super) fn points<'a>(&self, words: &'a [u64]) -> impl Iterator<Item = Slot> + use<'a> {
        Chain { words, next: self.points }
    }

    /// Whether there is a bucket or a point.
    pub(super) fn has_samples(&self) -> bool {
        self.bucket != NONE || self.points != NONE
    }

    /// Whether the tags are one tag of no bytes.
    #[inline(always)]
    pub(super) fn has_empty_tag(&self) -> bool {
        self.tags_len == 0 && self.tags != 0
    }

    /// Bytes of text.
    pub(super) fn text_len(&self) -> usize {
        usize::from(self.name_len)
            .wrapping_add(usize::from(self.host_len))
            .wrapping_add(usize::from(self.tags_len))
            .wrapping_add(usize::from(self.origin_len))
            .wrapping_add(usize::from(self.member_len))
    }

    /// The entry's name, host, tags, origin and member in `text`.
    #[inline(always)]
    pub(super) fn key<'a>(&self, text: &'a [u8]) -> StoredKey<'a> {
        let text = text.get(self.text as usize..).unwrap_or_default();
        let (name, text) = text.split_at_checked(self.name_len.into()).unwrap_or_default();
        let (host, text) = text.split_at_checked(self.host_len.into()).unwrap_or_default();
        let (tags, text) = text.split_at_checked(self.tags_len.into()).unwrap_or_default();
        let (origin, text) = text.split_at_checked(self.origin_len.into()).unwrap_or_default();
        let member = text.get(..self.member_len.into()).unwrap_or_default();
        StoredKey { name, host, tags, origin, member, empty_tag: self.has_empty_tag() }
    }
}

impl Default for Entry {
    fn default() -> Self {
        Entry::EMPTY
    }
}

/// The text of an entry.
#[derive(Debug, Clone, Copy)]
pub(super) struct StoredKey<'a> {
    pub(super) name: &'a [u8],
    pub(super) host: &'a [u8],
    pub(super) tags: &'a [u8],
    pub(super) origin: &'a [u8],
    pub(super) member: &'a [u8],
    pub(super) empty_tag: bool,
}

impl<'a> StoredKey<'a> {
    pub(super) fn tags(&self) -> Tags<'a> {
        if self.empty_tag { Tags::List(&[b""]) } else { Tags::Text(self.tags) }
    }

    pub(super) fn origin(&self) -> OriginFields<'a> {
        OriginFields::from_fields(self.origin)
    }
}

/// One bucket of one context, or one timestamped point: when, and two words whose meaning is the kind's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot {
    /// The number of the bucket (its start divided by its length), or the second of the point.
    pub(super) at: u64,
    pub(super) a: u64,
    pub(super) b: u64,
}

impl Slot {
    /// A slot without samples.
    pub(super) const fn new(at: u64) -> Self {
        Slot { at, a: 0, b: 0 }
    }

    /// The slot in four cells, and the next of its chain.
    pub(super) fn load(words: &[u64], at: u32) -> Option<(Slot, u32)> {
        if at == NONE {
            return None;
        }
        match slice(words, Block { at, class: 0 }) {
            &[at, a, b, next] => Some((Slot { at, a, b }, next as u32)),
            _ => None,
        }
    }

    /// Puts the slot into four cells.
    pub(super) fn store(&self, cell: &mut [u64], next: u32) {
        if let [at, a, b, link] = cell {
            (*at, *a, *b, *link) = (self.at, self.a, self.b, u64::from(next));
        }
    }
}

/// Turns the order of the first `count` slots of a chain.
pub(super) fn reverse(chain: &mut u32, count: usize, words: &mut [u64]) {
    if count == 0 {
        return;
    }
    let (first, mut at, mut turned) = (*chain, *chain, NONE);
    for _ in 0..count {
        let Some((slot, next)) = Slot::load(words, at) else { break };
        slot.store(slice_mut(words, Block { at, class: 0 }), turned);
        turned = core::mem::replace(&mut at, next);
    }
    if let Some((slot, _)) = Slot::load(words, first) {
        slot.store(slice_mut(words, Block { at: first, class: 0 }), at);
        *chain = turned;
    }
}

/// The slots of a chain.
pub(super) struct Chain<'a> {
    pub(super) words: &'a [u64],
    pub(super) next: u32,
}

impl Iterator for Chain<'_> {
    type Item = Slot;

    fn next(&mut self) -> Option<Slot> {
        let (slot, next) = Slot::load(self.words, self.next)?;
        self.next = next;
        Some(slot)
    }
}

// A context is to cost one cache line besides its text.
const _: () = assert!(size_of::<Entry>() == 64);
