//! The bins of a sketch, in the words of a storage.

use super::bin::{Bin, Bins, MOST};
use super::{mapping, merge};
use crate::shift;

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
        Bins::new(self.words())
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
    #[inline]
    pub fn insert(&mut self, key: i16, n: u64) {
        let words = self.storage.as_mut();
        let words = words.get_mut(..self.len).unwrap_or_default();
        // Where a word takes two registers, looking twice costs more than it saves.
        if cfg!(target_pointer_width = "64")
            && let Some(word) = guess(words, key).and_then(|at| words.get_mut(at))
            && n <= MOST.saturating_sub(u64::from(Bin::from_word(*word).n))
        {
            *word = word.wrapping_add(n);
        } else {
            self.insert_anywhere(key, n);
        }
    }

    /// Counts the key of each of these values `n` times, as [`Store::insert`] does.
    #[inline]
    pub(crate) fn insert_all(&mut self, mut values: &[f64], n: u64) {
        while let Some((key, rest)) = self.insert_near(values, n) {
            self.insert_anywhere(key, n);
            values = rest;
        }
    }

    /// Counts the keys of the first of these values, until one is not where it is looked for first: returns that, and the values behind it.
    #[inline(always)]
    fn insert_near<'a>(&mut self, values: &'a [f64], n: u64) -> Option<(i16, &'a [f64])> {
        let words = self.storage.as_mut().get_mut(..self.len).unwrap_or_default();
        let middle = words.len() / 2;
        // Where the first key would be, if none were missing.
        let from = words.get(middle).map_or(0, |word| (word >> 32).wrapping_sub(middle as u64));
        let most = MOST.saturating_sub(n) as u32;
        let mut values = values.iter();
        while let Some(&value) = values.next() {
            let key = mapping::key(value);
            let wanted = Bin::first_word(key) >> 32;
            match words.get_mut(wanted.wrapping_sub(from) as usize) {
                Some(word) if *word >> 32 == wanted && *word as u32 <= most => *word = word.wrapping_add(n),
                _ => return Some((key, values.as_slice())),
            }
        }
        None
    }

    /// Counts a key that is not where it was looked for first.
    #[inline(never)]
    fn insert_anywhere(&mut self, key: i16, n: u64) {
        if n == 0 {
            return;
        }
        let at = self.position(key);
        let words = self.storage.as_mut().get_mut(..self.len).unwrap_or_default();
        if let Some(word) = words.get_mut(at)
            && Bin::from_word(*word).key == key
            && n <= MOST.saturating_sub(u64::from(Bin::from_word(*word).n))
        {
            *word = word.wrapping_add(n);
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
        let rest = total.saturating_sub(full.saturating_mul(MOST));
        let word = Bin { key, n: rest as u32 }.word();
        match present {
            Some(_) => self.set(at, word),
            None => self.insert_copies(at, 1, word),
        }
        if full > 0 {
            // The bin of the remainder may have been removed.
            let at = self.position(key);
            let after = at.saturating_add(usize::from(self.count_at(at, key).is_some()));
            let copies = usize::try_from(full).unwrap_or(usize::MAX);
            self.insert_copies(after, copies, Bin { key, n: u32::MAX }.word());
        }
    }

    /// Counts all that another store has counted: in one walk over both, or key by key where the limit is reached or a
    /// bin is full.
    pub fn merge<T: AsRef<[u64]>>(&mut self, other: &Store<T>) {
        let ours = self.len();
        if let Some(len) = merge::merge(self.storage.as_mut(), ours, other.words()) {
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
        let free = self.capacity().saturating_sub(self.len());
        let excess = copies.saturating_sub(free);
        let mut removed = 0u64;
        if excess > 0 {
            // First the bins below, then some of the copies themselves.
            let below = excess.min(at);
            removed = self.remove_lowest(below);
            at = at.saturating_sub(below);
            let uncounted = excess.saturating_sub(below);
            copies = copies.saturating_sub(uncounted);
            let each = u64::from(Bin::from_word(word).n);
            removed = removed.saturating_add(each.saturating_mul(uncounted as u64));
        }
        let len = self.len().saturating_add(copies);
        self.len = len;
        if let Some(tail) = self.storage.as_mut().get_mut(at..len) {
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
        let removed = self.bins().take(bins).fold(0, |sum: u64, bin| sum.saturating_add(u64::from(bin.n)));
        let len = self.len();
        if let Some(words) = self.storage.as_mut().get_mut(..len)
            && bins <= len
        {
            shift::words_to_front(words, bins);
            self.len = len.saturating_sub(bins);
        }
        removed
    }
}

/// The place of a key that lies as far from the middle bin as its key from that bin's, or one nearer: so it is where no key between them is
/// missing, or one, which holds around the mode of most distributions.
#[inline]
fn guess(words: &[u64], key: i16) -> Option<usize> {
    let middle = words.len() / 2;
    let wanted = Bin::first_word(key) >> 32;
    let distance = wanted.wrapping_sub(*words.get(middle)? >> 32) as usize;
    let at = middle.wrapping_add(distance);
    if *words.get(at)? >> 32 == wanted {
        return Some(at);
    }
    None
}

#[cfg(test)]
#[path = "store_tests.rs"]
mod tests;
