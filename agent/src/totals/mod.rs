//! Running totals: what Prometheus and cumulative OpenTelemetry want instead of what a bucket has counted.
//!
//! Each series has a slot, found by its name, host, tags and type, which are compared byte by byte. Slots and their bytes
//! are bounded: a series without room is refused, which is for the caller to count. A series that was silent for its
//! time leaves, and begins again from nothing when it returns.

mod distribution;
mod total;

use basenji::core::wire::{MetricKind, Tags, join};
use basenji::server::Series;
use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::BuildHasher;

use crate::encode::escape::Escaping;
use crate::encode::marks::{Marked, Marks};

pub(crate) use distribution::Distribution;
pub(crate) use total::{Added, Shape, Summary, Total};

/// How much is kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// The most series.
    pub(crate) series: usize,
    /// The most bytes of their names, tags and bins, near enough.
    pub(crate) bytes: usize,
}

/// Bytes of a series beside its text and bins: its slot, its places in the table and in its family, in vectors that are half
/// empty at worst.
const SLOT: usize = 640;

impl Limits {
    /// The most bytes that totals of these limits take.
    pub(crate) fn most_memory(self) -> usize {
        self.series.saturating_mul(SLOT).saturating_add(self.bytes)
    }
}

/// One series and its total; `T` is what the caller knows of it.
#[derive(Debug)]
pub(crate) struct Slot<T> {
    text: Box<[u8]>,
    name: u32,
    host: u32,
    empty_tag: bool,
    /// Where its labels are, if its tags are labels as they are.
    marks: Option<Marks>,
    pub(crate) kind: MetricKind,
    /// Seconds since 1970 at which it was first seen.
    pub(crate) since: u64,
    /// Seconds since 1970 at which it was last seen.
    pub(crate) seen: u64,
    pub(crate) total: Total,
    pub(crate) more: T,
}

impl<T> Slot<T> {
    pub(crate) fn name(&self) -> &[u8] {
        &self.text[..self.name as usize]
    }

    /// Empty for none.
    pub(crate) fn host(&self) -> &[u8] {
        &self.text[self.name as usize..][..self.host as usize]
    }

    pub(crate) fn tags(&self) -> Tags<'_> {
        if self.empty_tag { Tags::List(&[b""]) } else { Tags::Text(self.tags_text()) }
    }

    fn tags_text(&self) -> &[u8] {
        &self.text[(self.name + self.host) as usize..]
    }

    /// Names and values of its labels, if its host and tags are labels as they are for this escaping.
    pub(crate) fn marked(&self, escaping: Escaping) -> Option<Marked<'_>> {
        let marks = self.marks.as_ref().filter(|_| Marks::hold_for(escaping))?;
        Some(Marked { marks, text: self.tags_text() })
    }

    fn bytes(&self) -> usize {
        self.text.len() + self.total.bytes() + self.marks.as_ref().map_or(0, Marks::bytes)
    }
}

/// What became of a search for the slot of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Known(u32),
    New(u32),
    /// There is no room for a new one.
    Full,
}

/// The slots of all series.
#[derive(Debug)]
pub(crate) struct Totals<T> {
    slots: Vec<Option<Slot<T>>>,
    free: Vec<u32>,
    table: HashTable<u32>,
    hasher: DefaultHashBuilder,
    limits: Limits,
    bytes: usize,
    scratch: Vec<u8>,
}

impl<T: Default> Totals<T> {
    pub(crate) fn new(limits: Limits) -> Self {
        Totals {
            slots: Vec::new(),
            free: Vec::new(),
            table: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            limits,
            bytes: 0,
            scratch: Vec::new(),
        }
    }

    /// How many series there are.
    pub(crate) fn len(&self) -> usize {
        self.table.len()
    }

    /// The bytes of names, tags and bins.
    #[cfg(test)]
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The slot of a series, made where it has none, with nothing counted in it.
    pub(crate) fn place(&mut self, series: &Series<'_>, now: u64) -> Place {
        let Totals { slots, free, table, hasher, limits, bytes, scratch } = self;
        let (name, host) = (series.name.len() as u32, series.host.len() as u32);
        let (kind, empty_tag) = (series.kind, matches!(series.tags, Tags::List([b""])));
        scratch.clear();
        scratch.extend_from_slice(series.name);
        scratch.extend_from_slice(series.host);
        append(series.tags, scratch);
        let text = &scratch[..];
        let hash =
            |text: &[u8], name: u32, host: u32, kind: MetricKind| hasher.hash_one((text, name, host, kind as u8));
        let is_same = |&at: &u32| {
            slots[at as usize].as_ref().is_some_and(|slot| {
                *slot.text == *text
                    && (slot.name, slot.host, slot.empty_tag, slot.kind) == (name, host, empty_tag, kind)
            })
        };
        let code = hash(text, name, host, kind);
        if let Some(&at) = table.find(code, is_same) {
            return Place::Known(at);
        }
        if table.len() >= limits.series || bytes.saturating_add(text.len()) > limits.bytes {
            return Place::Full;
        }
        let slot = Slot {
            text: text.into(),
            name,
            host,
            empty_tag,
            marks: if host == 0 { Marks::of(series.tags) } else { None },
            kind,
            since: now,
            seen: now,
            total: Total::None,
            more: T::default(),
        };
        *bytes += slot.bytes();
        let at = free.pop().unwrap_or_else(|| {
            slots.push(None);
            (slots.len() - 1) as u32
        });
        slots[at as usize] = Some(slot);
        table.insert_unique(code, at, |&at| {
            slots[at as usize].as_ref().map_or(0, |slot| hash(&slot.text, slot.name, slot.host, slot.kind))
        });
        Place::New(at)
    }

    /// Adds a point to the slot, which has been seen then.
    pub(crate) fn add(&mut self, at: u32, series: &Series<'_>, shape: &Shape, now: u64) -> Added {
        let room = self.limits.bytes.saturating_sub(self.bytes);
        let Some(slot) = self.slots.get_mut(at as usize).and_then(Option::as_mut) else { return Added::Nothing };
        let before = slot.bytes();
        let added = slot.total.add(&series.point, shape, room);
        // A counter that goes on as zeros is silent.
        if added == Added::Value {
            slot.seen = slot.seen.max(now);
        }
        self.bytes = self.bytes + slot.bytes() - before;
        added
    }

    pub(crate) fn get(&self, at: u32) -> Option<&Slot<T>> {
        self.slots.get(at as usize)?.as_ref()
    }

    pub(crate) fn get_mut(&mut self, at: u32) -> Option<&mut Slot<T>> {
        self.slots.get_mut(at as usize)?.as_mut()
    }

    /// Takes away the series for which `is_over` is true; costs a walk over all.
    pub(crate) fn retain(&mut self, mut is_over: impl FnMut(u32, &Slot<T>) -> bool) {
        let Totals { slots, free, table, hasher, bytes, .. } = self;
        for (at, place) in slots.iter_mut().enumerate() {
            let at = at as u32;
            let Some(slot) = place.take_if(|slot| is_over(at, slot)) else { continue };
            let code = hasher.hash_one((&*slot.text, slot.name, slot.host, slot.kind as u8));
            if let Ok(entry) = table.find_entry(code, |&other| other == at) {
                entry.remove();
            }
            *bytes -= slot.bytes();
            free.push(at);
        }
    }
}

/// Tags as text.
fn append(tags: Tags<'_>, out: &mut Vec<u8>) {
    match tags {
        Tags::Text(text) => out.extend_from_slice(text),
        Tags::List(list) => join(list.iter().copied(), out),
    }
}

#[cfg(test)]
mod tests;
