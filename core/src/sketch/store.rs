//! The bins of a sketch, packed in words.
//!
//! A word holds the key in its upper half, moved into the positive numbers, and the count in its lower half, so that
//! words compare as their keys do. Words of one key stand next to each other, the one that is not full first.

use core::iter::FusedIterator;
use core::slice;

use super::merge;
use crate::shift;

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
    pub const fn from_word(word: u64) -> Bin {
        Bin { key: ((word >> 32) as u16 ^ 0x8000) as i16, n: word as u32 }
    }

    /// The word of the bin.
    pub const fn word(self) -> u64 {
        Bin::first_word(self.key) | self.n as u64
    }

    /// What no word of the key is below.
    const fn first_word(key: i16) -> u64 {
        ((key as u16 ^ 0x8000) as u64) << 32
    }
}

/// Bins in ascending order of their keys, at most as many as the storage has words.
#[derive(Debug, Clone, Copy)]
pub struct Store<S> {
    storage: S,
    len: usize,
}

impl<S> Store<S> {
    /// A store without bins; what the words hold does not matter.
    pub const fn new(storage: S) -> Self {
        Store { storage, len: 0 }
    }

    /// A store whose bins are the first `len` words of `storage`, left there by another store.
    ///
    /// A `len` beyond the storage counts as all of it. Words that no store has written make bins that mean nothing, and
    /// no harm.
    pub const fn from_parts(storage: S, len: usize) -> Self {
        Store { storage, len }
    }

    /// The storage.
    pub fn into_storage(self) -> S {
        self.storage
    }

    /// Forgets all bins.
    pub const fn clear(&mut self) {
        self.len = 0;
    }
}

impl<S: AsRef<[u64]>> Store<S> {
    /// How many bins there are.
    pub fn len(&self) -> usize {
        self.len.min(self.capacity())
    }

    /// Whether there are no bins.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The limit on bins.
    pub fn capacity(&self) -> usize {
        self.storage.as_ref().len()
    }

    /// The bins, lowest key first.
    pub fn bins(&self) -> Bins<'_> {
        Bins(self.words().iter())
    }

    fn words(&self) -> &[u64] {
        self.storage.as_ref().get(..self.len()).unwrap_or_default()
    }
}

impl<S: AsRef<[u64]> + AsMut<[u64]>> Store<S> {
    /// Counts a key `n` times.
    ///
    /// A key that counts more than a bin can has a bin with the remainder and then full ones. If there would be more
    /// bins than the limit, the lowest are removed and the lowest that is left counts for them; what it cannot count is
    /// lost.
    pub fn insert(&mut self, key: i16, n: u64) {
        if n == 0 {
            return;
        }
        let at = self.position(key);
        let words = self.storage.as_mut().get_mut(..self.len).unwrap_or_default();
        if let Some(word) = words.get_mut(at)
            && Bin::from_word(*word).key == key
            && n <= MOST - u64::from(Bin::from_word(*word).n)
        {
            *word += n;
        } else if n > MOST || self.count_at(at, key).is_some() || !self.insert_one(at, Bin { key, n: n as u32 }.word())
        {
            self.insert_bins(at, key, n);
        }
    }

    /// Inserts a bin before the one at `at`, if there is room for one more.
    #[inline]
    fn insert_one(&mut self, at: usize, word: u64) -> bool {
        let len = self.len();
        let Some(tail) = self.storage.as_mut().get_mut(at..len.saturating_add(1)) else { return false };
        shift::words_back(tail, 1);
        tail.iter_mut().take(1).for_each(|first| *first = word);
        self.len = len.saturating_add(1);
        true
    }

    /// Counts a key `n` times whose first bin, if it has one, is at `at` and cannot count them all.
    #[inline(never)]
    fn insert_bins(&mut self, at: usize, key: i16, n: u64) {
        let present = self.count_at(at, key);
        let total = present.unwrap_or(0).saturating_add(n);
        // A remainder of 0 makes a full bin.
        let full = total.saturating_sub(1) / MOST;
        let rest = total - full * MOST;
        let word = Bin { key, n: rest as u32 }.word();
        match present {
            Some(_) => self.set(at, word),
            None => self.insert_copies(at, 1, word),
        }
        if full > 0 {
            // The bin of the remainder may have been removed.
            let at = self.position(key);
            let after = at + usize::from(self.count_at(at, key).is_some());
            let copies = usize::try_from(full).unwrap_or(usize::MAX);
            self.insert_copies(after, copies, Bin { key, n: u32::MAX }.word());
        }
    }

