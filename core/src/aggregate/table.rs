//! The table of contexts: names, hosts, kinds and tag sets, found by their exact text or, failing that, by their tags as a set.
//!
//! A message whose tags stand in the order in which the context was first seen is found by one hash and one comparison of bytes. Any other
//! order, and any message with special tags, is found by the set, at the cost of hashing each tag.

use super::entry::{Entry, StoredKey};
use super::hash::{fold, hash};
use super::pool::NONE;
use super::storage::{Identity, Parts};
use super::tagset::{self, TagSet, TagSource};
use crate::numbered::numbered;
use crate::wire::{MetricKind, OriginFields, Tags};
use crate::{Full, shift};

/// What identifies a context, before its tags are looked at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key<'a> {
    pub(super) kind: MetricKind,
    pub(super) name: &'a [u8],
    /// The host of a message without a `host:` tag.
    pub(super) host: &'a [u8],
    pub(super) tags: TagSource<'a>,
    /// None, unless identity includes the origin.
    pub(super) origin: OriginFields<'a>,
    /// The member of a set, where members are series of their own.
    pub(super) member: &'a [u8],
}

impl<'a> Key<'a> {
    /// The text of the tags, if that and name and kind are all there is.
    #[inline(always)]
    pub(super) fn plain_tags(&self) -> Option<&'a [u8]> {
        let OriginFields { local_data, external_data, cardinality } = self.origin;
        let origin = local_data.is_some() || external_data.is_some() || cardinality.is_some();
        match self.tags {
            TagSource { own: Tags::Text(own), added: Tags::Text(b""), .. }
                if self.host.is_empty() && self.member.is_empty() && !origin =>
            {
                Some(own)
            }
            _ => None,
        }
    }
}

/// The outcome of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Search {
    /// The entry with this number.
    Found(u32),
    /// There is none, and none was made.
    New(Identity),
}

/// How much of the storage is in use.
#[derive(Debug, Clone)]
pub(super) struct Table {
    pub(super) len: u32,
    pub(super) text: u32,
    /// How often entries have got other numbers.
    pub(super) moves: u32,
}

impl Table {
    pub(super) const fn new() -> Self {
        Table { len: 0, text: 0, moves: 0 }
    }

    /// The entry of a context that has nothing but a kind, a name and tags, if these stand as they first did: [`Table::find`], short. Linear in
    /// the bytes of both.
    #[inline(always)]
    pub(super) fn find_plain(
        &self,
        parts: &Parts<'_>,
        kind: MetricKind,
        name: &[u8],
        tags: &[u8],
        exact_hash: u32,
    ) -> Option<u32> {
        find_exact(parts, exact_hash, |entry| is_plainly(entry, parts.text, kind, name, tags))
    }

    /// The entry of `key`, if its tags stand as they first did. Linear in the bytes of the key.
    pub(super) fn find(&self, parts: &Parts<'_>, key: &Key<'_>, exact_hash: u32) -> Option<u32> {
        find_exact(parts, exact_hash, |entry| is_exactly(entry, parts.text, key))
    }

