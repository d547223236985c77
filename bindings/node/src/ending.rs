//! How long the ends of a process's environments wait for what is on its way: about one [`LAST_WAIT`] in all. Node joins the worker threads of a process that
//! ends one after the other, and each has clients of its own: their waits would add up.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long one client is waited for at the end of its environment.
const LAST_WAIT: Duration = Duration::from_secs(1);

/// The waits of this process that were in vain, each within a [`LAST_WAIT`] of the one before: how many, and when the last one was over.
static IN_VAIN: Mutex<Option<(u32, Instant)>> = Mutex::new(None);

/// Waits by `wait`, which gets the time that it may take and says whether nothing is left. A wait in vain leaves a quarter of its time to the next one: all of them
/// together take a third more than one.
pub(crate) fn wait(wait: impl FnOnce(Duration) -> bool) -> bool {
    let last = *IN_VAIN.lock().unwrap_or_else(PoisonError::into_inner);
    let before = last.filter(|(_, over)| over.elapsed() < LAST_WAIT).map_or(0, |(before, _)| before);
    // No lock is held meanwhile: environments that end at the same time wait at the same time.
    let (start, limit) = (Instant::now(), LAST_WAIT / 4_u32.saturating_pow(before));
    let is_done = wait(limit);
    if !is_done && start.elapsed() >= limit {
        let mut in_vain = IN_VAIN.lock().unwrap_or_else(PoisonError::into_inner);
        *in_vain = Some((before.saturating_add(1), Instant::now()));
    }
    is_done
}
