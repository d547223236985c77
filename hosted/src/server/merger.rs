//! What the flusher does, without its thread: shards in, buckets and counters out.
//!
//! It owns the table that lives on. A flush begins, takes the shard of every worker in exchange for an empty one, and
//! ends with a bucket. Its callers decide the order of these calls, and the time is an argument.

use std::sync::{Arc, Mutex, PoisonError};

use basenji_core::aggregate::{Aggregator, Context};
use basenji_core::wire::Tags;
use basenji_core::{Full, Time};

use super::bucket::{Bucket, Enrichment};
use super::census::Census;
use super::change::Change;
use super::config::Config;
use super::ledger::Waiting;
use super::refusals::Refusals;
use super::rules::{Former, Rules};
use super::scopes::Scopes;
use super::shard::Shard;
use super::stats::{MessageKind, Stats};
use super::storage::Gated;
use super::telemetry::Telemetry;
use crate::memory::{Growing, Memory};

/// Merges shards, and flushes.
pub(crate) struct Merger {
    config: Config,
    census: Arc<Census>,
    scopes: Arc<Scopes>,
    main: Aggregator<Gated>,
    rules: Option<Arc<dyn Rules>>,
    /// Those before, by which messages were taken in that wait still.
    former: Former,
    tags: Box<[u8]>,
    telemetry: Option<Telemetry>,
    waiting: Waiting,
    /// What is counted here.
    pub(crate) stats: Stats,
    /// The counters of each worker when it handed its last shard over.
    workers: Vec<Stats>,
    /// When the present flush began, or later if a worker's clock is ahead.
    clock: Time,
    /// The latest time by any clock since the flush before.
    latest: Time,
    /// Whether the clock was set back since the flush before.
    is_set_back: bool,
    /// The youngest bucket that was open after the last flush.
    left_open: Option<u64>,
    /// Whose messages the shards of this flush have refused.
    refusals: Refusals,
    books: Arc<Books>,
    /// The cells that samples took at the last two flushes.
    reached: [usize; 2],
}

/// The counters at the last flush, all of the same moment, for monitors.
#[derive(Default)]
pub(crate) struct Books(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    stats: Stats,
    all: Refusals,
    last: Refusals,
}

impl Books {
    /// All counters.
    pub(crate) fn stats(&self) -> Stats {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).stats
    }

    /// Whose messages were refused since the start, and in the last flush in which some were.
    pub(crate) fn refusals(&self) -> [Refusals; 2] {
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        [inner.all.clone(), inner.last.clone()]
    }
}

/// Which buckets a flush is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Those that are over.
    Over,
    /// The open ones too.
    All,
}

impl Merger {
    pub(crate) fn new(config: Config, rules: Option<Arc<dyn Rules>>) -> Merger {
        let census = Arc::new(Census::new(config.memory, config.shares));
        Merger {
            main: Aggregator::new(Gated::of_main(&census), config.aggregation.clone()),
            census,
            scopes: Arc::default(),
            rules,
            former: Former::default(),
            tags: config.joined_tags(),
            telemetry: config.telemetry.then(|| Telemetry::new(&config)),
            waiting: Waiting::default(),
            stats: Stats::default(),
            workers: vec![Stats::default(); config.workers],
            clock: Time::default(),
            latest: Time::default(),
            is_set_back: false,
            left_open: None,
            refusals: Refusals::default(),
            books: Arc::default(),
            reached: [0; 2],
            config,
        }
    }

    /// An empty shard for a worker.
    pub(crate) fn shard(&self) -> Box<Shard> {
        Box::new(Shard::new(&self.config, &self.census, &self.scopes))
    }

    /// The counters at the last flush.
    pub(crate) fn books(&self) -> Arc<Books> {
        Arc::clone(&self.books)
    }

