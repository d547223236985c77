//! How often the process has forked.
//!
//! After `fork` a child has one thread, and locks in whatever state they were. A value that was made in generation `n` and
//! is used in another one belongs to the parent: its locks must not be taken and its threads do not exist.
//!
//! `pthread_atfork` keeps count, so that asking costs one load, where asking for the process's number would cost a system
//! call; a child made past the C library (a bare `clone`) is not noticed.

use std::sync::atomic::{AtomicU64, Ordering};

static GENERATION: AtomicU64 = AtomicU64::new(0);

/// The number of this process's generation; a child's differs from its parent's once [`watch`] was called in the parent.
pub(crate) fn generation() -> u64 {
    GENERATION.load(Ordering::Relaxed)
}

/// Counts forks from now on.
pub(crate) fn watch() {
    #[cfg(unix)]
    {
        extern "C" fn forked() {
            GENERATION.fetch_add(1, Ordering::Relaxed);
        }
        static ONCE: std::sync::Once = std::sync::Once::new();
        // SAFETY: the handler is a function that lives as long as this code, and touches nothing but an atomic number.
        ONCE.call_once(|| unsafe {
            libc::pthread_atfork(None, None, Some(forked));
        });
    }
}

/// Calls these functions around each fork from now on, on the thread that forks; they must not panic.
#[cfg(unix)]
pub(crate) fn around(before: extern "C" fn(), in_parent: extern "C" fn(), in_child: extern "C" fn()) {
    // SAFETY: the handlers are functions that live as long as this code; what they may touch is theirs to see to.
    unsafe {
        libc::pthread_atfork(Some(before), Some(in_parent), Some(in_child));
    }
}
