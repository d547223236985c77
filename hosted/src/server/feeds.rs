//! The way from the flusher to the sinks: for each a queue bounded in bytes, all of the same buckets, which are used again
//! once the last sink is done with them.
//!
//! Nothing is copied for a sink. Every queue holds the newest flushes that fit, so all of them together hold no more
//! buckets than the one that lags the most, and a bucket more for each sink that is at work.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use basenji_core::Time;

use super::amount::Amount;
use super::bucket::Bucket;
use super::queue::Queue;
use super::sink::{Sink, SinkStats};
use super::stats::Stats;

/// Buckets kept for another use, and how many of the size that is kept fit into a sink's queue.
const KEPT: usize = 2;
const FIT: usize = 4;

/// Buckets on their way to the sinks.
pub(crate) struct Feeds {
    feeds: Vec<Feed>,
    used: Mutex<VecDeque<Bucket>>,
    /// The most bytes that may wait for a sink.
    bytes: usize,
}

/// The way to one sink.
struct Feed {
    name: String,
    queue: Queue<Arc<Bucket>>,
    progress: Mutex<Progress>,
    advanced: Condvar,
}

/// How far a sink has come.
#[derive(Default)]
struct Progress {
    /// Buckets so far.
    queued: u64,
    /// Those that the sink has taken, and those that were dropped.
    done: u64,
    /// Whether the sink takes nothing any more.
    ended: bool,
    shown: Amount,
    taken: Amount,
    dropped: Amount,
    /// Of what was dropped, what a stop has not waited for.
    abandoned: Amount,
    /// Of what was taken, what the sink is at work on.
    held: Amount,
}

impl Feeds {
    /// A way to each of these sinks, in which at most `bytes` bytes wait.
    pub(crate) fn new(names: impl IntoIterator<Item = String>, bytes: usize) -> Feeds {
        let feed = |name| Feed { name, queue: Queue::new(bytes), progress: Mutex::default(), advanced: Condvar::new() };
        Feeds { feeds: names.into_iter().map(feed).collect(), used: Mutex::default(), bytes }
    }

    /// An empty bucket.
    pub(crate) fn fresh(&self, flushed_at: Time) -> Bucket {
        // In turn, so that each bucket grows to the size that it needs.
        let used = self.used().pop_front();
        let mut bucket = used.unwrap_or_default();
        bucket.reset(flushed_at);
        bucket
    }

    /// Queues a bucket for every sink; those that are dropped for it are counted.
    pub(crate) fn push(&self, bucket: Bucket) {
        let lose = |feed: &Feed, lost: Arc<Bucket>| {
            feed.lose(Amount::of(&lost));
            self.use_again(lost);
        };
        let bucket = self.queue(bucket, |feed, bucket, size| feed.queue.push(bucket, size, |lost| lose(feed, lost)));
        self.use_again(bucket);
    }

    /// Queues the last bucket, for which none is dropped.
    pub(crate) fn push_last(&self, bucket: Bucket) {
        self.queue(bucket, |feed, bucket, size| feed.queue.close_with(bucket, size));
    }

    /// Counts a bucket as shown to every sink, and queues it as `put` does; its size is handed over too.
    fn queue(&self, bucket: Bucket, put: impl Fn(&Feed, Arc<Bucket>, usize)) -> Arc<Bucket> {
        let (size, amount) = (bucket.size(), Amount::of(&bucket));
        let bucket = Arc::new(bucket);
        for feed in &self.feeds {
            feed.show(amount);
            put(feed, Arc::clone(&bucket), size);
        }
        bucket
    }

    /// Keeps the memory of a bucket that nobody else holds, unless it is a large one.
    fn use_again(&self, bucket: Arc<Bucket>) {
        let Some(bucket) = Arc::into_inner(bucket) else { return };
        let mut used = self.used();
        if used.len() < KEPT && bucket.size() <= self.bytes / FIT {
            used.push_back(bucket);
        }
    }

