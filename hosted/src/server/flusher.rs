//! The thread that turns shards into buckets.
//!
//! At the end of each bucket it collects the shard of every worker in exchange for an empty one, merges them into the
//! one aggregator that knows all series, flushes that, and queues the outcome for the sink. It waits for workers, which
//! answer between two batches, and never for the sink.

use std::mem::take;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use basenji_core::Time;

use super::bucket::Bucket;
use super::change::Change;
use super::clock;
use super::feeds::Feeds;
use super::look::{Look, Looks};
use super::merger::{Extent, Merger};
use super::pace::{Due, Pace};
use super::shard::Shard;
use super::stats::{Published, Stats};
use super::sys::Waker;
use super::worker::Order;
use crate::channel::{Missing, Receiver, Sender, channel};

/// The flusher's channels to and from one worker.
pub(crate) struct Link {
    pub(crate) orders: Sender<Order>,
    pub(crate) answers: Receiver<Box<Shard>>,
    pub(crate) waker: Waker,
}

impl Link {
    /// Gives an order and waits for the shard; nothing if the worker has died.
    fn exchange(&self, order: Order) -> Option<Box<Shard>> {
        self.order(order);
        self.answers.recv()
    }

    fn order(&self, order: Order) {
        let _ = self.orders.send(order);
        self.waker.wake();
    }
}

/// A request to the flusher.
pub(crate) enum Demand {
    /// A flush; the answer is how many buckets were queued by then.
    Flush(Sender<u64>),
    /// Other tags and rules; the answer comes when every worker goes by them.
    Change(Change, Sender<()>),
    /// A look at what is known.
    Look(Box<dyn Look>),
    /// A copy of what the open buckets hold, unless there are more series than this.
    Peek(usize, Sender<Option<Bucket>>),
    /// The end.
    Stop,
}

/// The thread around a [`Merger`]: it waits, asks the workers for their shards, and queues buckets.
pub(crate) struct Flusher {
    merger: Merger,
    bucket_secs: u32,
    /// An empty shard, to be exchanged for a full one.
    spare: Option<Box<Shard>>,
    /// Whether a look at open buckets has begun the bucket that is being filled.
    is_open: bool,
    workers: Vec<Link>,
    feeds: Arc<Feeds>,
    published: Arc<Published>,
    /// What is being filled.
    bucket: Bucket,
    /// Whether histograms and timings are to keep their bins.
    sketches: Arc<AtomicBool>,
}

impl Flusher {
    pub(crate) fn new(
        merger: Merger,
        bucket_secs: u32,
        workers: Vec<Link>,
        feeds: Arc<Feeds>,
        published: Arc<Published>,
        sketches: Arc<AtomicBool>,
    ) -> Flusher {
        Flusher {
            merger,
            bucket_secs,
            spare: None,
            is_open: false,
            workers,
            feeds,
            published,
            bucket: Bucket::default(),
            sketches,
        }
    }

    /// Flushes at the end of every bucket and on demand, and a last time when it is told to stop. A bucket ends by the
    /// wall clock, but none is open for much longer than its length whatever that clock does.
    pub(crate) fn run(mut self, demands: &Receiver<Demand>) {
        let flushed = catch_unwind(AssertUnwindSafe(|| {
            self.work(demands);
            self.last_flush();
        }));
        if let Err(panic) = flushed {
            self.salvage();
            resume_unwind(panic);
        }
    }

    fn work(&mut self, demands: &Receiver<Demand>) {
        let start = Instant::now();
        let mut pace = Pace::new(self.bucket_secs, clock::now(), start.elapsed());
        // Requests that come after a stop are dropped, which tells those who wait for them.
        let mut looks = Looks::default();
        loop {
            match pace.due(clock::now(), start.elapsed()) {
                Due::No => {}
                Due::Over => self.flush(Order::Swap, Extent::Over),
                Due::Late => self.flush(Order::Swap, Extent::All),
            }
            let wait = if looks.is_empty() { pace.wait(clock::now(), start.elapsed()) } else { Duration::ZERO };
            match demands.recv_timeout(wait) {
                Ok(Demand::Flush(answer)) => {
                    self.flush(Order::ReadAndSwap, Extent::All);
                    let _ = answer.send(self.feeds.queued());
                }
                Ok(Demand::Change(change, answer)) => {
                    self.change(change);
                    let _ = answer.send(());
                }
                Ok(Demand::Look(look)) => looks.push(look),
                Ok(Demand::Peek(most, answer)) => {
                    // The thread that asked may be gone.
                    let _ = answer.send(self.peek(most));
                }
                Err(Missing::Late) => looks.go_on(&self.merger),
                Ok(Demand::Stop) | Err(Missing::Over) => return,
            }
        }
    }

