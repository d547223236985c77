//! The end of the process.

/// Calls `last` when the process ends by `exit` or by returning from `main`; it must not panic.
#[cfg(unix)]
pub(crate) fn at_exit(last: extern "C" fn()) {
    // SAFETY: the handler is a function that lives as long as this code.
    unsafe {
        libc::atexit(last);
    }
}
