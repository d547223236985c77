//! Memory of the caller, cut into the parts of what is made in it.

use basenji_core::aggregate::{Entry, Parts, Storage, TagSpan, View};

use crate::status::*;

/// The most tags of a message that makes a context known.
pub(crate) const TAGS: usize = 32;

/// How much an aggregator is to hold.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sizes {
    pub(crate) contexts: usize,
    pub(crate) bytes: usize,
    pub(crate) cells: usize,
}

impl Sizes {
    /// Bytes for a header of `header` bytes and these; `None` if no memory is that large.
    pub(crate) const fn with_header(self, header: usize) -> Option<usize> {
        const CONTEXT: usize = size_of::<Entry>() + 2 * size_of::<u32>();
        // Numbers of contexts and of bytes have 32 bits.
        if self.contexts as u64 >= u32::MAX as u64 || self.bytes as u64 >= u32::MAX as u64 {
            return None;
        }
        let Some(contexts) = self.contexts.checked_mul(CONTEXT) else { return None };
        let Some(cells) = self.cells.checked_mul(size_of::<u64>()) else { return None };
        let Some(fixed) = header.checked_add(TAGS * size_of::<TagSpan>()) else { return None };
        let Some(size) = fixed.checked_add(contexts) else { return None };
        let Some(size) = size.checked_add(cells) else { return None };
        size.checked_add(self.bytes)
    }
}

/// What is left of a caller's memory.
pub(crate) struct Rest {
    at: *mut u8,
    len: usize,
}

impl Rest {
    /// `size` bytes of a caller's memory, which has `len`, all of them 0 from now on, behind a place for a `T`.
    ///
    /// # Errors
    ///
    /// `BJ_NULL_MEMORY`, `BJ_MISALIGNED`, `BJ_TOO_SMALL`.
    ///
    /// # Safety
    ///
    /// `memory` is NULL or points to `len` bytes that nobody else uses as long as the parts are used; `size` is that of a `T` or more.
    pub(crate) unsafe fn behind<T>(memory: *mut T, len: usize, size: usize) -> Result<Rest, bj_status> {
        if memory.is_null() {
            return Err(BJ_NULL_MEMORY);
        }
        if !memory.is_aligned() {
            return Err(BJ_MISALIGNED);
        }
        if size > len {
            return Err(BJ_TOO_SMALL);
        }
        // SAFETY: as this function's contract says.
        unsafe {
            memory.cast::<u8>().write_bytes(0, size);
            Ok(Rest { at: memory.add(1).cast(), len: size.saturating_sub(size_of::<T>()) })
        }
    }

    /// The next `count` values. Parts of the largest alignment are to be taken first, so that there is no gap.
    ///
    /// # Errors
    ///
    /// `BJ_TOO_SMALL`.
    ///
    /// # Safety
    ///
    /// All-zero bytes are a `T`, which is aligned as what was taken before, or less; nobody uses the part longer than the memory is there.
    pub(crate) unsafe fn take<T>(&mut self, count: usize) -> Result<&'static mut [T], bj_status> {
        let bytes = count.checked_mul(size_of::<T>()).ok_or(BJ_TOO_SMALL)?;
        self.len = self.len.checked_sub(bytes).ok_or(BJ_TOO_SMALL)?;
        let part = self.at.cast::<T>();
        // SAFETY: there are that many bytes, all 0, and they are handed out once.
        unsafe {
            self.at = self.at.add(bytes);
            Ok(core::slice::from_raw_parts_mut(part, count))
        }
    }

    /// The parts of an aggregator.
    ///
    /// # Errors
    ///
    /// `BJ_TOO_SMALL`.
    ///
    /// # Safety
    ///
    /// As [`Rest::take`], and what was taken before is aligned to 8.
    pub(crate) unsafe fn storage(&mut self, sizes: Sizes) -> Result<Memory, bj_status> {
        // SAFETY: zeros are a value of all of these, and the largest alignment is first.
        unsafe {
            Ok(Memory {
                entries: self.take(sizes.contexts)?,
                cells: self.take(sizes.cells)?,
                tags: self.take(TAGS)?,
                exact: self.take(sizes.contexts)?,
                sets: self.take(sizes.contexts)?,
                text: self.take(sizes.bytes)?,
            })
        }
    }
}

/// The parts of an aggregator, in memory of the caller.
pub(crate) struct Memory {
    entries: &'static mut [Entry],
    exact: &'static mut [u32],
    sets: &'static mut [u32],
    text: &'static mut [u8],
    cells: &'static mut [u64],
    tags: &'static mut [TagSpan],
}

impl Storage for Memory {
    fn parts(&mut self) -> Parts<'_> {
        Parts {
            entries: self.entries,
            exact: self.exact,
            sets: self.sets,
            text: self.text,
            cells: self.cells,
            tags: self.tags,
        }
    }

    fn view(&self) -> View<'_> {
        View { entries: self.entries, text: self.text, cells: self.cells }
    }
}
