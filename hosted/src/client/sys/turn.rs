//! A lock for what one thread uses all the time and another one now and then, each for less than a microsecond.
//!
//! Taking it is one atomic exchange and giving it back one store, half of what a mutex costs, which has to ask at the end whether somebody
//! sleeps. Here no thread sleeps: one that finds it taken lets other threads run, and after a while sleeps for moments, so that a thread of a high real-time
//! priority lets one of a lower priority finish on the same core. So it is for two threads at a time; a crowd queues at a mutex before.
//!
//! `tests/tests/loom.rs` includes this file with other atomics, to try every order of its steps.

use std::cell::UnsafeCell;
use std::ops::{Deref, DerefMut};

use super::atomic::{AtomicU8, Ordering};
use super::let_others_run;

/// A value and whose turn it is to use it.
#[derive(Debug)]
pub(crate) struct Turn<T> {
    state: AtomicU8,
    value: UnsafeCell<T>,
}

const FREE: u8 = 0;
/// Taken by the thread that uses it all the time.
const OWNED: u8 = 1;
/// Taken by another thread.
const LENT: u8 = 2;

// SAFETY: only the one holder of a `Held` reaches the value, so sharing the lock is sending the value from holder to holder.
unsafe impl<T: Send> Sync for Turn<T> {}

impl<T> Turn<T> {
    /// A value that nobody uses.
    pub(crate) fn new(value: T) -> Turn<T> {
        Turn { state: AtomicU8::new(FREE), value: UnsafeCell::new(value) }
    }

    /// Waits for the turn of the one thread that calls this; `None` if that thread has it already: it was called by what it does meanwhile, by an
    /// allocator for one.
    #[inline]
    pub(crate) fn take_own(&self) -> Option<Held<'_, T>> {
        // Pairs with the release in `drop`.
        match self.state.compare_exchange(FREE, OWNED, Ordering::Acquire, Ordering::Relaxed) {
            Ok(_) => Some(Held(self)),
            Err(_) => self.wait(OWNED),
        }
    }

    /// Waits for the turn of a thread that does not have it.
    #[inline]
    pub(crate) fn take(&self) -> Held<'_, T> {
        loop {
            if let Some(taken) = self.wait(LENT) {
                return taken;
            }
        }
    }

    #[cold]
    fn wait(&self, mine: u8) -> Option<Held<'_, T>> {
        for times in 0.. {
            match self.state.compare_exchange(FREE, mine, Ordering::Acquire, Ordering::Relaxed) {
                Ok(_) => return Some(Held(self)),
                Err(OWNED) if mine == OWNED => return None,
                Err(_) => let_others_run(times),
            }
        }
        None
    }
}

/// The turn, until it is dropped, in a panic too.
#[derive(Debug)]
pub(crate) struct Held<'a, T>(&'a Turn<T>);

impl<T> Deref for Held<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: whoever holds the turn is the only one.
        unsafe { &*self.0.value.get() }
    }
}

impl<T> DerefMut for Held<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: whoever holds the turn is the only one.
        unsafe { &mut *self.0.value.get() }
    }
}

impl<T> Drop for Held<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.0.state.store(FREE, Ordering::Release);
    }
}
