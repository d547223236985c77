//! The time of calls, which need not be exact to the microsecond.

use std::time::SystemTime;

use basenji_core::Time;

/// The time of the system's last tick, a few milliseconds old at most: a quarter of the cost of the exact time.
#[cfg(target_os = "linux")]
#[inline]
pub(crate) fn now() -> Time {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a value that lives through the call.
    if unsafe { libc::clock_gettime(libc::CLOCK_REALTIME_COARSE, &mut time) } != 0 {
        return exact();
    }
    let millis = (time.tv_sec as u64).wrapping_mul(1000).wrapping_add(time.tv_nsec as u64 / 1_000_000);
    Time::from_millis(millis)
}

/// The time.
#[cfg(not(target_os = "linux"))]
pub(crate) fn now() -> Time {
    exact()
}

fn exact() -> Time {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Time::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
