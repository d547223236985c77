//! A bin of a sketch, packed in a word.
//!
//! A word holds the key in its upper half, moved into the positive numbers, and the count in its lower half, so that
//! words compare as their keys do. Words of one key stand next to each other, the one that is not full first.

use core::iter::FusedIterator;
use core::slice;

/// The most that one bin counts.
pub(super) const MOST: u64 = u32::MAX as u64;

/// A key and how many values it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bin {
    /// The key, see [`mapping`](super::mapping).
    pub key: i16,
    /// The count, from 1.
    pub n: u32,
}

impl Bin {
    /// The bin of a word.
    #[inline]
    pub const fn from_word(word: u64) -> Bin {
        Bin { key: ((word >> 32) as u16 ^ 0x8000) as i16, n: word as u32 }
    }

    /// The word of the bin.
    pub const fn word(self) -> u64 {
        Bin::first_word(self.key) | self.n as u64
    }

    /// What no word of the key is below.
    pub(super) const fn first_word(key: i16) -> u64 {
        ((key as u16 ^ 0x8000) as u64) << 32
    }
}

/// The bins of a store, lowest key first.
#[derive(Debug, Clone)]
pub struct Bins<'a>(slice::Iter<'a, u64>);

impl<'a> Bins<'a> {
    #[inline]
    pub(super) fn new(words: &'a [u64]) -> Bins<'a> {
        Bins(words.iter())
    }
}

impl Iterator for Bins<'_> {
    type Item = Bin;

    #[inline]
    fn next(&mut self) -> Option<Bin> {
        self.0.next().map(|&word| Bin::from_word(word))
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }

    #[inline]
    fn nth(&mut self, n: usize) -> Option<Bin> {
        self.0.nth(n).map(|&word| Bin::from_word(word))
    }
}

impl DoubleEndedIterator for Bins<'_> {
    #[inline]
    fn next_back(&mut self) -> Option<Bin> {
        self.0.next_back().map(|&word| Bin::from_word(word))
    }
}

impl ExactSizeIterator for Bins<'_> {}
impl FusedIterator for Bins<'_> {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    #[test]
    fn words_sort_as_their_keys() {
        let keys = [i16::MIN, -32767, -2, -1, 0, 1, 2, 32767];
        let words: Vec<u64> = keys.iter().map(|&key| Bin { key, n: 7 }.word()).collect();
        assert!(words.is_sorted());
        for (word, key) in words.iter().zip(keys) {
            assert_eq!(Bin::from_word(*word), Bin { key, n: 7 });
        }
    }
}
