//! Time as an argument: the core has no clock.

/// A moment, in milliseconds since 1970-01-01 00:00 UTC.
///
/// # Example
///
/// ```
/// use basenji_core::Time;
///
/// let start = Time::from_secs(1_700_000_000);
/// assert_eq!(start.plus_millis(1500).as_secs(), 1_700_000_001);
/// assert_eq!(start.millis_since(start.plus_millis(1)), 0);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(u64);

impl Time {
    /// The moment `millis` milliseconds after 1970.
    pub const fn from_millis(millis: u64) -> Self {
        Time(millis)
    }

    /// The moment `secs` seconds after 1970; saturates.
    pub const fn from_secs(secs: u64) -> Self {
        Time(secs.saturating_mul(1000))
    }

    /// Milliseconds since 1970.
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// Whole seconds since 1970, rounded down.
    pub const fn as_secs(self) -> u64 {
        self.0 / 1000
    }

    /// This moment moved `millis` milliseconds ahead; saturates.
    #[must_use]
    pub const fn plus_millis(self, millis: u64) -> Self {
        Time(self.0.saturating_add(millis))
    }

    /// Milliseconds from `earlier` to this moment, 0 if it is not earlier.
    pub const fn millis_since(self, earlier: Time) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}
