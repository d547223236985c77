//! The most memory that a server takes, worked out from its settings.

use basenji_core::aggregate::{Aggregate, Entry, LinePlace};

use super::config::Config;

/// Bytes of a series in a table beside its text: its entry and its places in both indexes.
const ROW: usize = size_of::<Entry>() + 2 * size_of::<u32>();

/// Bytes of a series in the census: a member and a share of a name, in tables that are half empty at worst.
const MEMBER: usize = 2 * (16 + 32);

/// Bytes of a series in a bucket, and of one point of it.
const SHOWN: usize = 32;

/// Bytes of a summary.
const SUMMARY: usize = 40;

/// Bytes of the buffers of a socket: 64 datagrams with what the kernel tells of each, or 16 that it has put together.
const SLOTS: usize = 64;
const SLOT: usize = 4096;
const PUT_TOGETHER: usize = 16 * (65_536 + SLOT);

/// Places of remembered lines at most, in a shard; half of them are used.
const MOST_LINES: usize = 1 << 16;

/// Bytes of such a line beside its value, with which its text is full.
const LINE: usize = 144;

/// Bins of histograms and timings in a bucket, at most: those of some thousand series.
const MOST_BINS: usize = 1 << 18;

/// Bytes of what is bounded by numbers alone (counters, refusals, reports, pages of ledgers), and those that a thread touches of
/// its stack.
const REST: usize = 1 << 20;
const STACK: usize = 256 << 10;

impl Config {
    /// The most bytes that a server with these settings takes for `listeners` sockets and `sinks` sinks, whatever comes. What
    /// sinks, rules, taggers and hooks take for themselves, and the kernel for its sockets, is not among them.
    pub fn most_memory(&self, listeners: usize, sinks: usize) -> usize {
        let parts = [
            self.tables(),
            self.memory.contexts.saturating_mul(MEMBER),
            self.look(),
            // Those that wait, those kept for another use, the one that is filled, and one that each sink is at work on. Small
            // ones are among those kept.
            self.sink_bytes.max(self.bucket()),
            (self.sink_bytes / 2).min(self.bucket().saturating_mul(2)),
            self.bucket().saturating_mul(sinks + 1),
            // In the shards, and as lines in the bucket that is filled.
            self.event_bytes.saturating_mul(4),
            self.sockets(listeners),
            (self.workers + sinks + 4).saturating_mul(STACK),
            REST.saturating_mul(self.workers),
        ];
        parts.into_iter().fold(0, usize::saturating_add)
    }

    /// The cells of the table that lives on when shards come in at a flush: what stands in it since looks at the open bucket
    /// before, and what every worker hands over.
    fn main_cells(&self) -> usize {
        self.look_cells().saturating_add(self.memory.cells.saturating_mul(self.workers))
    }

    /// The cells of that table after a look at the open buckets: half of the budget before, and what every worker hands over.
    fn look_cells(&self) -> usize {
        self.memory.cells / 2 + self.memory.cells.saturating_mul(self.workers)
    }

    /// Bytes of a look at the open buckets: a copy of the table, and a bucket of it.
    fn look(&self) -> usize {
        let table = self.memory.bytes.saturating_add(8 * self.look_cells());
        table.saturating_add(table / 4).saturating_add(self.bucket())
    }

    /// Bytes of the shards, one of them to be exchanged, and of the table that lives on. Each grows by a quarter.
    fn tables(&self) -> usize {
        let texts = self.memory.contexts.saturating_mul(ROW).saturating_add(self.memory.bytes);
        let grown = |bytes: usize| bytes.saturating_add(bytes / 4);
        let lines = self.line_places() * size_of::<LinePlace>() + self.line_bytes();
        let shard = grown(texts).saturating_add(8 * self.memory.cells).saturating_add(lines);
        let main = grown(texts.saturating_add(8 * self.main_cells()));
        shard.saturating_mul(self.workers + 1).saturating_add(main)
    }

    /// Places of remembered lines in a shard: two for each series that may be known, up to a number that the caches of a processor may hold.
    pub(crate) fn line_places(&self) -> usize {
        self.memory.contexts.min(MOST_LINES / 2).next_power_of_two().saturating_mul(2)
    }