    /// Counts all that another store has counted: in one walk over both, or key by key where the limit is reached or a
    /// bin is full.
    pub fn merge<T: AsRef<[u64]>>(&mut self, other: &Store<T>) {
        let (ours, theirs) = (self.len(), other.words());
        if let Some(len) = merge::merged_len(self.words(), theirs)
            && len <= self.capacity()
        {
            merge::merge(self.storage.as_mut(), ours, theirs, len);
            self.len = len;
            return;
        }
        for bin in other.bins() {
            self.insert(bin.key, u64::from(bin.n));
        }
    }

    /// The place of the first bin of a key, or where it would be.
    fn position(&self, key: i16) -> usize {
        let first = Bin::first_word(key);
        self.words().partition_point(|&word| word < first)
    }

    /// The count of the bin at a place, if it has the key.
    fn count_at(&self, at: usize, key: i16) -> Option<u64> {
        let bin = Bin::from_word(*self.words().get(at)?);
        (bin.key == key).then_some(u64::from(bin.n))
    }

    fn set(&mut self, at: usize, word: u64) {
        if let Some(slot) = self.storage.as_mut().get_mut(at) {
            *slot = word;
        }
    }

    /// Inserts `copies` equal bins before the one at `at`, and removes as many of the lowest as are then beyond the
    /// limit.
    fn insert_copies(&mut self, mut at: usize, mut copies: usize, word: u64) {
        let free = self.capacity() - self.len();
        let excess = copies.saturating_sub(free);
        let mut removed = 0u64;
        if excess > 0 {
            // First the bins below, then some of the copies themselves.
            let below = excess.min(at);
            removed = self.remove_lowest(below);
            at -= below;
            let uncounted = excess - below;
            copies -= uncounted;
            let each = u64::from(Bin::from_word(word).n);
            removed = removed.saturating_add(each.saturating_mul(uncounted as u64));
        }
        let len = self.len();
        self.len = len + copies;
        if let Some(tail) = self.storage.as_mut().get_mut(at..len + copies) {
            shift::words_back(tail, copies);
            for slot in tail.iter_mut().take(copies) {
                *slot = word;
            }
        }
        if removed > 0
            && let Some(&lowest) = self.words().first()
        {
            let Bin { key, n } = Bin::from_word(lowest);
            let n = u64::from(n).saturating_add(removed).min(MOST) as u32;
            self.set(0, Bin { key, n }.word());
        }
    }

    /// Removes the lowest bins and says how much they have counted.
    fn remove_lowest(&mut self, bins: usize) -> u64 {
        let removed = self.bins().take(bins).map(|bin| u64::from(bin.n)).sum();
        let len = self.len();
        if let Some(words) = self.storage.as_mut().get_mut(..len)
            && bins <= len
        {
            shift::words_to_front(words, bins);
            self.len = len - bins;
        }
        removed
    }
}

/// The bins of a store, lowest key first.
#[derive(Debug, Clone)]
pub struct Bins<'a>(slice::Iter<'a, u64>);

impl Iterator for Bins<'_> {
    type Item = Bin;

    fn next(&mut self) -> Option<Bin> {
        self.0.next().map(|&word| Bin::from_word(word))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }

    fn nth(&mut self, n: usize) -> Option<Bin> {
        self.0.nth(n).map(|&word| Bin::from_word(word))
    }
}

impl DoubleEndedIterator for Bins<'_> {
    fn next_back(&mut self) -> Option<Bin> {
        self.0.next_back().map(|&word| Bin::from_word(word))
    }
}

impl ExactSizeIterator for Bins<'_> {}
impl FusedIterator for Bins<'_> {}

#[cfg(test)]
mod tests {
    use super::{Bin, Store};
    use std::{string::String, vec, vec::Vec};

    const MAX: u64 = u32::MAX as u64;

