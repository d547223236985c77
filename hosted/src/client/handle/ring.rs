//! A ring of values between the thread that fills it and those that empty it.
//!
//! `tests/tests/loom.rs` includes this file with other atomics, to try every order of its steps.

use super::atomic::{AtomicU64, AtomicUsize, Ordering::*};

/// One writer, and readers of whom one gets a value; positions grow for ever.
#[derive(Debug)]
pub(super) struct Ring<const LEN: usize> {
    values: [AtomicU64; LEN],
    read: AtomicUsize,
    written: AtomicUsize,
}

impl<const LEN: usize> Ring<LEN> {
    pub(super) fn new() -> Self {
        Ring {
            values: std::array::from_fn(|_| AtomicU64::new(0)),
            read: AtomicUsize::new(0),
            written: AtomicUsize::new(0),
        }
    }

    /// Takes a value, unless it is full.
    #[inline]
    pub(super) fn push(&self, value: f64) -> bool {
        let written = self.written.load(Relaxed);
        // Pairs with the release in `take`: a place is written again only after it was read.
        if written.wrapping_sub(self.read.load(Acquire)) >= LEN {
            return false;
        }
        self.values[written % LEN].store(value.to_bits(), Relaxed);
        self.written.store(written.wrapping_add(1), Release);
        true
    }

    /// Takes all values out, into the front of `values`.
    pub(super) fn take<'a>(&self, values: &'a mut [f64; LEN]) -> &'a [f64] {
        loop {
            let read = self.read.load(Acquire);
            let len = self.written.load(Acquire).wrapping_sub(read).min(LEN);
            for (offset, value) in values[..len].iter_mut().enumerate() {
                *value = f64::from_bits(self.values[read.wrapping_add(offset) % LEN].load(Relaxed));
            }
            // Until `read` moves on the writer leaves these places alone, and who moves it has the values.
            if self.read.compare_exchange(read, read.wrapping_add(len), AcqRel, Relaxed).is_ok() {
                return &values[..len];
            }
        }
    }
}