    /// The known contexts.
    pub(crate) fn contexts(&self) -> impl Iterator<Item = Context<'_>> {
        self.contexts_from(0)
    }

    /// The known contexts without the first ones.
    pub(crate) fn contexts_from(&self, first: usize) -> impl Iterator<Item = Context<'_>> {
        self.main.contexts_from(first)
    }

    /// Takes other tags and rules.
    pub(crate) fn change(&mut self, change: Change) {
        self.config.tags = change.tags;
        self.tags = self.config.joined_tags();
        if let Some(telemetry) = &mut self.telemetry {
            telemetry.set_tags(&self.config.tags);
        }
        self.former.push(std::mem::replace(&mut self.rules, change.rules));
    }

    /// Goes on without rules, which are the program's code.
    pub(crate) fn forget_rules(&mut self) {
        self.rules = None;
        self.former = Former::default();
    }

    /// Begins a flush at `now`.
    pub(crate) fn begin(&mut self, now: Time) {
        self.census.begin_interval();
        self.is_set_back = now < self.latest;
        if self.is_set_back {
            self.main.rewind(now);
        }
        (self.clock, self.latest) = (now, now);
    }

    /// Makes an empty shard ready for a worker, in a flush that has begun at `now`.
    pub(crate) fn ready(&self, mut spare: Box<Shard>, now: Time) -> Box<Shard> {
        if self.is_set_back {
            spare.aggregator.rewind(now);
        }
        spare.forget(now);
        spare
    }

    /// Merges what the shard of a worker holds, in a flush that has begun at `now`, and empties the shard.
    pub(crate) fn absorb(
        &mut self,
        worker: usize,
        mut shard: Box<Shard>,
        now: Time,
        bucket: &mut Bucket,
    ) -> Box<Shard> {
        if self.main.buckets_left() < shard.aggregator.open_buckets() {
            // A clock that jumps opens many. Nothing expires by this: the shards that are still to come are not in yet.
            bucket.extend(self.main.flush_all(Time::default()));
            self.waiting.show(u64::MAX);
        }
        if self.is_set_back {
            shard.aggregator.rewind(now);
        }
        self.merge(&mut shard.aggregator);
        self.waiting.absorb(&shard.ledger);
        for waiting in shard.pending.iter() {
            let tags = [waiting.tags, &self.tags].map(Tags::Text);
            if !bucket.push_line(waiting.line, Enrichment { at: waiting.received, tags }) {
                let is_event = waiting.line.starts_with(b"_e");
                let kind = if is_event { MessageKind::Event } else { MessageKind::ServiceCheck };
                self.waiting.shown.take(kind, 1);
                self.stats.refused_messages.add(kind, 1);
                self.stats.refused.add(Full::Buffer, 1);
            }
        }
        self.refusals.merge(&shard.refusals);
        self.clock = self.clock.max(shard.clock);
        self.latest = self.latest.max(shard.latest);
        if let Some(stats) = self.workers.get_mut(worker) {
            *stats = shard.handed_over;
        }
        shard.clear(now);
        shard
    }

    /// Merges what a shard has aggregated. If this is much more than the table that lives on holds, the shard's memory becomes that table, and the shard goes
    /// on with the other: a flood does not stand twice.
    fn merge(&mut self, shard: &mut Aggregator<Gated>) {
        let (known, more) = (self.main.stats(), shard.stats());
        let is_idle = self.main.open_buckets() == 0 && known.cells == 0;
        // The census has made sure that there is room, and samples take what they need.
        let merged = if is_idle
            && known.contexts <= more.contexts / 2
            && self.main.storage().growing.fits(&shard.storage().growing)
        {
            self.main.exchange(shard);
            self.main.storage_mut().exchange_tasks(shard.storage_mut());
            self.main.merge(shard)
        } else {
            self.main.merge_samples(shard)
        };
        debug_assert_eq!(merged, Ok(()));
    }

    /// Appends what the open buckets hold so far to `bucket`, and keeps it.
    pub(crate) fn copy_open(&self, now: Time, bucket: &mut Bucket) {
        let mut copy = Aggregator::new(Growing::new(Memory::BOUNDLESS), self.config.aggregation.clone());
        let merged = copy.merge_samples(&self.main);
        debug_assert_eq!(merged, Ok(()));
        bucket.extend(copy.flush_all(now));
        self.leave_out(bucket);
    }

    /// Ends a flush that has begun at `now` once every shard is in: `bucket` gets the series, those of the server itself
    /// too. `extra` are counters of others that these show.
    pub(crate) fn finish(&mut self, extent: Extent, now: Time, extra: &Stats, bucket: &mut Bucket) {
        let current = self.bucket_of(now);
        // A bucket that has yet to begin by every clock was opened before one was set back: it ends now, or it would only
        // when that time has come again.
        let is_ahead = self.main.youngest_bucket() > Some(current.max(self.bucket_of(self.clock)));
        // One that was open at the last flush and is not over at this one stays open with a clock that is set back often.
        let is_late = self.left_open >= Some(current);
        let known = self.main.stats();
        bucket.reserve(known.contexts, known.bytes);
        if extent == Extent::All || is_ahead || is_late {
            bucket.extend(self.main.flush_all(now));
            self.waiting.show(u64::MAX);
        } else {
            bucket.extend(self.main.flush(now));
            self.waiting.show(current);
        }
        self.reached = [self.main.cells_reached(), self.reached[0]];
        self.main.settle();
        self.left_open = self.main.youngest_bucket();
        self.refit();
        self.stats.filtered_aggregates += self.leave_out(bucket);
        self.former.age();
        let shown = std::mem::take(&mut self.waiting.shown);
        bucket.set_messages(shown);
        self.stats.shown_messages.merge(&shown);
        self.stats.waiting_messages = self.waiting.total();
        self.stats.flushes += 1;
        self.stats.contexts = self.main.stats().contexts as u64;
        let mut all = self.sum();
        all.add(extra);
        if let Some(telemetry) = &mut self.telemetry {
            let number = if extent == Extent::All { current } else { current.saturating_sub(1) };
            telemetry.push(&all, number * u64::from(self.config.aggregation.bucket_secs), bucket);
        }
        let mut books = self.books.0.lock().unwrap_or_else(PoisonError::into_inner);
        books.stats = all;
        if !self.refusals.is_empty() {
            books.last = std::mem::take(&mut self.refusals);
            let Inner { all, last, .. } = &mut *books;
            all.merge(last);
        }
    }

    /// Leaves the aggregates out that are not to be shown, and says how many.
    fn leave_out(&self, bucket: &mut Bucket) -> u64 {
        let Some(rules) = &self.rules else { return 0 };
        bucket.retain_aggregates(|name, all| self.former.choose(rules.as_ref(), name, all)) as u64
    }

    /// The counters of the workers when they handed over, and those of this.
    fn sum(&self) -> Stats {
        let mut sum = self.stats;
        self.workers.iter().for_each(|worker| sum.add(worker));
        sum
    }

    /// What is counted here so far, also during a flush.
    pub(crate) fn live_stats(&self) -> Stats {
        Stats { waiting_messages: self.waiting.total(), ..self.stats }
    }

    /// How many series take room.
    pub(crate) fn let_in(&self) -> usize {
        self.census.len()
    }

    /// How many bins the histograms and timings of a bucket may keep.
    pub(crate) fn most_bins(&self) -> usize {
        self.config.most_bins()
    }

    /// Whether workers may hand over before their bucket is over: what they have handed over in it so far fits their budget,
    /// which each of them has anew after that.
    pub(crate) fn has_room_for_looks(&self) -> bool {
        self.main.stats().cells <= self.config.memory.cells / 2
    }

    /// The bytes of the table.
    pub(crate) fn size(&self) -> usize {
        self.main.storage().growing.size()
    }

    /// Frees memory that two flushes in a row have not needed.
    fn refit(&mut self) {
        let stats = self.main.stats();
        let mut need = [stats.contexts, stats.bytes, self.reached[0].max(self.reached[1])];
        if !self.main.storage().growing.is_oversized(need) {
            return;
        }
        if stats.cells > 0 {
            // What is left of open buckets may stand anywhere; it is put together at the front.
            let mut rest = Aggregator::new(Growing::new(Memory::BOUNDLESS), self.config.aggregation.clone());
            let kept = rest.merge_samples(&self.main);
            self.main.drop_samples();
            need[2] = rest.cells_reached();
            self.main.refit(|storage, _| {
                storage.growing.shrink(need);
            });
            let back = self.main.merge_samples(&rest);
            debug_assert_eq!((kept, back), (Ok(()), Ok(())));
        } else {
            self.main.refit(|storage, _| {
                storage.growing.shrink(need);
            });
        }
    }

    fn bucket_of(&self, now: Time) -> u64 {
        now.as_secs() / u64::from(self.config.aggregation.bucket_secs)
    }
}