    /// A store of bins as sketch tables write them: `1:3 2:max 3:max-1`.
    fn store(capacity: usize, text: &str) -> Store<Vec<u64>> {
        let words: Vec<u64> = text.split_whitespace().map(word).collect();
        let len = words.len();
        let mut storage = words;
        storage.resize(capacity.max(len), u64::MAX);
        Store::from_parts(storage, len)
    }

    fn word(bin: &str) -> u64 {
        let (key, n) = bin.split_once(':').unwrap();
        let n = match n.strip_prefix("max") {
            Some("") => u32::MAX,
            Some(minus) => u32::MAX - minus[1..].parse::<u32>().unwrap(),
            None => n.parse().unwrap(),
        };
        Bin { key: key.parse().unwrap(), n }.word()
    }

    fn text(store: &Store<Vec<u64>>) -> String {
        let bins: Vec<String> = store
            .bins()
            .map(|Bin { key, n }| match u32::MAX - n {
                0 => std::format!("{key}:max"),
                less @ 1..=9 => std::format!("{key}:max-{less}"),
                _ => std::format!("{key}:{n}"),
            })
            .collect();
        bins.join(" ")
    }

    fn total(store: &Store<Vec<u64>>) -> u64 {
        store.bins().map(|bin| u64::from(bin.n)).sum()
    }

    #[test]
    fn words_sort_as_their_keys() {
        let keys = [i16::MIN, -32767, -2, -1, 0, 1, 2, 32767];
        let words: Vec<u64> = keys.iter().map(|&key| Bin { key, n: 7 }.word()).collect();
        assert!(words.is_sorted());
        for (word, key) in words.iter().zip(keys) {
            assert_eq!(Bin::from_word(*word), Bin { key, n: 7 });
        }
    }

    #[test]
    fn keys_are_inserted_in_order_and_a_remainder_stands_before_full_bins() {
        for (start, keys, result) in [
            ("", vec![0, 0, 0, 1, 2, 5, 9], "0:3 1:1 2:1 5:1 9:1"),
            ("0:2", vec![-1, -2, -3], "-3:1 -2:1 -1:1 0:2"),
            ("0:2", vec![0, 0], "0:4"),
            ("0:max", vec![0], "0:1 0:max"),
            ("0:max 0:max", vec![0], "0:1 0:max 0:max"),
            ("0:1 0:max 0:max", vec![0, 0], "0:3 0:max 0:max"),
            ("1:1 3:1 4:1 5:1 6:1 7:1", vec![2, 3], "1:1 2:1 3:2 4:1 5:1 6:1 7:1"),
            ("1:1 3:1", vec![2, 2, 2], "1:1 2:3 3:1"),
            ("0:max-3", vec![0, 0, 0, 0, 0], "0:2 0:max"),
        ] {
            let mut one_by_one = store(16, start);
            for &key in &keys {
                one_by_one.insert(key, 1);
            }
            assert_eq!(text(&one_by_one), result, "{start} and {keys:?}");
        }
        let mut at_once = store(16, "0:max-3");
        at_once.insert(0, 5);
        assert_eq!(text(&at_once), "0:2 0:max");
    }

    #[test]
    fn counts_that_fill_bins_exactly_leave_no_remainder() {
        let mut bins = store(8, "");
        bins.insert(3, MAX);
        assert_eq!(text(&bins), "3:max");
        bins.insert(3, MAX);
        assert_eq!(text(&bins), "3:max 3:max");
        bins.insert(4, 3 * MAX);
        assert_eq!(text(&bins), "3:max 3:max 4:max 4:max 4:max");
    }

    #[test]
    fn merged_bins_add_up() {
        for (left, right, limit, result) in [
            ("1:1", "", 9, "1:1"),
            ("", "1:1", 9, "1:1"),
            ("1:3", "1:2", 9, "1:5"),
            ("1:max-1", "1:max-2", 9, "1:max-3 1:max"),
            ("1:1 2:1 3:1", "5:1 6:1 10:1", 9, "1:1 2:1 3:1 5:1 6:1 10:1"),
            (
                "0:1 1:1 2:1 3:1 4:1 5:1 6:1 7:1 8:1 9:1 10:1",
                "0:1 1:1 2:1 3:1 4:1 5:1 6:1 7:1 8:1 9:1",
                3,
                "8:18 9:2 10:1",
            ),
        ] {
            let mut into = store(limit, "");
            into.merge(&store(0, left));
            into.merge(&store(0, right));
            assert_eq!(text(&into), result, "{left} and {right}");
        }
    }

