//! The arenas of glibc's allocator.

/// Limits the arenas of glibc's allocator to `most`, for a program that is to keep to a limit of addresses (`ulimit -v`). glibc gives
/// threads arenas of their own, eight a core, and each reserves 64 MiB of addresses, used or not. With another allocator it does
/// nothing. To be called before there are threads.
pub fn limit_arenas(most: u8) {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: `mallopt` takes two numbers and changes nothing but glibc's own settings, under glibc's own lock.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, most.into());
    }
    #[cfg(not(all(target_os = "linux", target_env = "gnu")))]
    let _ = most;
}
