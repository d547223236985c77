//! One call at a time for what stands in memory of the caller.

use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicBool, Ordering};

use crate::status::{BJ_BUSY, bj_status};

/// A value that one call uses at a time: a call from a callback, or from an interrupt handler that has stopped another call, is refused. It is no
/// lock for threads.
pub(crate) struct Lock<T> {
    busy: AtomicBool,
    value: UnsafeCell<T>,
}

impl<T> Lock<T> {
    pub(crate) const fn new(value: T) -> Self {
        Lock { busy: AtomicBool::new(false), value: UnsafeCell::new(value) }
    }

    /// Runs `work` on the value.
    ///
    /// # Errors
    ///
    /// `BJ_BUSY`, and those of `work`.
    #[inline]
    pub(crate) fn with<R>(&self, work: impl FnOnce(&mut T) -> Result<R, bj_status>) -> Result<R, bj_status> {
        // An interrupt between the two has come to its end, and freed the value, before the second: no exchange is needed, which the smallest
        // processors do not have.
        if self.busy.load(Ordering::Acquire) {
            return Err(BJ_BUSY);
        }
        self.busy.store(true, Ordering::Relaxed);
        core::sync::atomic::compiler_fence(Ordering::Acquire);
        // SAFETY: nobody else is here before `busy` is false again.
        let result = work(unsafe { &mut *self.value.get() });
        self.busy.store(false, Ordering::Release);
        result
    }
}