    /// The entry of `key` whatever the order of its tags; if there is none, made new where it may be.
    ///
    /// # Errors
    ///
    /// `Tags`, `Contexts`, `Bytes` or `Length`: nothing has changed.
    pub(super) fn find_or_insert(
        &mut self,
        parts: &mut Parts<'_>,
        key: &Key<'_>,
        exact_hash: u32,
        seed: u64,
        may_insert: bool,
    ) -> Result<Search, Full> {
        let mut set = TagSet::read(key.tags, seed, parts.tags)?;
        let host = set.host.unwrap_or(key.host);
        let base = key_hash(seed, key, host);
        let hash = base.wrapping_add(set.hash);
        let set_hash = narrow(hash);
        let mut at = parts.sets.get(head(set_hash, parts.sets.len())).copied().unwrap_or(NONE);
        while let Some(entry) = parts.entries.get(at as usize) {
            let stored = entry.key(parts.text);
            if entry.set_hash == set_hash
                && entry.kind == key.kind
                && stored.name == key.name
                && stored.host == host
                && stored.origin() == key.origin
                && stored.member == key.member
                && stored.empty_tag == set.is_empty_tag()
                && stored.tags.len() == set.text_len
                && set.equals(seed, stored.tags)
            {
                return Ok(Search::Found(at));
            }
            at = entry.set_next;
        }

        let length = |len: usize| u16::try_from(len).map_err(|_| Full::Length);
        let origin_len = key
            .origin
            .keyed()
            .iter()
            .filter_map(|(key, text)| Some(key.len().saturating_add(text.as_ref()?.len()).saturating_add(1)))
            .fold(0, usize::saturating_add);
        let mut entry = Entry {
            exact_hash,
            set_hash,
            text: self.text,
            name_len: length(key.name.len())?,
            host_len: length(host.len())?,
            tags_len: length(set.text_len)?,
            origin_len: length(origin_len)?,
            member_len: length(key.member.len())?,
            kind: key.kind,
            bucket: NONE,
            more: NONE,
            points: NONE,
            ..Entry::EMPTY
        };
        if !may_insert {
            let name = self::hash(seed, key.name);
            return Ok(Search::New(Identity { hash, name, bytes: entry.text_len() }));
        }
        let end = u64::from(self.text).wrapping_add(entry.text_len() as u64);
        let end = u32::try_from(end).map_err(|_| Full::Bytes)?;
        let space = parts.text.get_mut(self.text as usize..end as usize).ok_or(Full::Bytes)?;
        let place = parts.entries.get_mut(self.len as usize).ok_or(Full::Contexts)?;
        let mut space = space.iter_mut();
        let mut put = |bytes: &[u8]| bytes.iter().zip(&mut space).for_each(|(byte, place)| *place = *byte);
        put(key.name);
        put(host);
        let mut separator: &[u8] = b"";
        for tag in set.in_order() {
            put(separator);
            put(tag);
            separator = b",";
            let commas = tag.iter().filter(|&&byte| byte == b',');
            entry.tags = commas.fold(entry.tags.saturating_add(1), |tags, _| tags.saturating_add(1));
        }
        for (key, text) in key.origin.keyed() {
            if let Some(text) = text {
                put(key);
                put(text);
                put(b"|");
            }
        }
        put(key.member);
        link(&mut entry, self.len, parts.exact, parts.sets);
        *place = entry;
        let index = self.len;
        self.len = self.len.wrapping_add(1);
        self.text = end;
        Ok(Search::Found(index))
    }

    /// Indexes all entries anew, after the storage grew or entries moved.
    pub(super) fn reindex(&self, parts: &mut Parts<'_>) {
        parts.exact.fill(NONE);
        parts.sets.fill(NONE);
        for (index, entry) in (0..self.len).zip(parts.entries.iter_mut()) {
            link(entry, index, parts.exact, parts.sets);
        }
    }

    /// Drops the entries that `keep` refuses, moves the others and their text together, and indexes anew. Linear in all of them.
    pub(super) fn retain(&mut self, parts: &mut Parts<'_>, mut keep: impl FnMut(&Entry) -> bool) {
        let (mut kept, mut text) = (0u32, 0u32);
        for read in 0..self.len {
            let Some(mut entry) = parts.entries.get(read as usize).copied() else { break };
            if !keep(&entry) {
                continue;
            }
            let (from, len) = (entry.text as usize, entry.text_len());
            if let Some(window) = from.checked_add(len).and_then(|end| parts.text.get_mut(text as usize..end)) {
                shift::bytes_to_front(window, from.saturating_sub(text as usize));
            }
            entry.text = text;
            text = text.wrapping_add(len as u32);
            if let Some(place) = parts.entries.get_mut(kept as usize) {
                *place = entry;
            }
            kept = kept.wrapping_add(1);
        }
        (self.len, self.text) = (kept, text);
        self.moves = self.moves.wrapping_add(1);
        self.reindex(parts);
    }
}

/// The hash under which [`Table::find_plain`] looks: [`exact_hash`] of a key that is plain.
#[inline(always)]
pub(super) fn plain_hash(seed: u64, kind: MetricKind, name: &[u8], tags: &[u8]) -> u32 {
    narrow(fold(hash(seed ^ kind as u64, name), hash(seed, tags)))
}

/// The first entry of this hash in the index by exact text for which `is_it` holds.
#[inline(always)]
fn find_exact(parts: &Parts<'_>, exact_hash: u32, is_it: impl Fn(&Entry) -> bool) -> Option<u32> {
    let mut at = *parts.exact.get(head(exact_hash, parts.exact.len()))?;
    while let Some(entry) = parts.entries.get(at as usize) {
        if entry.exact_hash == exact_hash && is_it(entry) {
            return Some(at);
        }
        at = entry.exact_next;
    }
    None
}

/// The hash under which [`Table::find`] looks for `key`: of its tags as they stand.
pub(super) fn exact_hash(seed: u64, key: &Key<'_>) -> u32 {
    let mut tags = tags_hash(seed, key.tags.own);
    if !key.tags.added.is_empty() {
        tags = tags_hash(tags, key.tags.added);
    }
    narrow(fold(key_hash(seed, key, key.host), tags))
}

