//! How much of something there is, by what it is.

use std::ops::{Add, AddAssign, Sub, SubAssign};

use super::bucket::Bucket;

/// A number of series (each point counts as one), of events and of service checks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Amount {
    /// Points of series.
    pub series: u64,
    /// Events.
    pub events: u64,
    /// Service checks.
    pub checks: u64,
}

impl Amount {
    /// One series.
    pub const SERIES: Amount = Amount { series: 1, events: 0, checks: 0 };
    /// One event.
    pub const EVENT: Amount = Amount { series: 0, events: 1, checks: 0 };
    /// One service check.
    pub const CHECK: Amount = Amount { series: 0, events: 0, checks: 1 };

    /// What a bucket holds.
    pub fn of(bucket: &Bucket) -> Amount {
        let (series, events, checks) = bucket.lens();
        Amount { series: series as u64, events: events as u64, checks: checks as u64 }
    }

    /// All of it together.
    pub fn total(self) -> u64 {
        self.series.wrapping_add(self.events).wrapping_add(self.checks)
    }

    fn with(self, other: Amount, join: fn(u64, u64) -> u64) -> Amount {
        Amount {
            series: join(self.series, other.series),
            events: join(self.events, other.events),
            checks: join(self.checks, other.checks),
        }
    }
}

impl Add for Amount {
    type Output = Amount;

    fn add(self, other: Amount) -> Amount {
        self.with(other, u64::wrapping_add)
    }
}

impl Sub for Amount {
    type Output = Amount;

    fn sub(self, other: Amount) -> Amount {
        self.with(other, u64::wrapping_sub)
    }
}

impl AddAssign for Amount {
    fn add_assign(&mut self, other: Amount) {
        *self = *self + other;
    }
}

impl SubAssign for Amount {
    fn sub_assign(&mut self, other: Amount) {
        *self = *self - other;
    }
}

impl std::iter::Sum for Amount {
    fn sum<I: Iterator<Item = Amount>>(amounts: I) -> Amount {
        amounts.fold(Amount::default(), Amount::add)
    }
}
