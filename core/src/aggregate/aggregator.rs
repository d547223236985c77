//! The aggregator: a table of contexts, their buckets, and what a flush hands out.

use core::num::NonZero;

use super::Stats;
use super::buckets::{Buckets, OPEN_BUCKETS};
use super::flush::Closed;
use super::hint::Hint;
use super::pool::Pool;
use super::settings::Settings;
use super::storage::Storage;
use super::table::Table;
use crate::Time;

/// Gathers metrics into series.
///
/// # Example
///
/// ```
/// use basenji_core::Time;
/// use basenji_core::aggregate::{Aggregator, Point, Settings, Source, StaticStorage};
/// use basenji_core::wire::Metric;
///
/// let mut aggregator = Aggregator::new(StaticStorage::<8, 256, 64>::new(), Settings::new());
/// let now = Time::from_secs(1_700_000_003);
/// for line in [b"visits:1|c|#a,b", b"visits:2|c|#b,a"] {
///     aggregator.record(&Metric::parse(line).unwrap(), &Source::default(), now)?;
/// }
/// assert_eq!(aggregator.stats().contexts, 1);
///
/// let end = aggregator.next_flush_at(now);
/// assert_eq!(end, Time::from_secs(1_700_000_010));
/// let mut flush = aggregator.flush(end);
/// let series = flush.next().unwrap();
/// assert_eq!((series.name, series.timestamp, series.interval), (&b"visits"[..], 1_700_000_000, 10));
/// assert!(matches!(series.point, Point::Count(3.0)));
/// assert!(flush.next().is_none());
/// # Ok::<(), basenji_core::Full>(())
/// ```
#[derive(Debug, Clone)]
pub struct Aggregator<S> {
    pub(super) storage: S,
    pub(super) settings: Settings,
    pub(super) table: Table,
    pub(super) pool: Pool,
    /// Buckets that hold samples.
    pub(super) open: Buckets,
    /// The milliseconds of the bucket that was recorded into last, and its number.
    pub(super) current: (u64, u64, u64),
    /// The bucket that the last flush came up to.
    pub(super) flushed_to: Option<u64>,
    /// What the last flush handed out and the next change is to take away.
    pub(super) closed: Option<Closed>,
    pub(super) stats: Stats,
    /// The context that was looked up last.
    pub(super) last: Hint,
}

impl<S: Storage> Aggregator<S> {
    /// An aggregator in `storage`. Cost: linear in its heads.
    pub fn new(mut storage: S, settings: Settings) -> Self {
        let table = Table::new();
        table.reindex(&mut storage.parts());
        Aggregator {
            storage,
            settings,
            table,
            pool: Pool::new(),
            open: Buckets::new(),
            current: (0, 0, 0),
            flushed_to: None,
            closed: None,
            stats: Stats::default(),
            last: Hint::default(),
        }
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The storage, to read.
    pub fn storage(&self) -> &S {
        &self.storage
    }

    /// What is held and what was refused.
    pub fn stats(&self) -> Stats {
        Stats {
            contexts: self.table.len as usize,
            bytes: self.table.text as usize,
            cells: self.pool.used(),
            ..self.stats
        }
    }

    /// When the bucket of `now` ends.
    pub fn next_flush_at(&self, now: Time) -> Time {
        let length = self.bucket_secs();
        Time::from_secs((now.as_secs() / length).saturating_add(1).saturating_mul(length.get()))
    }

    /// The storage, to change what does not belong to the aggregator.
    pub fn storage_mut(&mut self) -> &mut S {
        &mut self.storage
    }

    /// Whether no context is known.
    pub(crate) fn is_empty(&self) -> bool {
        self.table.len == 0
    }

    /// The number of the youngest bucket that holds samples.
    pub fn youngest_bucket(&self) -> Option<u64> {
        self.open.last().copied()
    }

    /// Words of cells, from the first on, up to the last one used since the cells were last all free.
    pub fn cells_reached(&self) -> usize {
        self.pool.extent()
    }

    /// How many more buckets can be open at a time.
    pub fn buckets_left(&self) -> usize {
        OPEN_BUCKETS.saturating_sub(self.open.len())
    }

    /// How many buckets hold samples.
    pub fn open_buckets(&self) -> usize {
        self.open.len()
    }

    /// Lets `change` replace the parts of the storage by longer or shorter ones, which hold what they held before. `change` is told how much of
    /// them is in use: contexts, bytes of text, and words of cells from the first on. Linear in the contexts.
    pub fn refit(&mut self, change: impl FnOnce(&mut S, [usize; 3])) {
        self.settle();
        change(&mut self.storage, [self.table.len as usize, self.table.text as usize, self.pool.extent()]);
        self.table.reindex(&mut self.storage.parts());
    }

    pub(super) fn bucket_secs(&self) -> NonZero<u64> {
        NonZero::new(u64::from(self.settings.bucket_secs)).unwrap_or(NonZero::<u64>::MIN)
    }
}
