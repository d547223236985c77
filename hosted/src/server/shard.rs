//! What one worker aggregates into between two flushes.

use basenji_core::Time;
use basenji_core::aggregate::{self, Aggregator};

use super::config::Config;
use super::pending::Pending;
use super::stats::Stats;
use super::storage::Growing;

/// The samples, events and service checks of one worker since the last flush. Exactly one thread holds it at a time.
pub(crate) struct Shard {
    pub(crate) aggregator: Aggregator<Growing>,
    pub(crate) pending: Pending,
    /// What of the aggregator's counters has been counted.
    counted: aggregate::Stats,
}

impl Shard {
    /// An empty shard; it takes memory as it needs it, up to the budget.
    pub(crate) fn new(config: &Config) -> Shard {
        // Zeros, and knowing for how long, are the business of the aggregator that shards are merged into.
        let settings =
            aggregate::Settings { counter_zeros: false, counter_expiry_secs: 0, ..config.aggregation.clone() };
        Shard {
            aggregator: Aggregator::new(Growing::new(config.memory), settings),
            pending: Pending::new(config.event_bytes / config.workers.max(1)),
            counted: aggregate::Stats::default(),
        }
    }

    /// Drops all samples, events and checks, and keeps what is known and all memory.
    pub(crate) fn clear(&mut self, now: Time) {
        self.aggregator.clear(now);
        self.pending.clear();
    }

    /// Adds what the aggregator has counted since the last time.
    pub(crate) fn count(&mut self, stats: &mut Stats) {
        let now = self.aggregator.stats();
        stats.skipped_values += now.skipped_values.wrapping_sub(self.counted.skipped_values);
        stats.odd_rates += now.odd_rates.wrapping_sub(self.counted.odd_rates);
        self.counted = now;
    }
}
