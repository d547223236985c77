//! Waiting for what the kernel has under way.

/// Waits until every packet that had found its socket when this was called is in that socket's queue; false where the system has no such thing.
///
/// Linux delivers a packet within one read-side section of its RCU, and `membarrier` waits for the end of all that have begun. Cost: some milliseconds.
pub(crate) fn settle() -> bool {
    #[cfg(target_os = "linux")]
    // SAFETY: the call takes two integers and touches no memory.
    return unsafe { libc::syscall(libc::SYS_membarrier, libc::MEMBARRIER_CMD_GLOBAL, 0) } == 0;
    #[cfg(not(target_os = "linux"))]
    return false;
}
