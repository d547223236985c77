//! What the kernel drops for want of space in a socket's buffer.

/// A socket's running number of drops, as the kernel counts it: modulo 2^32, and told in two ways that need not come in order.
///
/// SO_RXQ_OVFL tells with each datagram how many had been dropped when that one was queued; SO_MEMINFO tells at any time how many have been dropped by now. Both
/// feed the same counter, which only goes ahead.
#[derive(Debug, Default)]
pub(crate) struct Drops {
    seen: u32,
}

impl Drops {
    /// Takes note of the kernel's number; returns how many drops are new.
    pub(crate) fn observe(&mut self, total: u32) -> u64 {
        let new = total.wrapping_sub(self.seen);
        // More than half the range ahead is a number from the past.
        if new > u32::MAX / 2 {
            return 0;
        }
        self.seen = total;
        u64::from(new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_number_counts_and_later_ones_count_their_difference() {
        let mut drops = Drops::default();
        assert_eq!(drops.observe(5), 5);
        assert_eq!(drops.observe(5), 0);
        assert_eq!(drops.observe(12), 7);
    }

    #[test]
    fn a_number_from_the_past_counts_nothing() {
        let mut drops = Drops::default();
        drops.observe(10);
        assert_eq!(drops.observe(8), 0);
        assert_eq!(drops.observe(11), 1);
    }

    #[test]
    fn the_kernels_counter_may_wrap() {
        let mut drops = Drops { seen: u32::MAX - 1 };
        assert_eq!(drops.observe(3), 5);
    }
}
