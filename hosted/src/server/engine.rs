//! A server without sockets, threads and clock, which the caller drives.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use basenji_core::Time;
use basenji_core::aggregate::Context;

use super::bucket::Bucket;
use super::change::Change;
use super::config::{Config, check_tags};
use super::error::StartError;
use super::feeds::Feeds;
use super::intake::{Datagram, Intake};
use super::merger::{Extent, Merger};
use super::pace::{Due, Pace};
use super::refusals::Refusals;
use super::report::{Origin, Reporter};
use super::rules::Rules;
use super::shard::Shard;
use super::sink::SinkStats;
use super::socket::ListenerKind;
use super::stats::Stats;

/// The inside of a [`Server`](super::Server): datagrams, times and orders go in, buckets and counters come out, and
/// nothing happens by itself. The same calls always give the same outcome. The threads of a server run exactly this code.
/// For simulations and for tests.
///
/// # Example
///
/// ```
/// use basenji::core::Time;
/// use basenji::server::{Config, Engine, ListenerKind};
///
/// let mut engine = Engine::new(Config::default(), None, ["memory".to_owned()])?;
/// engine.receive(0, ListenerKind::Udp, b"page.views:2|c", false, Time::from_secs(1003));
/// engine.flush(Time::from_secs(1010));
/// let bucket = engine.take(0).expect("it was flushed");
/// assert!(bucket.series().any(|series| series.name == b"page.views"));
/// let stats = engine.stats();
/// assert_eq!(stats.messages, stats.shown_messages);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Engine {
    intakes: Vec<Intake>,
    merger: Merger,
    spare: Option<Box<Shard>>,
    feeds: Feeds,
    pace: Option<Pace>,
    bucket_secs: u32,
    flush: Option<Flush>,
}

/// A flush in progress.
struct Flush {
    extent: Extent,
    now: Time,
    bucket: Bucket,
    /// The workers whose shards are still to come.
    workers: VecDeque<usize>,
}

impl Engine {
    /// A server's inside, with a queue for each of these sinks. A seed of 0 in [`Config::aggregation`] stays 0.
    ///
    /// # Errors
    ///
    /// As [`Config::validate`].
    pub fn new(
        config: Config,
        rules: Option<Arc<dyn Rules>>,
        sinks: impl IntoIterator<Item = String>,
    ) -> Result<Engine, StartError> {
        config.validate()?;
        let feeds = Feeds::new(sinks, config.sink_bytes);
        let merger = Merger::new(config.clone(), rules.clone());
        let intake = |_| Intake::new(&config, merger.shard(), Reporter::default(), None, None, rules.as_ref());
        Ok(Engine {
            intakes: (0..config.workers).map(intake).collect(),
            merger,
            spare: None,
            feeds,
            pace: None,
            bucket_secs: config.aggregation.bucket_secs,
            flush: None,
        })
    }

    /// How many workers there are; they are called by their number, from 0 on.
    pub fn workers(&self) -> usize {
        self.intakes.len()
    }

    /// A worker takes in a datagram, received at `now`; `truncated` if it was cut on its way. Nothing if there is no such
    /// worker.
    pub fn receive(&mut self, worker: usize, listener: ListenerKind, bytes: &[u8], truncated: bool, now: Time) {
        let Some(intake) = self.intakes.get_mut(worker) else { return };
        intake.turn(now);
        let origin = || Origin { listener, address: None, pid: None, container: None };
        intake.datagram(Datagram { bytes, truncated, listener, pid: None }, now, origin);
    }

    /// Whether a flush is due, and if so, whether of all buckets. One of those that are over is due when the clock that tells
    /// `now`, and that may jump, enters another bucket; one of all buckets when it does not within a bucket's length and a
    /// quarter since the last, by the clock that tells `steady`. The first call starts both.
    pub fn due(&mut self, now: Time, steady: Duration) -> Option<bool> {
        let pace = self.pace.get_or_insert_with(|| Pace::new(self.bucket_secs, now, steady));
        match pace.due(now, steady) {
            Due::No => None,
            Due::Over => Some(false),
            Due::Late => Some(true),
        }
    }