    fn used(&self) -> MutexGuard<'_, VecDeque<Bucket>> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds how much waits for the sink that lags the most, and what all sinks together have lost.
    pub(crate) fn count(&self, stats: &mut Stats) {
        let dropped: Amount = self.feeds.iter().map(|feed| feed.progress().dropped).sum();
        stats.series_dropped += dropped.series;
        stats.events_dropped += dropped.events;
        stats.checks_dropped += dropped.checks;
        let depths = self.feeds.iter().map(|feed| feed.queue.depth());
        let (buckets, bytes) = depths.max_by_key(|&(_, bytes)| bytes).unwrap_or_default();
        stats.sink_queue += buckets as u64;
        stats.sink_queue_bytes += bytes as u64;
    }

    /// The counters of each sink.
    pub(crate) fn stats(&self) -> Vec<SinkStats> {
        self.feeds.iter().map(Feed::stats).collect()
    }

    /// How many buckets were queued so far.
    pub(crate) fn queued(&self) -> u64 {
        self.feeds.first().map_or(0, |feed| feed.progress().queued)
    }

    /// Waits until every sink has taken the first `number` buckets, or takes nothing any more.
    pub(crate) fn wait(&self, number: u64) {
        self.feeds.iter().for_each(|feed| feed.wait(number));
    }

    /// Takes the bucket that has waited longest for the sink of this number, and counts it as taken.
    pub(crate) fn take(&self, number: usize) -> Option<Arc<Bucket>> {
        let feed = self.feeds.get(number).filter(|feed| feed.queue.depth().0 > 0)?;
        let bucket = feed.queue.pop()?;
        let mut progress = feed.progress();
        progress.taken += Amount::of(&bucket);
        progress.done += 1;
        Some(bucket)
    }

    /// Gives every bucket to the sink of this number, up to the last one.
    pub(crate) fn run(&self, number: usize, sink: &mut dyn Sink) {
        let Some(feed) = self.feeds.get(number) else { return };
        let turn = Turn { feed };
        while let Some(bucket) = feed.queue.pop() {
            turn.begin(Amount::of(&bucket));
            sink.bucket(&bucket);
            turn.end();
            self.use_again(bucket);
        }
        sink.stop();
    }

    /// Waits until every sink has ended, after the last bucket; what one has not taken at `end` is dropped.
    pub(crate) fn end(&self, end: Instant) {
        self.feeds.iter().for_each(|feed| feed.end(end));
    }
}

impl Feed {
    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn show(&self, amount: Amount) {
        let mut progress = self.progress();
        progress.queued += 1;
        progress.shown += amount;
    }

    fn lose(&self, amount: Amount) {
        let mut progress = self.progress();
        progress.done += 1;
        progress.dropped += amount;
    }

    fn wait(&self, number: u64) {
        let mut progress = self.progress();
        while progress.done < number && !progress.ended {
            progress = self.advanced.wait(progress).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn end(&self, end: Instant) {
        let mut progress = self.progress();
        while !progress.ended {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                let dropped = progress.dropped;
                progress.give_up();
                // The time is over: the rest is dropped.
                progress.dropped = progress.shown - progress.taken;
                progress.abandoned = progress.dropped - dropped;
                return;
            }
            progress = self.advanced.wait_timeout(progress, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn stats(&self) -> SinkStats {
        let (buckets, bytes) = self.queue.depth();
        let progress = self.progress();
        SinkStats {
            name: self.name.clone(),
            shown: progress.shown,
            taken: progress.taken,
            dropped: progress.dropped,
            abandoned: progress.abandoned,
            buckets_waiting: buckets as u64,
            bytes_waiting: bytes as u64,
            is_running: !progress.ended,
        }
    }
}

impl Progress {
    /// Marks the sink as ended, and counts the bucket that it is at work on as dropped.
    fn give_up(&mut self) {
        self.ended = true;
        let held = std::mem::take(&mut self.held);
        self.taken -= held;
        self.dropped += held;
    }
}

/// A sink at work: marks the sink as ended when dropped, also in a panic, and counts what it then held as dropped.
struct Turn<'a> {
    feed: &'a Feed,
}

impl Turn<'_> {
    /// Begins with a bucket; one that the stop has not waited for is counted already.
    fn begin(&self, amount: Amount) {
        let mut progress = self.feed.progress();
        if !progress.ended {
            progress.taken += amount;
            progress.held = amount;
        }
    }

    fn end(&self) {
        let mut progress = self.feed.progress();
        progress.held = Amount::default();
        progress.done += 1;
        self.feed.advanced.notify_all();
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.feed.progress().give_up();
        self.feed.advanced.notify_all();
    }
}
