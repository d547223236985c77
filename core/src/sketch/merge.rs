//! Two sorted lists of bins become one, in the place of the first, in a single walk.

use core::cell::Cell;

use super::bin::MOST;
use crate::shift;

/// Above the word of any bin.
const END: u64 = u64::MAX;

/// Merges `theirs` into the first `ours` bins of `words` and returns how many bins these are then. `None`, with nothing changed, if there is no
/// room for them, or if a bin is so full that a key may need several.
pub(super) fn merge(words: &mut [u64], ours: usize, theirs: &[u64]) -> Option<usize> {
    let own = words.get(..ours)?;
    // All at once, as vector instructions do it: no count has the highest bit.
    let all = own.iter().chain(theirs).fold(0, |all, word| all | word);
    if count(all) > MOST / 2 {
        return None;
    }
    let room = words.len().checked_sub(ours)?;
    // How far our bins are moved back: a bin is then read before its place is written.
    let shift = if theirs.len() <= room { theirs.len() } else { new_keys(own, theirs) };
    let end = ours.checked_add(shift)?;
    let words = words.get_mut(..end)?;
    shift::words_back(words, shift);
    Some(walk(words, shift, theirs))
}

/// How many of their keys we do not have.
fn new_keys(ours: &[u64], theirs: &[u64]) -> usize {
    let mut ours = ours.iter().peekable();
    let is_new = |their: &&u64| {
        while ours.next_if(|&&our| key(our) < key(**their)).is_some() {}
        ours.peek().is_none_or(|&&our| key(our) != key(**their))
    };
    // Not `count`, which panics beyond the last number where a build has overflow checks.
    theirs.iter().filter(is_new).fold(0, |keys: usize, _| keys.saturating_add(1))
}

/// Merges `theirs` and our bins, which begin at `from`, into the front of `words`; returns how many bins these are.
fn walk(words: &mut [u64], from: usize, theirs: &[u64]) -> usize {
    let (free, left) = walk_theirs(words, from, theirs);
    let (written, unused) = (words.len().saturating_sub(free), free.saturating_sub(left));
    shift::words_to_front(words.get_mut(written..).unwrap_or_default(), unused);
    words.len().saturating_sub(unused)
}

/// Merges `theirs` and as many of our bins as are needed for that; returns how many words are not written yet, and how many bins, the last words,
/// are left.
///
/// Most keys stand in runs: keys that both have, those that only we have, and only they. A run takes one loop with one decision.
fn walk_theirs(words: &mut [u64], from: usize, theirs: &[u64]) -> (usize, usize) {
    // As cells, the bins that are read and the places that are written may be the same words.
    let words = Cell::from_mut(words).as_slice_of_cells();
    let (mut places, mut ours, mut theirs) = (words, behind(words, from), theirs);
    while let Some(their) = theirs.first() {
        let their = first(*their);
        let lower = run(places.iter().zip(ours), |(place, our)| (our.get() < their).then(|| place.set(our.get())));
        (places, ours) = (behind(places, lower), behind(ours, lower));
        let our = ours.first().map_or(END, |our| first(our.get()));
        let lower = run(places.iter().zip(theirs), |(place, their)| (*their < our).then(|| place.set(*their)));
        (places, theirs) = (behind(places, lower), behind(theirs, lower));
        if places.is_empty() {
            break;
        }
        let both = run(places.iter().zip(ours).zip(theirs), |((place, our), their)| {
            let (our, their) = (our.get(), *their);
            (key(our ^ their) == 0).then(|| place.set(our.wrapping_add(count(their))))
        });
        (places, ours, theirs) = (behind(places, both), behind(ours, both), behind(theirs, both));
    }
    (places.len(), ours.len())
}

/// How many of the first items are taken.
#[inline(always)]
fn run<I: Iterator>(items: I, mut take: impl FnMut(I::Item) -> Option<()>) -> usize {
    let mut taken: usize = 0;
    for item in items {
        if take(item).is_none() {
            break;
        }
        taken = taken.wrapping_add(1);
    }
    taken
}

/// What is behind the first items.
#[inline(always)]
fn behind<T>(items: &[T], taken: usize) -> &[T] {
    items.get(taken..).unwrap_or_default()
}

/// The least word of a key.
fn first(word: u64) -> u64 {
    word & !MOST
}

fn key(word: u64) -> u64 {
    word >> 32
}

fn count(word: u64) -> u64 {
    word & MOST
}

#[cfg(test)]
mod tests {
    use super::super::{Bin, Store};
    use super::merge;
    use proptest::prelude::*;
    use std::{vec, vec::Vec};

    fn store(counts: &[(i16, u32)], limit: usize) -> Store<Vec<u64>> {
        let mut store = Store::new(vec![u64::MAX; limit]);
        for &(key, n) in counts {
            store.insert(key, u64::from(n));
        }
        store
    }

    fn counts() -> impl Strategy<Value = Vec<(i16, u32)>> {
        let n = prop_oneof![9 => 1..1000u32, 1 => u32::MAX - 2..=u32::MAX];
        prop::collection::vec((-9..9i16, n), 0..20)
    }

    #[test]
    fn lists_with_a_bin_that_is_half_full_are_not_merged_in_one_walk() {
        let word = |key, n| Bin { key, n }.word();
        let merged = |ours: &[u64], theirs: &[u64], room| {
            let mut words = vec![u64::MAX; ours.len() + room];
            words[..ours.len()].copy_from_slice(ours);
            let len = merge(&mut words, ours.len(), theirs)?;
            words.truncate(len);
            Some(words)
        };
        let both = vec![word(1, 1), word(2, 1), word(3, 2)];
        assert_eq!(merged(&[word(1, 1), word(3, 1)], &[word(2, 1), word(3, 1)], 1), Some(both.clone()));
        assert_eq!(merged(&[word(1, 1), word(3, 1)], &[word(2, 1), word(3, 1)], 9), Some(both));
        assert_eq!(merged(&[word(1, 1), word(3, 1)], &[word(2, 1), word(3, 1)], 0), None);
        assert_eq!(merged(&[], &[word(1, u32::MAX / 2)], 1), Some(vec![word(1, u32::MAX / 2)]));
        assert_eq!(merged(&[], &[word(1, u32::MAX / 2 + 1)], 1), None);
        assert_eq!(merged(&[word(1, u32::MAX)], &[word(1, 1)], 1), None);
    }

    proptest! {
        #[test]
        fn a_merge_in_one_walk_gives_the_bins_of_a_merge_key_by_key(
            ours in counts(),
            theirs in counts(),
            limit in 1..64usize,
        ) {
            let (mut walked, theirs) = (store(&ours, limit), store(&theirs, 64));
            let mut one_by_one = walked.clone();
            walked.merge(&theirs);
            for bin in theirs.bins() {
                one_by_one.insert(bin.key, u64::from(bin.n));
            }
            prop_assert!(walked.bins().eq(one_by_one.bins()));
        }
    }
}