    /// Flushes the buckets that are over.
    pub fn flush(&mut self, now: Time) {
        self.begin_flush(false, now);
        self.end_flush(now);
    }

    /// Flushes the open buckets too.
    pub fn flush_all(&mut self, now: Time) {
        self.begin_flush(true, now);
        self.end_flush(now);
    }

    /// Begins a flush, of the open buckets too if it is of `all`; one that was in progress ends first.
    pub fn begin_flush(&mut self, all: bool, now: Time) {
        self.end_flush(now);
        let extent = if all { Extent::All } else { Extent::Over };
        self.merger.begin(now);
        self.flush =
            Some(Flush { extent, now, bucket: self.feeds.fresh(now), workers: (0..self.intakes.len()).collect() });
    }

    /// The next worker hands its shard over, in a flush that was begun, at `now` by its own clock. False if there is none.
    pub fn collect(&mut self, now: Time) -> bool {
        let Some(flush) = &mut self.flush else { return false };
        let Some(worker) = flush.workers.pop_front() else { return false };
        let spare = self.spare.take().unwrap_or_else(|| self.merger.shard());
        let full = self.intakes[worker].swap(self.merger.ready(spare, flush.now), now);
        self.spare = Some(self.merger.absorb(worker, full, flush.now, &mut flush.bucket));
        true
    }

    /// Ends the flush in progress: the workers that are left hand over at `now`, and the sinks get the bucket.
    pub fn end_flush(&mut self, now: Time) {
        while self.collect(now) {}
        let Some(Flush { extent, now, mut bucket, .. }) = self.flush.take() else { return };
        let mut waiting = Stats::default();
        self.feeds.count(&mut waiting);
        self.merger.finish(extent, now, &waiting, &mut bucket);
        self.feeds.push(bucket);
    }

    /// Gives a worker other tags and rules.
    ///
    /// # Errors
    ///
    /// - `BadTag`: no line of the protocol can carry a tag; nothing changes then.
    pub fn change_worker(&mut self, worker: usize, change: &Change) -> Result<(), StartError> {
        check_tags(&change.tags)?;
        if let Some(intake) = self.intakes.get_mut(worker) {
            intake.change(change);
        }
        Ok(())
    }

    /// Gives the flusher other tags and rules, once every worker has them.
    ///
    /// # Errors
    ///
    /// - `BadTag`: no line of the protocol can carry a tag; nothing changes then.
    pub fn change(&mut self, change: Change) -> Result<(), StartError> {
        (0..self.intakes.len()).try_for_each(|worker| self.change_worker(worker, &change))?;
        self.merger.change(change);
        Ok(())
    }

    /// The sink with this number takes the oldest bucket that waits for it.
    pub fn take(&mut self, sink: usize) -> Option<Arc<Bucket>> {
        self.feeds.take(sink)
    }

    /// The counters of each sink.
    pub fn sinks(&self) -> Vec<SinkStats> {
        self.feeds.stats()
    }

    /// What was counted up to now: of each kind `messages = shown + refused + skipped + filtered + waiting`.
    pub fn stats(&mut self) -> Stats {
        let mut sum = self.merger.live_stats();
        for intake in &mut self.intakes {
            intake.count_shard();
            sum.add(&intake.stats);
        }
        self.feeds.count(&mut sum);
        sum
    }

    /// What was counted up to the last flush.
    pub fn accounts(&self) -> Stats {
        self.merger.books().stats()
    }

    /// Whose messages were refused: since the start, and in the last flush that had any.
    pub fn refusals(&self) -> [Refusals; 2] {
        self.merger.books().refusals()
    }

    /// The contexts that are known to the table that lives on.
    pub fn contexts(&self) -> impl Iterator<Item = Context<'_>> {
        self.merger.contexts()
    }

    /// How many contexts take room: those of the table that lives on, and those that workers have let in since.
    pub fn contexts_let_in(&self) -> usize {
        self.merger.let_in()
    }

    /// The bytes that tables and samples take, those set aside included.
    pub fn memory(&self) -> usize {
        let shards =
            self.intakes.iter().map(|intake| intake.shard.size()).chain(self.spare.iter().map(|spare| spare.size()));
        shards.sum::<usize>() + self.merger.size()
    }
}
