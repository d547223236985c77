//! The numbers of a counter.
//!
//! `tests/tests/loom.rs` includes this file with other atomics, to try every order of its steps.

use super::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};

/// A sum, and how many calls it is of. Both only ever go on, and wrap around.
#[derive(Debug, Default)]
pub(super) struct Count {
    sum: AtomicI64,
    calls: AtomicU64,
}

impl Count {
    /// Takes a call in where no other thread writes.
    #[inline]
    pub(super) fn add(&self, value: i64) {
        self.sum.store(self.sum.load(Relaxed).wrapping_add(value), Relaxed);
        self.calls.store(self.calls.load(Relaxed).wrapping_add(1), Relaxed);
    }

    /// Takes a call in where other threads write.
    pub(super) fn add_shared(&self, value: i64) {
        self.sum.fetch_add(value, Relaxed);
        self.calls.fetch_add(1, Relaxed);
    }

    /// Takes over the sum of `counts`, and tells what is new in it. By one thread at a time, of which the next one knows of all that the last one
    /// has done.
    pub(super) fn since<'a>(&self, counts: impl Iterator<Item = &'a Count>) -> (i64, u64) {
        let (mut sum, mut calls) = (0i64, 0u64);
        for count in counts {
            sum = sum.wrapping_add(count.sum.load(Relaxed));
            calls = calls.wrapping_add(count.calls.load(Relaxed));
        }
        let new = sum.wrapping_sub(self.sum.swap(sum, Relaxed));
        (new, calls.wrapping_sub(self.calls.swap(calls, Relaxed)))
    }
}
