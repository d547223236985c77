//! When to try again: at growing intervals with jitter, by the time that calls bring along.

use std::time::{Duration, Instant};

/// How long a transport leaves a lost connection alone before it tries again. Each interval is drawn between half of its
/// length and the whole, so that clients of one server do not come back at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// The first interval; each further one is twice as long. 0: every call tries.
    pub first: Duration,
    /// The longest interval.
    pub most: Duration,
}

/// The attempts of one connection.
#[derive(Debug, Clone)]
pub(super) struct Backoff {
    retry: Retry,
    next: Duration,
    until: Option<Instant>,
    random: u64,
}

impl Backoff {
    /// Attempts that begin now; `seed` decides the jitter.
    pub(super) fn new(retry: Retry, seed: u64) -> Backoff {
        Backoff { retry, next: retry.first, until: None, random: seed }
    }

    /// The moment before which no attempt is made; `None` if one may be made.
    pub(super) fn holds(&self, now: Instant) -> Option<Instant> {
        self.until.filter(|until| now < *until)
    }

    /// An attempt at `now` has failed; returns when the next one is made.
    pub(super) fn fail(&mut self, now: Instant) -> Instant {
        let half = self.next / 2;
        // Sixteen bits decide, so that nothing overflows.
        let jitter = half.saturating_mul((splitmix(&mut self.random) >> 48) as u32) / 0x1_0000;
        let until = now.checked_add(half + jitter).unwrap_or(now);
        self.next = self.next.saturating_mul(2).min(self.retry.most);
        self.until = Some(until);
        until
    }

    /// An attempt has succeeded.
    pub(super) fn succeed(&mut self) {
        self.next = self.retry.first;
        self.until = None;
    }
}

/// The next number of a generator by Steele, Lea and Flood (SplitMix64).
pub(super) fn splitmix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RETRY: Retry = Retry { first: Duration::from_millis(10), most: Duration::from_millis(50) };

    #[test]
    fn intervals_double_up_to_the_longest_and_are_drawn_from_their_upper_half() {
        let now = Instant::now();
        for seed in 0..200 {
            let mut backoff = Backoff::new(RETRY, seed);
            for length in [10, 20, 40, 50, 50] {
                let wait = backoff.fail(now) - now;
                assert!((length / 2..=length).contains(&(wait.as_millis() as u64)), "{wait:?} of {length} ms");
            }
            backoff.succeed();
            assert!(backoff.fail(now) - now <= RETRY.first);
        }
    }

    #[test]
    fn clients_do_not_come_back_at_one_moment() {
        let now = Instant::now();
        let moments: std::collections::HashSet<_> = (0..100).map(|seed| Backoff::new(RETRY, seed).fail(now)).collect();
        assert!(moments.len() > 90);
    }

    #[test]
    fn an_attempt_is_made_when_the_interval_is_over_or_if_there_is_none() {
        let now = Instant::now();
        let mut backoff = Backoff::new(RETRY, 1);
        assert_eq!(backoff.holds(now), None);
        let until = backoff.fail(now);
        assert_eq!(backoff.holds(now), Some(until));
        assert_eq!(backoff.holds(until), None);
        let mut eager = Backoff::new(Retry { first: Duration::ZERO, most: Duration::ZERO }, 1);
        eager.fail(now);
        assert_eq!(eager.holds(now), None);
    }
}
