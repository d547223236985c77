//! A value that is made when it is first needed, by whichever thread needs it; no thread waits for another one.
//!
//! A thread that waited could wait for ever: in the child of a fork for one that there is not, and in an allocator for itself.
//!
//! `tests/tests/loom.rs` includes this file with other atomics, to try every order of its steps.

use std::ptr;

use super::atomic::{AtomicPtr, Ordering};

/// A value that may not be there yet. Once it is, it stays.
#[derive(Debug)]
pub(crate) struct Later<T>(AtomicPtr<T>);

// SAFETY: it owns its value as a box does, and hands out shared references to it.
unsafe impl<T: Send + Sync> Sync for Later<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Send for Later<T> {}

impl<T> Later<T> {
    /// Nothing yet.
    pub(crate) fn new() -> Later<T> {
        Later(AtomicPtr::new(ptr::null_mut()))
    }

    /// The value, if it is there.
    #[inline]
    pub(crate) fn get(&self) -> Option<&T> {
        // Pairs with the release in `get_or_make`.
        let made = self.0.load(Ordering::Acquire);
        // SAFETY: the pointer is null or comes from a box that is freed only by `drop`, when no reference to `self` is left.
        unsafe { made.as_ref() }
    }

    /// The value; of several threads that make one at the same time, one is kept.
    #[cold]
    pub(crate) fn get_or_make(&self, make: impl FnOnce() -> T) -> &T {
        if let Some(made) = self.get() {
            return made;
        }
        let made = Box::into_raw(Box::new(make()));
        match self.0.compare_exchange(ptr::null_mut(), made, Ordering::AcqRel, Ordering::Acquire) {
            // SAFETY: as in `get`.
            Ok(_) => unsafe { &*made },
            Err(other) => {
                // SAFETY: it was made above, and nobody else has seen it.
                drop(unsafe { Box::from_raw(made) });
                // SAFETY: as in `get`.
                unsafe { &*other }
            }
        }
    }
}

impl<T> Drop for Later<T> {
    fn drop(&mut self) {
        let made = self.0.swap(ptr::null_mut(), Ordering::Acquire);
        if !made.is_null() {
            // SAFETY: it comes from a box, and no other reference is left.
            drop(unsafe { Box::from_raw(made) });
        }
    }
}
