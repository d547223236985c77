//! The memory of an aggregator, given by the caller: static arrays in firmware, boxed slices that grow to a budget when hosted.

use super::entry::Entry;
use super::tagset::TagSpan;
use crate::Full;

/// A context that a storage is asked about: one that is new, or one that has expired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    /// A hash of all that makes it one, by the aggregator's seed: the same in every aggregator with that seed.
    pub hash: u64,
    /// A hash of its name, likewise.
    pub name: u64,
    /// Bytes of its name, host, tags and the rest of its text.
    pub bytes: usize,
}

/// The memory of an aggregator. What is in it belongs to the aggregator, whatever was in it before.
pub trait Storage {
    /// Whether it can ever have room for a context. Where it cannot, a [`Client`](crate::client::Client) is without the code of aggregation.
    const HOLDS: bool = true;

    /// Whether [`Storage::admit`] and [`Storage::forget`] are asked at all; where they are not, neither costs anything.
    const GATED: bool = false;

    /// Asked before a new context is taken in.
    ///
    /// # Errors
    ///
    /// What is full: the context is refused.
    fn admit(&mut self, context: &Identity) -> Result<(), Full> {
        let _ = context;
        Ok(())
    }

    /// Asked before a context that has expired is forgotten; false if it was seen elsewhere and is to stay.
    fn forget(&mut self, context: &Identity) -> bool {
        let _ = context;
        true
    }

    /// The memory, to write.
    fn parts(&mut self) -> Parts<'_>;

    /// The memory, to read.
    fn view(&self) -> View<'_>;

    /// Makes the part that is `full` larger and keeps its contents; false if it may not grow. A table that has
    /// grown (`Contexts`) is indexed anew by the aggregator.
    fn grow(&mut self, full: Full) -> bool {
        let _ = full;
        false
    }

    /// Makes the cells more for a context of this name, which is told as in [`Identity::name`]; false if there may not be more for it. Asked in
    /// place of [`Storage::grow`] where the storage is [`Storage::GATED`].
    fn grow_cells(&mut self, name: u64) -> bool {
        let _ = name;
        self.grow(Full::Cells)
    }
}

/// The parts of a storage, to write.
#[derive(Debug)]
pub struct Parts<'a> {
    /// The contexts, 64 bytes each.
    pub entries: &'a mut [Entry],
    /// Heads of the index by exact text; as many as contexts is a good number, 0 is one that never finds.
    pub exact: &'a mut [u32],
    /// Heads of the index by tag set.
    pub sets: &'a mut [u32],
    /// Names and tags.
    pub text: &'a mut [u8],
    /// Samples, set members, sketch bins.
    pub cells: &'a mut [u64],
    /// Scratch for the tags of one message: how many tags it may have.
    pub tags: &'a mut [TagSpan],
}

/// The parts of a storage, to read.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// The contexts.
    pub entries: &'a [Entry],
    /// Names and tags.
    pub text: &'a [u8],
    /// Samples, set members, sketch bins.
    pub cells: &'a [u64],
}

impl<S: Storage + ?Sized> Storage for &mut S {
    const HOLDS: bool = S::HOLDS;
    const GATED: bool = S::GATED;

    fn admit(&mut self, context: &Identity) -> Result<(), Full> {
        (**self).admit(context)
    }

    fn forget(&mut self, context: &Identity) -> bool {
        (**self).forget(context)
    }

    fn parts(&mut self) -> Parts<'_> {
        (**self).parts()
    }

    fn view(&self) -> View<'_> {
        (**self).view()
    }

    fn grow(&mut self, full: Full) -> bool {
        (**self).grow(full)
    }

    fn grow_cells(&mut self, name: u64) -> bool {
        (**self).grow_cells(name)
    }
}

/// Storage in arrays: `CONTEXTS` series of 72 bytes, `BYTES` for their names and tags, `CELLS` words of 8 bytes for samples, and messages
/// of at most `TAGS` tags of 16 bytes each.
///
/// Counts and gauges need no cell. A set, a histogram or a distribution takes 16 at its first sample of a bucket and more as it grows;
/// a timestamped point or a second open bucket takes 4 more.
#[derive(Debug, Clone)]
pub struct StaticStorage<const CONTEXTS: usize, const BYTES: usize, const CELLS: usize, const TAGS: usize = 32> {
    entries: [Entry; CONTEXTS],
    exact: [u32; CONTEXTS],
    sets: [u32; CONTEXTS],
    text: [u8; BYTES],
    cells: [u64; CELLS],
    tags: [TagSpan; TAGS],
}

impl<const CONTEXTS: usize, const BYTES: usize, const CELLS: usize, const TAGS: usize>
    StaticStorage<CONTEXTS, BYTES, CELLS, TAGS>
{
    /// Empty storage, all zeros: as a `static` it takes no flash.
    pub const fn new() -> Self {
        StaticStorage {
            entries: [Entry::EMPTY; CONTEXTS],
            exact: [0; CONTEXTS],
            sets: [0; CONTEXTS],
            text: [0; BYTES],
            cells: [0; CELLS],
            tags: [TagSpan::EMPTY; TAGS],
        }
    }
}

impl<const CONTEXTS: usize, const BYTES: usize, const CELLS: usize, const TAGS: usize> Default
    for StaticStorage<CONTEXTS, BYTES, CELLS, TAGS>
{
    fn default() -> Self {
        StaticStorage::new()
    }
}

impl<const CONTEXTS: usize, const BYTES: usize, const CELLS: usize, const TAGS: usize> Storage
    for StaticStorage<CONTEXTS, BYTES, CELLS, TAGS>
{
    const HOLDS: bool = CONTEXTS > 0;

    fn parts(&mut self) -> Parts<'_> {
        Parts {
            entries: &mut self.entries,
            exact: &mut self.exact,
            sets: &mut self.sets,
            text: &mut self.text,
            cells: &mut self.cells,
            tags: &mut self.tags,
        }
    }

    fn view(&self) -> View<'_> {
        View { entries: &self.entries, text: &self.text, cells: &self.cells }
    }
}
