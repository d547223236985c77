//! A lock for what one thread uses all the time and another one now and then, each for less than a microsecond.
//!
//! Taking it is one atomic exchange and giving it back one store, half of what a mutex costs, which has to ask at the end whether somebody
//! sleeps. Here nobody does: who finds it taken lets others run until it is free. So it is for two threads at a time; a crowd queues at a
//! mutex before.

use std::cell::UnsafeCell;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicBool, Ordering};

/// A value and whose turn it is to use it.
#[derive(Debug, Default)]
pub(super) struct Turn<T> {
    taken: AtomicBool,
    value: UnsafeCell<T>,
}

// SAFETY: only the one holder of a `Taken` reaches the value, so sharing the lock is sending the value from holder to holder.
unsafe impl<T: Send> Sync for Turn<T> {}

impl<T> Turn<T> {
    /// A value that nobody uses.
    pub(super) const fn new(value: T) -> Turn<T> {
        Turn { taken: AtomicBool::new(false), value: UnsafeCell::new(value) }
    }

    /// Waits for the turn.
    #[inline]
    pub(super) fn take(&self) -> Taken<'_, T> {
        // Pairs with the release in `drop`.
        while self.taken.swap(true, Ordering::Acquire) {
            std::thread::yield_now();
        }
        Taken(self)
    }
}

/// The turn, until it is dropped, in a panic too.
#[derive(Debug)]
pub(super) struct Taken<'a, T>(&'a Turn<T>);

impl<T> Deref for Taken<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: whoever holds the turn is the only one.
        unsafe { &*self.0.value.get() }
    }
}

impl<T> DerefMut for Taken<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: whoever holds the turn is the only one.
        unsafe { &mut *self.0.value.get() }
    }
}

impl<T> Drop for Taken<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.0.taken.store(false, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_threads_never_have_the_turn_at_once() {
        let turn = Turn::new([0u64; 2]);
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    for _ in 0..100_000 {
                        let mut pair = turn.take();
                        assert_eq!(pair[0], pair[1]);
                        pair[0] += 1;
                        pair[1] += 1;
                    }
                });
            }
        });
        assert_eq!(*turn.take(), [200_000; 2]);
    }

    #[test]
    fn a_panic_gives_the_turn_back() {
        let turn = Turn::new(1);
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let mut value = turn.take();
            *value = 2;
            panic!("while it is held");
        }));
        assert!(panicked.is_err());
        assert_eq!(*turn.take(), 2);
    }
}
