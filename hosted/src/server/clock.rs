//! The system's clock, the only one in the crate.

use std::time::SystemTime;

use basenji_core::Time;

/// Now; 1970 if the system's clock is set before that.
pub(crate) fn now() -> Time {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Time::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
