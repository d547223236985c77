//! What one worker aggregates into between two flushes.

use std::sync::Arc;

use basenji_core::Time;
use basenji_core::aggregate::{self, Aggregator, LineMemory, LinePlace, Outcome, Source};
use basenji_core::wire::Metric;

use super::census::Census;
use super::config::Config;
use super::ledger::Ledger;
use super::pending::Pending;
use super::refusals::Refusals;
use super::scopes::Scopes;
use super::stats::Stats;
use super::storage::Gated;

/// The samples, events and service checks of one worker since the last flush. Exactly one thread holds it at a time.
pub(crate) struct Shard {
    pub(crate) aggregator: Aggregator<Gated>,
    /// Lines whose meaning is known. Zeroed memory that is not touched takes none.
    pub(crate) lines: Lines,
    /// The places and bytes that lines have at most.
    room: [usize; 2],
    /// What the scopes of lines mean.
    pub(crate) scopes: Arc<Scopes>,
    pub(crate) pending: Pending,
    /// The messages that are in it.
    pub(crate) ledger: Ledger,
    /// Whose messages were refused.
    pub(crate) refusals: Refusals,
    /// The worker's counters when it handed the shard over.
    pub(crate) handed_over: Stats,
    /// The last time by the worker's clock, and the latest: not the same if the clock was set back.
    pub(crate) clock: Time,
    pub(crate) latest: Time,
    /// The aggregator's counters up to which all has been counted.
    counted: aggregate::Stats,
    /// The cells that samples took at the last two flushes.
    reached: [usize; 2],
}

type Lines = LineMemory<Vec<LinePlace>, Vec<u8>>;

/// The most lines that a context has on average, in different orders of tags, of different rates and containers, before they count as those of contexts
/// that are gone.
const LINES_OF_A_CONTEXT: usize = 16;

fn no_lines([places, bytes]: [usize; 2]) -> Lines {
    LineMemory::new(vec![[0; 4]; places], vec![0; bytes])
}

impl Shard {
    /// An empty shard, for series that `census` admits; it takes memory as it needs it.
    pub(crate) fn new(config: &Config, census: &Arc<Census>, scopes: &Arc<Scopes>) -> Shard {
        // The aggregator that shards are merged into emits zeros and decides when a series expires.
        let settings =
            aggregate::Settings { counter_zeros: false, counter_expiry_secs: 0, ..config.aggregation.clone() };
        let room = [config.line_places(), config.line_bytes()];
        Shard {
            aggregator: Aggregator::new(Gated::of_shard(census, config.memory.cells, config.shares), settings),
            lines: no_lines(room),
            room,
            scopes: Arc::clone(scopes),
            pending: Pending::new(config.event_bytes / config.workers.max(1)),
            ledger: Ledger::default(),
            refusals: Refusals::default(),
            handed_over: Stats::default(),
            clock: Time::default(),
            latest: Time::default(),
            counted: aggregate::Stats::default(),
            reached: [0; 2],
        }
    }

    /// The bytes of its tables.
    pub(crate) fn size(&self) -> usize {
        self.aggregator.storage().growing.size() + self.lines.size()
    }

    /// Drops all samples, events and checks, and keeps what is known at `now`, and the memory that it will need again.
    pub(crate) fn clear(&mut self, now: Time) {
        self.reached = [self.aggregator.cells_reached(), self.reached[0]];
        self.forget(now);
        self.latest = Time::default();
        self.pending.clear();
        self.ledger.clear();
        self.refusals = Refusals::default();
    }

    /// Forgets what is not known at `now` any more: a worker goes on with nothing that the table that lives on, which
    /// forgets later than a shard, may have forgotten.
    ///
    /// Frees memory that neither the series still known nor the samples of the last two uses have needed.
    pub(crate) fn forget(&mut self, now: Time) {
        self.aggregator.clear(now);
        self.aggregator.storage_mut().keep_back();
        let known = self.aggregator.stats();
        if self.lines.len() > LINES_OF_A_CONTEXT * known.contexts {
            self.lines = no_lines(self.room);
        } else if self.lines.is_full() {
            // Those that come again are remembered again.
            self.lines.forget();
        }
        let need = [known.contexts, known.bytes, self.reached[0].max(self.reached[1])];
        if self.aggregator.storage().growing.is_oversized(need) {
            self.aggregator.refit(|storage, _| {
                storage.growing.shrink(need);
            });
        }
    }

    /// The values refused since the last time.
    pub(crate) fn refused_values(&mut self) -> u64 {
        let now = self.aggregator.stats().refused_values;
        now.wrapping_sub(std::mem::replace(&mut self.counted.refused_values, now))
    }

    /// Adds what the aggregator has counted since the last time.
    pub(crate) fn count(&mut self, stats: &mut Stats) {
        let now = self.aggregator.stats();
        stats.skipped_values += now.skipped_values.wrapping_sub(self.counted.skipped_values);
        stats.odd_rates += now.odd_rates.wrapping_sub(self.counted.odd_rates);
        self.counted = now;
    }

    /// Records the copy of a message under another name; what is odd about the message has been counted already.
    pub(crate) fn take_copy(&mut self, metric: &Metric<'_>, source: &Source<'_>, now: Time) -> Outcome {
        let before = self.aggregator.stats();
        let outcome = self.aggregator.take_in(metric, source, now);
        let after = self.aggregator.stats();
        let counted = &mut self.counted;
        let add = |sum: &mut u64, after: u64, before: u64| *sum = sum.wrapping_add(after.wrapping_sub(before));
        add(&mut counted.skipped_values, after.skipped_values, before.skipped_values);
        add(&mut counted.refused_values, after.refused_values, before.refused_values);
        add(&mut counted.odd_rates, after.odd_rates, before.odd_rates);
        outcome
    }
}
