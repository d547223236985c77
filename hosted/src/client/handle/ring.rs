//! A ring of values between the thread that fills it and those that empty it.
//!
//! `tests/tests/loom.rs` includes this file with other atomics, to try every order of its steps.

use super::atomic::{AtomicU64, AtomicUsize, Ordering::*};

/// One writer, and several readers, of which exactly one gets each value. Positions only grow.
#[derive(Debug)]
pub(crate) struct Ring<const LEN: usize> {
    values: [AtomicU64; LEN],
    read: AtomicUsize,
    written: AtomicUsize,
}

impl<const LEN: usize> Ring<LEN> {
    pub(crate) fn new() -> Self {
        Ring {
            values: std::array::from_fn(|_| AtomicU64::new(0)),
            read: AtomicUsize::new(0),
            written: AtomicUsize::new(0),
        }
    }

    /// Takes a value, unless it is full.
    #[inline]
    pub(crate) fn push(&self, value: f64) -> bool {
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
    pub(crate) fn take<'a>(&self, values: &'a mut [f64; LEN]) -> &'a [f64] {
        loop {
            let read = self.read.load(Acquire);
            let len = self.written.load(Acquire).wrapping_sub(read).min(LEN);
            let (front, back) = self.values.split_at(read % LEN);
            let (first, second) = values[..len].split_at_mut(len.min(back.len()));
            for (values, places) in [(first, back), (second, front)] {
                values.iter_mut().zip(places).for_each(|(value, place)| *value = f64::from_bits(place.load(Relaxed)));
            }
            // The writer does not touch these places until `read` moves on, and the thread that moves it owns the values.
            if self.read.compare_exchange(read, read.wrapping_add(len), AcqRel, Relaxed).is_ok() {
                return &values[..len];
            }
        }
    }
}
