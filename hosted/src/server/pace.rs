//! When a flush is due: at the end of each bucket by the wall clock; if that clock is set back or stands still, by the steady
//! clock, which cannot be set.

use std::time::Duration;

use basenji_core::Time;

/// When the next flush is due.
#[derive(Debug, Clone)]
pub(crate) struct Pace {
    interval: Duration,
    /// By the wall clock.
    due: Time,
    /// By the steady clock: the time since some moment.
    last: Duration,
}

/// Whether a flush is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Due {
    /// Not yet.
    No,
    /// A bucket has ended.
    Over,
    /// A bucket should have ended: the wall clock was set back, or stands still.
    Late,
}

impl Pace {
    pub(crate) fn new(bucket_secs: u32, now: Time, steady: Duration) -> Pace {
        let mut pace = Pace { interval: Duration::from_secs(bucket_secs.max(1).into()), due: now, last: steady };
        pace.aim(now);
        pace
    }

    /// Whether a flush is due; if so, it counts as made.
    pub(crate) fn due(&mut self, now: Time, steady: Duration) -> Due {
        let due = match now >= self.due {
            true => Due::Over,
            false if steady.saturating_sub(self.last) >= self.patience() => Due::Late,
            false => Due::No,
        };
        if due != Due::No {
            self.last = steady;
        }
        // Worked out anew each time, so that a clock that is set takes effect within a bucket.
        self.aim(now);
        due
    }

    /// How long to wait before asking again.
    pub(crate) fn wait(&self, now: Time, steady: Duration) -> Duration {
        let rest = self.patience().saturating_sub(steady.saturating_sub(self.last));
        rest.min(Duration::from_millis(self.due.millis_since(now)))
    }

    /// The length of a bucket and a quarter, since no two clocks are equally fast.
    fn patience(&self) -> Duration {
        self.interval + self.interval / 4
    }

    fn aim(&mut self, now: Time) {
        let length = self.interval.as_secs();
        self.due = Time::from_secs((now.as_secs() / length).saturating_add(1).saturating_mul(length));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flush_is_due_at_the_end_of_a_bucket_or_late_whatever_the_clock_does() {
        let (at, seconds) = (Time::from_secs, Duration::from_secs);
        let mut pace = Pace::new(8, at(8003), seconds(0));
        assert_eq!(pace.wait(at(8003), seconds(0)), seconds(5));
        assert_eq!(pace.due(at(8007), seconds(4)), Due::No);
        assert_eq!(pace.due(at(8008), seconds(5)), Due::Over);
        // The clock goes back by some four thousand seconds.
        assert_eq!(pace.due(at(4002), seconds(7)), Due::No);
        assert_eq!(pace.wait(at(4002), seconds(7)), seconds(6));
        assert_eq!(pace.due(at(4008), seconds(13)), Due::Over);
        // And stands still.
        assert_eq!(pace.due(at(4008), seconds(22)), Due::No);
        assert_eq!(pace.due(at(4008), seconds(23)), Due::Late);
        assert_eq!(pace.due(at(4008), seconds(24)), Due::No);
    }
}
