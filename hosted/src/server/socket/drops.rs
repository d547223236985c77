//! What the kernel drops for want of space in a socket's buffer.

/// A socket's running number of drops, as the kernel counts it: modulo 2^32, and told in two ways that need not come in
/// order.
///
/// SO_RXQ_OVFL tells with each packet how many had been dropped when that one was queued; SO_MEMINFO tells at any time
/// how many have been dropped by now. Both feed the same counter, which only goes ahead.
///
/// The kernel counts packets. A packet is one datagram, unless the sender has the kernel segment what it sends: then a
/// lot of datagrams travels as one packet, is dropped as one, and their number is unknown. Such a drop is taken
/// for as many datagrams as the packets received since the last drop were on average.
#[derive(Debug, Default)]
pub(crate) struct Drops {
    seen: u32,
    packets: u64,
    datagrams: u64,
}

impl Drops {
    /// Takes note of one received packet of this many datagrams.
    #[inline]
    pub(crate) fn received(&mut self, datagrams: u64) {
        self.packets += 1;
        self.datagrams += datagrams;
    }

    /// Takes note of the kernel's number; returns how many datagrams are newly dropped.
    pub(crate) fn observe(&mut self, total: u32) -> u64 {
        let new = total.wrapping_sub(self.seen);
        // More than half the range ahead is a number from the past.
        if new == 0 || new > u32::MAX / 2 {
            return 0;
        }
        self.seen = total;
        let new = u64::from(new);
        let Some(datagrams) = (new * self.datagrams + self.packets / 2).checked_div(self.packets) else { return new };
        // The mean is kept until there is a newer one.
        (self.packets, self.datagrams) = (1, (self.datagrams + self.packets / 2) / self.packets);
        datagrams
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
        drops.received(1);
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
        let mut drops = Drops { seen: u32::MAX - 1, ..Drops::default() };
        assert_eq!(drops.observe(3), 5);
    }

    #[test]
    fn a_dropped_packet_counts_for_as_many_datagrams_as_those_received() {
        let mut drops = Drops::default();
        (0..3).for_each(|_| drops.received(45));
        assert_eq!(drops.observe(2), 90);
        assert_eq!(drops.observe(3), 45);
        (0..99).for_each(|_| drops.received(1));
        assert_eq!(drops.observe(13), 14, "the mean of 45 and 99 times 1 is 1.44");
    }
}
