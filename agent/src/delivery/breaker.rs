//! When a route that has failed is tried again: the Agent's breaker.
//!
//! Each error makes the wait longer, up to a maximum; each success makes the next one shorter. After a wait one payload
//! alone tries the route. Time and chance are arguments.

use std::time::{Duration, Instant};

/// How long waits are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Backoff {
    /// A wait of seconds is between its length divided by this and its length; at least 2.
    pub(crate) factor: f64,
    /// Seconds.
    pub(crate) base: f64,
    /// Seconds.
    pub(crate) max: f64,
    /// By how many errors a success counts.
    pub(crate) recovery: u32,
    /// Whether one success is enough for all.
    pub(crate) is_reset: bool,
}

impl Default for Backoff {
    fn default() -> Backoff {
        Backoff { factor: 2.0, base: 2.0, max: 64.0, recovery: 2, is_reset: false }
    }
}

impl Backoff {
    /// Beyond this number of errors waits grow no longer.
    fn most_errors(&self) -> u32 {
        (self.max / self.base).log2().floor().max(0.0) as u32 + 1
    }

    /// The wait after this many errors; `chance` is from 0 to 1.
    fn wait(&self, errors: u32, chance: f64) -> Duration {
        if errors == 0 {
            return Duration::ZERO;
        }
        let longest = self.base * f64::from(errors).exp2();
        let seconds = match longest > self.max {
            true => self.max,
            false => {
                let least = longest / self.factor;
                least + (longest.min(self.max) - least) * chance
            }
        };
        Duration::from_secs_f64(seconds.clamp(0.0, 86_400.0))
    }
}

/// The state of one route.
#[derive(Debug, Clone, Default)]
pub(super) struct Breaker {
    errors: u32,
    blocked_until: Option<Instant>,
    /// Whether a payload tries the route after a wait.
    is_on_trial: bool,
    /// Whether what was sent last has to be sent again.
    has_failed: bool,
}

impl Breaker {
    /// Whether a payload may be sent now.
    pub(super) fn is_open_to(&self, now: Instant) -> bool {
        match self.blocked_until {
            None => true,
            Some(until) => now >= until && !self.is_on_trial,
        }
    }

    /// Whether the route has failed last.
    pub(super) fn has_failed(&self) -> bool {
        self.has_failed
    }

    /// When there is a reason to look again, if that is later than now.
    pub(super) fn wakes_at(&self, now: Instant) -> Option<Instant> {
        self.blocked_until.filter(|until| !self.is_on_trial && *until > now)
    }

    /// A payload is being sent.
    pub(super) fn begin(&mut self) {
        self.is_on_trial = self.blocked_until.is_some();
    }

    /// It has arrived, or was refused by a receiver that answers.
    pub(super) fn succeed(&mut self, backoff: &Backoff, now: Instant, chance: f64) {
        (self.is_on_trial, self.has_failed) = (false, false);
        self.errors = if backoff.is_reset { 0 } else { self.errors.saturating_sub(backoff.recovery) };
        self.blocked_until = (self.errors > 0).then(|| now + backoff.wait(self.errors, chance));
    }

    /// It has to be sent again, not before `after`.
    pub(super) fn fail(&mut self, backoff: &Backoff, now: Instant, chance: f64, after: Option<Duration>) {
        (self.is_on_trial, self.has_failed) = (false, true);
        self.errors = (self.errors + 1).min(backoff.most_errors());
        let wait = backoff.wait(self.errors, chance).max(after.unwrap_or_default());
        self.blocked_until = Some(now + wait);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_from_2_to_4_seconds_up_to_64() {
        let backoff = Backoff::default();
        assert_eq!(backoff.most_errors(), 6);
        for (errors, least, most) in [(1, 2, 4), (2, 4, 8), (3, 8, 16), (4, 16, 32), (5, 32, 64), (6, 64, 64)] {
            assert_eq!(backoff.wait(errors, 0.0), Duration::from_secs(least));
            assert_eq!(backoff.wait(errors, 1.0), Duration::from_secs(most));
        }
    }

    #[test]
    fn after_a_wait_one_payload_tries_the_route_and_two_errors_are_forgiven_by_a_success() {
        let (backoff, start) = (Backoff::default(), Instant::now());
        let mut breaker = Breaker::default();
        assert!(breaker.is_open_to(start) && !breaker.has_failed());
        for _ in 0..3 {
            breaker.fail(&backoff, start, 1.0, None);
        }
        let end = start + Duration::from_secs(16);
        assert_eq!((breaker.is_open_to(start), breaker.wakes_at(start)), (false, Some(end)));
        assert!(breaker.is_open_to(end));
        breaker.begin();
        assert_eq!((breaker.is_open_to(end), breaker.wakes_at(end)), (false, None));
        breaker.succeed(&backoff, end, 1.0);
        assert_eq!(breaker.wakes_at(end), Some(end + Duration::from_secs(4)), "one error is left");
        assert!(!breaker.has_failed(), "what was sent last has arrived");
        breaker.succeed(&backoff, end, 1.0);
        assert!(breaker.is_open_to(end));
    }

    #[test]
    fn one_success_is_enough_where_it_resets_and_a_receiver_may_ask_for_more_time() {
        let (backoff, now) = (Backoff { is_reset: true, ..Backoff::default() }, Instant::now());
        let mut breaker = Breaker::default();
        (0..9).for_each(|_| breaker.fail(&backoff, now, 0.0, Some(Duration::from_secs(100))));
        assert_eq!(breaker.wakes_at(now), Some(now + Duration::from_secs(100)));
        breaker.succeed(&backoff, now, 0.0);
        assert!(!breaker.has_failed());
    }
}