    /// Takes in the shard of every worker in exchange for an empty one, and queues what is finished.
    fn flush(&mut self, order: fn(Box<Shard>) -> Order, extent: Extent) {
        let now = clock::now();
        self.begin(now);
        self.collect(order, now);
        self.finish(extent, now, Feeds::push);
    }

    /// Takes in the shard of every worker in exchange for an empty one.
    fn collect(&mut self, order: fn(Box<Shard>) -> Order, now: Time) {
        for (number, worker) in self.workers.iter().enumerate() {
            let spare = self.spare.take().unwrap_or_else(|| self.merger.shard());
            if let Some(shard) = worker.exchange(order(self.merger.ready(spare, now))) {
                self.spare = Some(self.merger.absorb(number, shard, now, &mut self.bucket));
            }
        }
    }

    /// A copy of what the open buckets hold; nothing if there are more than `most` series, or as many samples as a
    /// worker may hold. What the workers hand over
    /// for it stays for the next flush.
    fn peek(&mut self, most: usize) -> Option<Bucket> {
        if self.merger.let_in() > most || !self.merger.has_room_for_looks() {
            return None;
        }
        let now = clock::now();
        self.open(now);
        self.collect(Order::Swap, now);
        let mut copy = self.bucket.clone();
        self.merger.copy_open(now, &mut copy);
        Some(copy)
    }

    /// Takes other tags and rules once every worker has them.
    fn change(&mut self, change: Change) {
        let (done, answers) = channel(0);
        self.workers.iter().for_each(|worker| worker.order(Order::Change(change.clone(), done.clone())));
        drop(done);
        // Each worker drops its end of the channel when it has changed; nothing comes before that.
        answers.recv();
        self.merger.change(change);
    }

    /// Stops the workers and flushes the open buckets, too.
    fn last_flush(&mut self) {
        let shards = self.stop_workers();
        let now = clock::now();
        self.begin(now);
        self.absorb(shards, now);
        self.finish(Extent::All, now, Feeds::push_last);
    }

    /// Stops the workers, which answer with what they hold; one that has died has nothing more.
    fn stop_workers(&self) -> Vec<Option<Box<Shard>>> {
        self.workers.iter().for_each(|worker| worker.order(Order::Stop));
        self.workers.iter().map(|worker| worker.answers.recv()).collect()
    }

    fn begin(&mut self, now: Time) {
        self.open(now);
        self.is_open = false;
        self.merger.begin(now);
    }

    /// Makes the bucket of the next flush ready, with what was taken from the workers before.
    fn open(&mut self, now: Time) {
        if self.is_open {
            self.bucket.set_flushed_at(now);
        } else {
            self.bucket = self.feeds.fresh(now);
            self.is_open = true;
            let is_wanted = self.sketches.load(Ordering::Relaxed);
            self.bucket.keep_bins(if is_wanted { self.merger.most_bins() } else { 0 });
        }
    }

    fn absorb(&mut self, shards: Vec<Option<Box<Shard>>>, now: Time) {
        for (number, shard) in shards.into_iter().enumerate() {
            if let Some(shard) = shard {
                drop(self.merger.absorb(number, shard, now, &mut self.bucket));
            }
        }
    }

    fn finish(&mut self, extent: Extent, now: Time, push: fn(&Feeds, Bucket)) {
        let mut waiting = Stats::default();
        self.feeds.count(&mut waiting);
        self.merger.finish(extent, now, &waiting, &mut self.bucket);
        // Before a sink has the bucket.
        self.published.publish(&self.merger.stats);
        push(&self.feeds, take(&mut self.bucket));
    }

    /// After a panic: flushes, as the last one, the bucket that was being filled and what the workers hold, as far as possible.
    fn salvage(&mut self) {
        let _ = catch_unwind(AssertUnwindSafe(|| {
            let shards = self.stop_workers();
            let now = clock::now();
            self.merger.forget_rules();
            self.absorb(shards, now);
            self.merger.finish(Extent::All, now, &Stats::default(), &mut self.bucket);
        }));
        self.published.publish(&self.merger.stats);
        self.feeds.push_last(take(&mut self.bucket));
    }
}
