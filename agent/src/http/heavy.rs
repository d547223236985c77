//! What comes most often, and how many different things there are, in bounded memory.

use std::collections::{HashMap, HashSet, hash_map::RandomState};
use std::hash::BuildHasher;

/// Things that are counted at a time, and bytes of their texts.
const THINGS: usize = 16_384;
const BYTES: usize = 1 << 20;

/// Counts how often each text comes. When there are too many, those with the lowest counts are dropped; a text that comes again begins from 0. A text that is
/// more than one in some thousands stays, and its count lacks at most [`Heavy::missed`].
#[derive(Debug, Default)]
pub(super) struct Heavy<T> {
    counts: HashMap<Box<[u8]>, T>,
    bytes: usize,
    missed: u64,
}

/// What is kept of a text.
pub(super) trait Weight: Default {
    fn weight(&self) -> u64;
}

impl Weight for u64 {
    fn weight(&self) -> u64 {
        *self
    }
}

impl<T: Weight> Heavy<T> {
    /// What is kept of `text`, at most `things` of them.
    pub(super) fn of(&mut self, text: &[u8], things: usize) -> &mut T {
        if !self.counts.contains_key(text) {
            if self.counts.len() >= things.min(THINGS) || self.bytes + text.len() > BYTES {
                self.prune();
            }
            self.bytes += text.len();
        }
        self.counts.entry(text.into()).or_default()
    }

    /// Forgets the half that weighs least.
    fn prune(&mut self) {
        let mut weights: Vec<u64> = self.counts.values().map(T::weight).collect();
        let half = weights.len() / 2;
        let floor = *weights.select_nth_unstable(half).1;
        let mut spare = self.counts.values().filter(|value| value.weight() < floor).count();
        self.counts.retain(|_, value| {
            // Of those that weigh as much as the middle, as many are dropped as needed.
            let goes = value.weight() < floor || (value.weight() == floor && spare <= half);
            spare += usize::from(goes && value.weight() == floor);
            !goes
        });
        self.bytes = self.counts.keys().map(|text| text.len()).sum();
        self.missed += floor;
    }

    /// The most that a count can lack; 0 if all of them are exact.
    pub(super) fn missed(&self) -> u64 {
        self.missed
    }

    /// The `top` heaviest with their weights, the heaviest first and equal ones by text.
    pub(super) fn largest(&self, top: usize) -> Vec<(&[u8], u64)> {
        let mut all: Vec<(&[u8], u64)> = self.counts.iter().map(|(text, value)| (&text[..], value.weight())).collect();
        all.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        all.truncate(top);
        all
    }
}

/// Hashes that are kept of one set.
const KEPT: usize = 1024;

/// How many different things there are: exact for the first [`KEPT`], then within some percent. Kept are hashes that end in so many zeros that they fit (adaptive sampling,
/// by Wegman).
#[derive(Debug, Default)]
pub(super) struct Distinct {
    hashes: HashSet<u64>,
    zeros: u32,
}

impl Distinct {
    pub(super) fn add(&mut self, thing: &[u8], hasher: &RandomState) {
        let hash = hasher.hash_one(thing);
        if hash.trailing_zeros() < self.zeros {
            return;
        }
        self.hashes.insert(hash);
        while self.hashes.len() > KEPT {
            self.zeros += 1;
            self.hashes.retain(|hash| hash.trailing_zeros() >= self.zeros);
        }
    }

    pub(super) fn is_exact(&self) -> bool {
        self.zeros == 0
    }
}

impl Weight for Distinct {
    fn weight(&self) -> u64 {
        (self.hashes.len() as u64) << self.zeros
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heaviest_stay_however_many_others_come() {
        let mut heavy = Heavy::<u64>::default();
        for number in 0..200_000u32 {
            *heavy.of(number.to_string().as_bytes(), usize::MAX) += 1;
            if number % 100 == 0 {
                *heavy.of(b"heavy", usize::MAX) += 1;
            }
        }
        assert!(heavy.counts.len() <= THINGS && heavy.bytes <= BYTES);
        let largest = heavy.largest(1)[0];
        assert_eq!(largest.0, b"heavy");
        assert!(largest.1 <= 2000 && largest.1 + heavy.missed() >= 2000, "{largest:?} {}", heavy.missed());
    }

    #[test]
    fn long_texts_are_bounded_by_their_bytes() {
        let mut heavy = Heavy::<u64>::default();
        for number in 0..1000u32 {
            let text = number.to_string().repeat(2000);
            *heavy.of(text.as_bytes(), usize::MAX) += 1;
            assert!(heavy.bytes <= BYTES + text.len());
        }
    }

    #[test]
    fn different_things_are_counted_exactly_when_they_are_few_and_nearly_when_they_are_many() {
        let hasher = RandomState::new();
        let mut distinct = Distinct::default();
        for number in 0..1024u32 {
            (0..2).for_each(|_| distinct.add(&number.to_le_bytes(), &hasher));
        }
        assert_eq!((distinct.weight(), distinct.is_exact()), (1024, true));
        for number in 0..100_000u32 {
            distinct.add(&number.to_le_bytes(), &hasher);
        }
        assert!((70_000..130_000).contains(&distinct.weight()), "{}", distinct.weight());
        assert!(distinct.hashes.len() <= KEPT && !distinct.is_exact());
    }
}
