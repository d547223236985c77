//! How often the process has been forked, as a child sees it: also by forks that Python is not told of.

use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};

static GENERATION: AtomicU32 = AtomicU32::new(0);

/// Another number in each child of a fork. Cost: a load, where a process's id would be a system call.
pub(crate) fn generation() -> u32 {
    GENERATION.load(Ordering::Relaxed)
}

/// Begins to count forks.
pub(crate) fn watch() {
    static ONCE: Once = Once::new();
    ONCE.call_once(system::watch);
}

#[cfg(unix)]
mod system {
    use std::ffi::c_int;
    use std::sync::atomic::Ordering;

    type Hook = Option<unsafe extern "C" fn()>;

    unsafe extern "C" {
        fn pthread_atfork(prepare: Hook, parent: Hook, child: Hook) -> c_int;
    }

    unsafe extern "C" fn in_child() {
        super::GENERATION.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn watch() {
        // SAFETY: the hook does what may be done in the child of a fork, and the module is never unloaded. There is no memory for a hook where this
        // fails, and then forks in C are not noticed; Python tells of its own.
        unsafe { pthread_atfork(None, None, Some(in_child)) };
    }
}

#[cfg(not(unix))]
mod system {
    pub(super) fn watch() {}
}
