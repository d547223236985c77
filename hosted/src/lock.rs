//! Locks that hold even after a panic.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks the mutex even if a thread has panicked while it held it: what this crate guards is whole after every statement.
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
