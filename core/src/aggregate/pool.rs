//! Blocks of cells: where samples, set members, sketch bins and further buckets live.
//!
//! Block sizes are `4 << class` words. A freed block goes to the free list of its class and is cut in halves for a smaller one when
//! nothing else is left; once no block is in use, the pool is as new. Taking and freeing cost at most one step a class.

use crate::Full;

/// The number of block classes; the largest block has `4 << (CLASSES - 1)` words.
const CLASSES: usize = 16;

/// No block.
pub(super) const NONE: u32 = u32::MAX;

/// A block in use: where it starts and its class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) at: u32,
    pub(super) class: u8,
}

impl Block {
    /// Words of a block of `class`.
    pub(super) const fn words(class: u8) -> usize {
        4usize << (class & 31)
    }

    /// The class of blocks twice as large; there is none of the one beyond the last.
    pub(super) const fn next_class(self) -> u8 {
        self.class.saturating_add(1)
    }

    /// The smallest class whose blocks hold `words`.
    pub(super) fn class_for(words: usize) -> u8 {
        (0..CLASSES as u8).find(|&class| Block::words(class) >= words).unwrap_or(CLASSES as u8)
    }
}

/// Who uses which words.
#[derive(Debug, Clone)]
pub(super) struct Pool {
    /// Words below this have been in a block at some time.
    touched: u32,
    /// Words in blocks that are in use.
    used: u32,
    free: [u32; CLASSES],
}

impl Pool {
    pub(super) const fn new() -> Self {
        Pool { touched: 0, used: 0, free: [NONE; CLASSES] }
    }

    /// Words in blocks that are in use.
    pub(super) fn used(&self) -> usize {
        self.used as usize
    }

    /// Words from the first on that have been in a block since no block was in use.
    pub(super) fn extent(&self) -> usize {
        self.touched as usize
    }

    /// Whether a block is in use.
    pub(super) fn is_empty(&self) -> bool {
        self.used == 0
    }
}

/// The pool together with its words.
pub(super) struct Cells<'a> {
    pub(super) pool: &'a mut Pool,
    pub(super) words: &'a mut [u64],
}

impl Cells<'_> {
    /// Takes a block of `class`, all zero.
    pub(super) fn take(&mut self, class: u8) -> Result<Block, Full> {
        let at = self.take_own(class).or_else(|| self.take_new(class)).or_else(|| self.take_larger(class));
        let at = at.ok_or(Full::Cells)?;
        let block = Block { at, class };
        self.slice_mut(block).fill(0);
        self.pool.used = self.pool.used.saturating_add(Block::words(class) as u32);
        Ok(block)
    }

    /// Frees a block.
    pub(super) fn free(&mut self, block: Block) {
        self.pool.used = self.pool.used.saturating_sub(Block::words(block.class) as u32);
        if self.pool.is_empty() {
            *self.pool = Pool::new();
        } else {
            self.push_free(block);
        }
    }

    /// The words of `block`.
    #[inline(always)]
    pub(super) fn slice_mut(&mut self, block: Block) -> &mut [u64] {
        slice_mut(self.words, block)
    }

    /// Replaces `block` by one of `class` that begins with the first `len` words of it.
    pub(super) fn resize(&mut self, block: Block, len: usize, class: u8) -> Result<Block, Full> {
        let new = self.take(class)?;
        for word in 0..len {
            let value = self.words.get((block.at as usize).saturating_add(word)).copied();
            if let (Some(value), Some(place)) = (value, self.slice_mut(new).get_mut(word)) {
                *place = value;
            }
        }
        self.free(block);
        Ok(new)
    }

    fn take_new(&mut self, class: u8) -> Option<u32> {
        let at = self.pool.touched;
        let end = at.checked_add(u32::try_from(Block::words(class)).ok()?)?;
        if class as usize >= CLASSES || end as usize > self.words.len() {
            return None;
        }
        self.pool.touched = end;
        Some(at)
    }

    /// The head of the free list of `class`.
    fn take_own(&mut self, class: u8) -> Option<u32> {
        let head = self.pool.free.get_mut(class as usize).filter(|head| **head != NONE)?;
        let at = *head;
        *head = self.words.get(at as usize).map_or(NONE, |&next| next as u32);
        Some(at)
    }

    /// A part of a larger block that is free.
    #[cold]
    fn take_larger(&mut self, class: u8) -> Option<u32> {
        let (mut from, at) =
            (class.saturating_add(1)..CLASSES as u8).find_map(|from| Some((from, self.take_own(from)?)))?;
        while from > class {
            from = from.wrapping_sub(1);
            let upper = at.wrapping_add(Block::words(from) as u32);
            self.push_free(Block { at: upper, class: from });
        }
        Some(at)
    }

    fn push_free(&mut self, block: Block) {
        let head = self.pool.free.get_mut(block.class as usize);
        if let (Some(head), Some(link)) = (head, self.words.get_mut(block.at as usize)) {
            *link = u64::from(*head);
            *head = block.at;
        }
    }
}

/// The words of `block`, to read.
#[inline(always)]
pub(super) fn slice(words: &[u64], block: Block) -> &[u64] {
    words.get(block.at as usize..).and_then(|rest| rest.get(..Block::words(block.class))).unwrap_or_default()
}

/// The words of `block`, to write.
#[inline(always)]
pub(super) fn slice_mut(words: &mut [u64], block: Block) -> &mut [u64] {
    words.get_mut(block.at as usize..).and_then(|rest| rest.get_mut(..Block::words(block.class))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    proptest::proptest! {
        #[test]
        fn blocks_in_use_never_overlap_and_an_empty_pool_is_as_new(operations: Vec<(bool, u8)>) {
            let (mut pool, mut words) = (Pool::new(), [0u64; 256]);
            let mut cells = Cells { pool: &mut pool, words: &mut words };
            let mut live: Vec<Block> = Vec::new();
            for (take, number) in operations {
                if take || live.is_empty() {
                    if let Ok(block) = cells.take(number % 5) {
                        let fill = live.len() as u64 + 1;
                        assert_eq!(cells.slice_mut(block), &std::vec![0; Block::words(block.class)][..]);
                        cells.slice_mut(block).fill(fill);
                        live.push(block);
                    }
                } else {
                    let block = live.swap_remove(usize::from(number) % live.len());
                    let first = cells.slice_mut(block)[0];
                    assert!(cells.slice_mut(block).iter().all(|&word| word == first));
                    cells.free(block);
                }
                let used: usize = live.iter().map(|block| Block::words(block.class)).sum();
                assert_eq!(cells.pool.used(), used);
            }
            for block in live {
                cells.free(block);
            }
            assert_eq!(cells.take(6).map(|block| block.at), Ok(0));
        }
    }
}
