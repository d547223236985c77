//! The end of a wait.

use std::time::{Duration, Instant};

/// Until when to wait. A timeout beyond the clock's range means without end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline(Option<Instant>);

impl Deadline {
    /// The longest single wait on a condition: systems refuse much longer ones.
    const SLICE: Duration = Duration::from_secs(3600);

    /// `timeout` from now.
    pub(crate) fn after(timeout: Duration) -> Deadline {
        Deadline(Instant::now().checked_add(timeout))
    }

    /// The time that is left, an hour at most; zero once it is over.
    pub(crate) fn left(self) -> Duration {
        self.0.map_or(Deadline::SLICE, |end| end.saturating_duration_since(Instant::now()).min(Deadline::SLICE))
    }

    pub(crate) fn is_over(self) -> bool {
        self.0.is_some_and(|end| Instant::now() >= end)
    }

    /// The moment itself; for a timeout beyond the clock's range, a moment in thirty years.
    pub(crate) fn instant(self) -> Instant {
        let far = || Instant::now().checked_add(Duration::from_secs(30 * 365 * 86_400));
        self.0.or_else(far).unwrap_or_else(Instant::now)
    }
}
