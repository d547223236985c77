//! What belongs to one process: a child of `fork` makes its own, and leaves that of the parent as it is for ever.
//!
//! The child has one thread and finds locks as they were, so nothing of the parent's may be used there, and nothing freed.

use std::sync::atomic::{AtomicPtr, Ordering};

use super::Process;

/// A value of each process that uses it.
pub(crate) struct PerProcess<T>(AtomicPtr<Made<T>>);

struct Made<T> {
    generation: u64,
    value: T,
}

impl<T> PerProcess<T> {
    /// This process's value; from here on forks are counted.
    pub(crate) fn new(value: T) -> PerProcess<T> {
        Process::watch();
        PerProcess(AtomicPtr::new(boxed(value)))
    }

    /// This process's value; `None` where only the parent had one.
    #[inline]
    pub(crate) fn get(&self) -> Option<&T> {
        // SAFETY: the pointer comes from a box that is freed only by `drop`, when no reference to `self` is left; one that took its place came
        // from a box, too, and the one before is never freed.
        let made = unsafe { &*self.0.load(Ordering::Acquire) };
        (made.generation == Process::generation()).then_some(&made.value)
    }

    /// Sets this process's value, unless another thread of it was faster; returns the value in force, and whether it is the given one.
    #[cold]
    pub(crate) fn renew(&self, value: T) -> (&T, bool) {
        let old = self.0.load(Ordering::Acquire);
        // SAFETY: as in `get`.
        let is_old = unsafe { &*old }.generation != Process::generation();
        let fresh = boxed(value);
        let exchanged =
            if is_old { self.0.compare_exchange(old, fresh, Ordering::AcqRel, Ordering::Acquire) } else { Err(old) };
        match exchanged {
            // SAFETY: as in `get`.
            Ok(_) => (&unsafe { &*fresh }.value, true),
            Err(other) => {
                // SAFETY: it was made above, and nobody else has seen it.
                drop(unsafe { Box::from_raw(fresh) });
                // SAFETY: as in `get`.
                (&unsafe { &*other }.value, false)
            }
        }
    }
}

fn boxed<T>(value: T) -> *mut Made<T> {
    Box::into_raw(Box::new(Made { generation: Process::generation(), value }))
}

impl<T> Drop for PerProcess<T> {
    fn drop(&mut self) {
        let made = *self.0.get_mut();
        // SAFETY: the pointer comes from a box, and no other reference is left.
        unsafe {
            if (*made).generation == Process::generation() {
                drop(Box::from_raw(made));
            }
        }
    }
}
