//! Which of up to 32 places are taken.
//!
//! `tests/tests/loom.rs` includes this file with other atomics, to try every order of its steps.

use super::atomic::{AtomicU32, Ordering};

/// A bit for each place that is taken.
pub(crate) struct Leases(pub(crate) AtomicU32);

impl Leases {
    /// Takes a free one of the first `places`, fewer than 32. Everything that its last owner wrote before it gave the place back is visible.
    pub(crate) fn take(&self, places: usize) -> Option<usize> {
        let free = |taken: u32| {
            let place = taken.trailing_ones();
            ((place as usize) < places).then_some(taken | 1 << place)
        };
        let taken = self.0.fetch_update(Ordering::Acquire, Ordering::Relaxed, free).ok()?;
        Some(taken.trailing_ones() as usize)
    }

    /// Gives one back. Pairs with the acquire in `take`.
    pub(crate) fn give_back(&self, place: usize) {
        self.0.fetch_and(!(1 << place), Ordering::Release);
    }
}