    #[test]
    fn the_lowest_bins_collapse_at_the_limit_and_lose_only_what_a_bin_cannot_count() {
        for (limit, before, after, lost) in [
            (2, "5:10 6:20", "5:10 6:20", 0),
            (2, "0:2 1:3 2:4 3:5", "2:9 3:5", 0),
            (2, "-3:5 -2:3 -1:2 0:1", "-1:10 0:1", 0),
            (4, "0:1 1:1 2:1 3:1 4:1 5:1 6:1 7:1 8:1 9:1", "6:7 7:1 8:1 9:1", 0),
            (1, "0:50000 1:50000 2:1", "2:100001", 0),
            (1, "0:max 1:1", "1:max", 1),
            (2, "1:max 2:max 3:max", "2:max 3:max", MAX),
            (3, "1:max 1:max 1:1 2:max 3:1 4:1", "2:max 3:1 4:1", 2 * MAX + 1),
        ] {
            let whole = store(0, before);
            let mut ascending = store(limit, "");
            ascending.merge(&whole);
            assert_eq!(text(&ascending), after, "{before} at {limit}");
            assert_eq!(total(&whole) - total(&ascending), lost, "{before} at {limit}");
            // Without losses the order does not matter.
            let mut descending = store(limit, "");
            for bin in whole.bins().rev() {
                descending.insert(bin.key, u64::from(bin.n));
            }
            if lost == 0 {
                assert_eq!(text(&descending), after, "{before} from the right at {limit}");
            }
        }
    }

    #[test]
    fn a_key_below_all_others_in_a_full_store_counts_for_the_lowest() {
        let mut bins = store(2, "5:1 6:1");
        bins.insert(1, 4);
        assert_eq!(text(&bins), "5:5 6:1");
        bins.insert(1, 3 * MAX);
        assert_eq!(text(&bins), "5:max 6:1");
    }

    #[test]
    fn many_equal_keys_need_one_bin() {
        let mut bins = store(4096, "");
        bins.insert(42, 4096 * 65_535 + 1);
        assert_eq!(text(&bins), "42:268431361");
    }

    #[test]
    fn no_count_makes_more_bins_than_the_limit() {
        let mut bins = store(4096, "");
        for key in 1..=5000 {
            bins.insert(key, 4096 * MAX);
        }
        assert_eq!(bins.len(), 4096);
        assert!(bins.bins().all(|bin| bin == Bin { key: 5000, n: u32::MAX }));
        bins.insert(5000, u64::MAX);
        assert!(bins.bins().all(|bin| bin == Bin { key: 5000, n: u32::MAX }));
    }

    #[test]
    fn a_store_without_room_counts_nothing() {
        let mut bins = Store::new([0u64; 0]);
        bins.insert(1, u64::MAX);
        assert!(bins.is_empty());
    }

    #[test]
    fn a_borrowed_block_is_a_store() {
        let mut block = [u64::MAX; 8];
        let mut borrowed = Store::new(&mut block[2..6]);
        borrowed.insert(7, 1);
        borrowed.insert(5, 2);
        let len = borrowed.len();
        let again = Store::from_parts(&block[2..6], len);
        assert_eq!(again.bins().collect::<Vec<_>>(), [Bin { key: 5, n: 2 }, Bin { key: 7, n: 1 }]);
        assert_eq!(block[1], u64::MAX);
        assert_eq!(block[6], u64::MAX);
    }

    #[test]
    fn a_length_beyond_the_storage_is_all_of_it() {
        let mut bins = Store::from_parts([Bin { key: 1, n: 1 }.word(), Bin { key: 2, n: 1 }.word()], 99);
        assert_eq!(bins.len(), 2);
        bins.insert(3, 1);
        assert_eq!(bins.bins().collect::<Vec<_>>(), [Bin { key: 2, n: 2 }, Bin { key: 3, n: 1 }]);
    }
}