    /// Bytes of remembered lines in a shard.
    pub(crate) fn line_bytes(&self) -> usize {
        self.line_places() / 2 * LINE
    }

    /// Bytes of the largest bucket: every series, and everything that stands in cells. A point of a histogram shows its summary
    /// and its aggregates, and comes from sixteen words at least.
    fn bucket(&self) -> usize {
        let histogram = SHOWN + SUMMARY + self.aggregation.aggregates.iter().count() * size_of::<(Aggregate, f64)>();
        let cells = self.memory.cells.saturating_mul(8).max(self.memory.cells / 16 * histogram);
        let series = self.memory.contexts.saturating_mul(2 * SHOWN);
        series.saturating_add(self.memory.bytes).saturating_add(cells).saturating_add(8 * self.most_bins())
    }

    /// The most bins that histograms and timings of a bucket keep, where they are to.
    pub(crate) fn most_bins(&self) -> usize {
        (self.memory.cells / 64).min(MOST_BINS)
    }

    /// Bytes of receive buffers and of stream connections.
    fn sockets(&self, listeners: usize) -> usize {
        let batch = SLOTS * (self.receive_buffer + SLOT) + PUT_TOGETHER;
        let connections = self.max_connections.saturating_mul(self.receive_buffer + 512);
        batch.saturating_mul(listeners).saturating_mul(self.workers).saturating_add(connections)
    }
}

#[cfg(test)]
mod tests {
    use basenji_core::Time;

    use super::*;
    use crate::server::{Engine, ListenerKind, Memory};

    #[test]
    fn the_tables_of_a_flood_of_everything_keep_to_the_sum() {
        let mut config = Config::default();
        (config.workers, config.telemetry) = (2, false);
        config.memory = Memory { contexts: 5000, bytes: 1 << 18, cells: 1 << 16 };
        let most = config.tables();
        let mut engine = Engine::new(config, None, ["sink".to_owned()]).unwrap();
        let mut seconds = 1_700_000_000;
        let mut largest = 0;
        for round in 0..4 {
            for number in 0..60_000 {
                let line = match number % 4 {
                    0 => format!("n{}:1|c|#t:{number}", number % 7),
                    1 => format!("h{}:1:2:3:4:5:6:7:8|h", number % 900),
                    2 => format!("p{}:1:2:3:4|g|T{}", number % 50, 1_600_000_000 + number),
                    _ => format!("s{}:{number}|s", number % 40),
                };
                engine.receive(number % 2, ListenerKind::Udp, line.as_bytes(), false, Time::from_secs(seconds));
            }
            largest = largest.max(engine.memory());
            assert!(engine.memory() <= most, "{} of {most}, round {round}", engine.memory());
            seconds += 10;
            engine.flush(Time::from_secs(seconds));
            assert!(engine.memory() <= most, "{} of {most} after flush {round}", engine.memory());
            drop(engine.take(0));
        }
        // The flood has spent what there is.
        let stats = engine.stats();
        assert!(stats.refused.total() > 0);
        assert!(largest > most / 4, "{largest} of {most}");
    }

    #[test]
    fn more_of_anything_takes_more_memory_and_nothing_overflows() {
        let most = |change: fn(&mut Config)| {
            let mut config = Config::default();
            change(&mut config);
            config.most_memory(1, 1)
        };
        let before = most(|_| {});
        let changes: [fn(&mut Config); 9] = [
            |config| config.workers += 1,
            |config| config.receive_buffer *= 2,
            |config| config.max_connections *= 2,
            |config| config.memory.contexts *= 2,
            |config| config.memory.bytes *= 2,
            |config| config.memory.cells *= 2,
            |config| config.event_bytes *= 2,
            |config| config.sink_bytes <<= 8,
            |config| config.aggregation.aggregates = basenji_core::aggregate::Aggregates::none(),
        ];
        let after = changes.map(most);
        assert!(after[..8].iter().all(|&after| after > before), "{before} {after:?}");
        assert!(after[8] <= before);
        assert!(Config::default().most_memory(2, 1) > before && Config::default().most_memory(1, 2) > before);
        assert_eq!(most(|config| config.max_connections = usize::MAX), usize::MAX);
    }
}
