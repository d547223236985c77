//! Threads that leave signals to the program.

/// Calls `start` with all signals blocked, which a thread that it starts inherits; the caller's own mask is as before.
#[cfg(unix)]
pub(crate) fn without_signals<T>(start: impl FnOnce() -> T) -> T {
    // SAFETY: all-zero bytes are a value of this C structure, and sigfillset initialises it.
    let mut all: libc::sigset_t = unsafe { std::mem::zeroed() };
    let mut before = all;
    // SAFETY: the pointers are those of structures on this stack.
    let changed = unsafe {
        libc::sigfillset(&mut all);
        libc::pthread_sigmask(libc::SIG_SETMASK, &all, &mut before) == 0
    };
    let started = start();
    if changed {
        // SAFETY: as above; `before` was filled by the call that changed the mask.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &before, std::ptr::null_mut()) };
    }
    started
}

/// There are no signals that a thread could be chosen for.
#[cfg(not(unix))]
pub(crate) fn without_signals<T>(start: impl FnOnce() -> T) -> T {
    start()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn is_blocked(signal: libc::c_int) -> bool {
        // SAFETY: the pointer is that of a structure on this stack, which the call fills.
        unsafe {
            let mut mask: libc::sigset_t = std::mem::zeroed();
            libc::pthread_sigmask(libc::SIG_SETMASK, std::ptr::null(), &mut mask);
            libc::sigismember(&mask, signal) == 1
        }
    }

    #[test]
    fn a_thread_that_is_started_gets_no_signals_and_its_starter_goes_on_to_get_them() {
        let thread = without_signals(|| std::thread::spawn(|| is_blocked(libc::SIGUSR1)));
        assert!(thread.join().unwrap());
        assert!(!is_blocked(libc::SIGUSR1));
    }
}
