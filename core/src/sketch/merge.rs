//! Two sorted lists of bins become one, in the place of the first, in a single walk.

use core::cmp::Ordering;

use super::store::MOST;

/// How many bins both lists make together; `None` if a bin is or becomes full, so that a key may have several.
pub(super) fn merged_len(ours: &[u64], theirs: &[u64]) -> Option<usize> {
    if ours.iter().any(|&word| count(word) == MOST) {
        return None;
    }
    let mut len = ours.len();
    let mut ours = ours.iter();
    let mut our = ours.next();
    for &their in theirs {
        while let Some(&word) = our
            && key(word) < key(their)
        {
            our = ours.next();
        }
        let before = match our {
            Some(&word) if key(word) == key(their) => count(word),
            _ => {
                len += 1;
                0
            }
        };
        if before + count(their) >= MOST {
            return None;
        }
    }
    Some(len)
}

/// Merges `theirs` into the first `ours` bins of `words`; both lists together make `len` bins, for which there is room.
pub(super) fn merge(words: &mut [u64], mut ours: usize, theirs: &[u64], mut len: usize) {
    let mut theirs = theirs.iter().rev();
    let mut their = theirs.next();
    // From the end, so that a bin is read before its place is written.
    while let Some(&word) = their {
        let our = ours.checked_sub(1).and_then(|last| words.get(last)).copied().unwrap_or(0);
        let order = if ours == 0 { Ordering::Less } else { key(our).cmp(&key(word)) };
        let merged = match order {
            Ordering::Less => word,
            Ordering::Equal => our + count(word),
            Ordering::Greater => our,
        };
        if order != Ordering::Less {
            ours = ours.wrapping_sub(1);
        }
        if order != Ordering::Greater {
            their = theirs.next();
        }
        len = len.wrapping_sub(1);
        if let Some(slot) = words.get_mut(len) {
            *slot = merged;
        }
    }
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
    use super::merged_len;
    use proptest::prelude::*;
    use std::{vec, vec::Vec};

    fn store(counts: &[(i16, u32)]) -> Store<Vec<u64>> {
        let mut store = Store::new(vec![u64::MAX; 64]);
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
    fn lists_with_a_full_bin_are_not_merged_in_one_walk() {
        let word = |key, n| Bin { key, n }.word();
        assert_eq!(merged_len(&[word(1, 1), word(3, 1)], &[word(2, 1), word(3, 1)]), Some(3));
        assert_eq!(merged_len(&[], &[word(1, u32::MAX - 1)]), Some(1));
        assert_eq!(merged_len(&[], &[word(1, u32::MAX)]), None);
        assert_eq!(merged_len(&[word(1, u32::MAX)], &[word(1, 1)]), None);
        assert_eq!(merged_len(&[word(1, 1), word(1, u32::MAX)], &[word(1, 1)]), None);
        assert_eq!(merged_len(&[word(1, u32::MAX - 2)], &[word(1, 2)]), None);
    }

    proptest! {
        #[test]
        fn a_merge_in_one_walk_gives_the_bins_of_a_merge_key_by_key(ours in counts(), theirs in counts()) {
            let (mut walked, theirs) = (store(&ours), store(&theirs));
            let mut one_by_one = walked.clone();
            walked.merge(&theirs);
            for bin in theirs.bins() {
                one_by_one.insert(bin.key, u64::from(bin.n));
            }
            prop_assert!(walked.bins().eq(one_by_one.bins()));
        }
    }
}