/// What [`Table::find_or_insert`] told of an entry's context when it was new.
pub(super) fn identity(seed: u64, entry: &Entry, stored: &StoredKey<'_>) -> Identity {
    let key = Key {
        kind: entry.kind,
        name: stored.name,
        host: stored.host,
        tags: TagSource { own: Tags::NONE, added: Tags::NONE, special: false },
        origin: stored.origin(),
        member: stored.member,
    };
    let base = key_hash(seed, &key, stored.host);
    let hash = stored.tags().iter().fold(base, |sum, tag| sum.wrapping_add(tagset::element(seed, tag)));
    Identity { hash, name: self::hash(seed, stored.name), bytes: entry.text_len() }
}

fn tags_hash(seed: u64, tags: Tags<'_>) -> u64 {
    match tags {
        Tags::Text(text) => hash(seed, text),
        Tags::List(list) => list.iter().fold(seed, |seed, tag| hash(seed, tag)),
    }
}

/// The hash of everything but the tags.
fn key_hash(seed: u64, key: &Key<'_>, host: &[u8]) -> u64 {
    let mut state = hash(seed ^ key.kind as u64, key.name);
    if !host.is_empty() {
        state = hash(state, host);
    }
    if key.origin != OriginFields::NONE {
        state = key.origin.keyed().iter().fold(state, |state, (_, text)| hash(state, text.unwrap_or_default()));
    }
    if !key.member.is_empty() {
        state = hash(state, key.member);
    }
    state
}

#[inline(always)]
fn narrow(hash: u64) -> u32 {
    (hash >> 32) as u32
}

/// The head of `hash` among `heads`.
#[inline(always)]
fn head(hash: u32, heads: usize) -> usize {
    (u64::from(hash).wrapping_mul(heads as u64) >> 32) as usize
}

fn link(entry: &mut Entry, index: u32, exact: &mut [u32], sets: &mut [u32]) {
    let (exact_head, set_head) = (head(entry.exact_hash, exact.len()), head(entry.set_hash, sets.len()));
    if let Some(head) = exact.get_mut(exact_head) {
        entry.exact_next = core::mem::replace(head, index);
    }
    if let Some(head) = sets.get_mut(set_head) {
        entry.set_next = core::mem::replace(head, index);
    }
}

/// [`is_exactly`] of a key that is plain.
#[inline(always)]
fn is_plainly(entry: &Entry, text: &[u8], kind: MetricKind, name: &[u8], tags: &[u8]) -> bool {
    let lengths = (usize::from(entry.name_len), usize::from(entry.tags_len));
    if !has_only_tags(entry, kind) || lengths != (name.len(), tags.len()) {
        return false;
    }
    // Not a closure, which may become a call.
    let text = text.get(entry.text as usize..).unwrap_or_default();
    let Some((stored, rest)) = text.split_at_checked(name.len()) else { return false };
    stored == name && rest.get(..tags.len()) == Some(tags)
}

/// Whether an entry of this kind has nothing but a name and tags that their text tells.
#[inline(always)]
pub(super) fn has_only_tags(entry: &Entry, kind: MetricKind) -> bool {
    entry.kind == kind && entry.host_len | entry.origin_len | entry.member_len == 0 && !entry.has_empty_tag()
}

/// Whether `entry` has this very key, tags in this order.
fn is_exactly(entry: &Entry, text: &[u8], key: &Key<'_>) -> bool {
    let stored = entry.key(text);
    entry.kind == key.kind
        && stored.name == key.name
        && stored.host == key.host
        && stored.member == key.member
        && !stored.empty_tag
        && stored.origin() == key.origin
        && tags_are(stored.tags, key.tags.own, key.tags.added)
}

fn tags_are(stored: &[u8], own: Tags<'_>, added: Tags<'_>) -> bool {
    // A list of one tag of no bytes has no text either, but is not the same as no tags.
    if stored.is_empty() {
        return own.is_empty() && added.is_empty();
    }
    let Some(rest) = strip_tags(stored, own) else { return false };
    if added.is_empty() {
        return rest.is_empty();
    }
    let rest = if own.is_empty() { Some(rest) } else { rest.strip_prefix(b",") };
    rest.and_then(|rest| strip_tags(rest, added)).is_some_and(<[u8]>::is_empty)
}

/// What is left of `text` after `tags` joined by commas.
fn strip_tags<'t>(text: &'t [u8], tags: Tags<'_>) -> Option<&'t [u8]> {
    match tags {
        Tags::Text(own) => text.strip_prefix(own),
        Tags::List(list) => {
            let mut rest = text;
            for (place, tag) in numbered(list) {
                if place > 0 {
                    rest = rest.strip_prefix(b",")?;
                }
                rest = rest.strip_prefix(*tag)?;
            }
            Some(rest)
        }
    }
}
