//! The numbers of a counter.
//!
//! `tests/tests/loom.rs` includes this file with other atomics, to try every order of its steps.

use super::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};

/// A sum, and of how many calls. Neither is ever reset; both wrap around.
#[derive(Debug, Default)]
pub(crate) struct Count {
    sum: AtomicI64,
    calls: AtomicU64,
}

impl Count {
    /// Adds a call; no other thread may write.
    #[inline]
    pub(crate) fn add(&self, value: i64) {
        self.sum.store(self.sum.load(Relaxed).wrapping_add(value), Relaxed);
        self.calls.store(self.calls.load(Relaxed).wrapping_add(1), Relaxed);
    }

    /// Adds a call; other threads may write at the same time.
    pub(crate) fn add_shared(&self, value: i64) {
        self.sum.fetch_add(value, Relaxed);
        self.calls.fetch_add(1, Relaxed);
    }

    /// Stores the sum of `counts`, and returns what is new in it. One thread at a time calls it, and each sees all that the one before has
    /// written.
    pub(crate) fn since<'a>(&self, counts: impl Iterator<Item = &'a Count>) -> (i64, u64) {
        let (mut sum, mut calls) = (0i64, 0u64);
        for count in counts {
            sum = sum.wrapping_add(count.sum.load(Relaxed));
            calls = calls.wrapping_add(count.calls.load(Relaxed));
        }
        let new = sum.wrapping_sub(self.sum.swap(sum, Relaxed));
        (new, calls.wrapping_sub(self.calls.swap(calls, Relaxed)))
    }
}
