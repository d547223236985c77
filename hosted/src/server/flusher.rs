//! The thread that turns shards into buckets.
//!
//! At the end of each bucket it collects the shard of every worker in exchange for an empty one, merges them into the
//! one aggregator that knows all series, flushes that, and queues the outcome for the sink. It waits for workers, which
//! answer between two batches, and never for the sink.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use basenji_core::Time;
use basenji_core::aggregate::{self, Aggregator, Context};
use basenji_core::wire::Tags;

use super::bucket::{Bucket, Received};
use super::clock;
use super::config::Config;
use super::outlet::Outlet;
use super::rules::Rules;
use super::running::Change;
use super::shard::Shard;
use super::stats::{Published, Stats};
use super::storage::Growing;
use super::sys::Waker;
use super::telemetry::Telemetry;
use super::worker::Order;

/// How the flusher speaks with one worker.
pub(crate) struct Link {
    pub(crate) orders: Sender<Order>,
    pub(crate) answers: Receiver<Box<Shard>>,
    pub(crate) waker: Waker,
    pub(crate) published: Arc<Published>,
}

impl Link {
    /// Gives an order and waits for the shard; nothing if the worker has died.
    fn exchange(&self, order: Order) -> Option<Box<Shard>> {
        self.order(order);
        self.answers.recv().ok()
    }

    fn order(&self, order: Order) {
        let _ = self.orders.send(order);
        self.waker.wake();
    }
}

/// Somebody who wants to see the known contexts.
pub(crate) type Look = Box<dyn FnOnce(&mut dyn Iterator<Item = Context<'_>>) + Send>;

/// What the flusher is asked for.
pub(crate) enum Demand {
    /// A flush; the answer is how many buckets were queued by then.
    Flush(Sender<u64>),
    /// Other tags and rules; the answer comes when every worker goes by them.
    Change(Change, Sender<()>),
    /// A look at what is known.
    Look(Look),
    /// The end.
    Stop,
}

/// Merges, flushes, and queues.
pub(crate) struct Flusher {
    config: Config,
    main: Aggregator<Growing>,
    /// An empty shard, to be exchanged for a full one.
    spare: Option<Box<Shard>>,
    workers: Vec<Link>,
    outlet: Arc<Outlet>,
    tags: Box<[u8]>,
    telemetry: Option<Telemetry>,
    stats: Stats,
    published: Arc<Published>,
    rules: Option<Arc<dyn Rules>>,
}

impl Flusher {
    pub(crate) fn new(
        config: Config,
        rules: Option<Arc<dyn Rules>>,
        workers: Vec<Link>,
        outlet: Arc<Outlet>,
        published: Arc<Published>,
    ) -> Flusher {
        Flusher {
            main: Aggregator::new(Growing::new(config.memory), config.aggregation.clone()),
            spare: None,
            workers,
            outlet,
            tags: config.joined_tags(),
            telemetry: config.telemetry.then(|| Telemetry::new(&config)),
            stats: Stats::default(),
            published,
            rules,
            config,
        }
    }

    /// Flushes at the end of every bucket and on demand, and a last time when it is told to stop.
    pub(crate) fn run(mut self, demands: &Receiver<Demand>) {
        let mut due = self.main.next_flush_at(clock::now());
        loop {
            let now = clock::now();
            if now >= due {
                self.flush(now);
            }
            // Worked out anew each time, so that a clock that is set takes effect within a bucket.
            due = self.main.next_flush_at(now);
            let wait = Duration::from_millis(due.millis_since(clock::now()));
            match demands.recv_timeout(wait) {
                Ok(Demand::Flush(answer)) => {
                    self.flush_on_demand();
                    let _ = answer.send(self.outlet.queued());
                }
                Ok(Demand::Change(change, answer)) => {
                    self.change(change);
                    let _ = answer.send(());
                }
                Ok(Demand::Look(look)) => look(&mut self.main.contexts()),
                Err(RecvTimeoutError::Timeout) => {}
                Ok(Demand::Stop) | Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        self.last_flush();
    }

    fn flush(&mut self, now: Time) {
        let mut bucket = self.outlet.fresh(now);
        self.collect(Order::Swap, now, &mut bucket);
        bucket.extend(self.main.flush(now));
        self.finish(bucket, self.bucket_of(now).saturating_sub(1), Outlet::push);
    }

    /// Flushes all that has arrived, the open buckets, too.
    fn flush_on_demand(&mut self) {
        let now = clock::now();
        let mut bucket = self.outlet.fresh(now);
        self.collect(Order::ReadAndSwap, now, &mut bucket);
        bucket.extend(self.main.flush_all(clock::now()));
        self.finish(bucket, self.bucket_of(now), Outlet::push);
    }

    /// Goes on with other tags and rules once every worker does.
    fn change(&mut self, change: Change) {
        let (done, answers) = channel();
        self.workers.iter().for_each(|worker| worker.order(Order::Change(change.clone(), done.clone())));
        drop(done);
        // Each worker drops its end of the channel when it has changed; nothing comes before that.
        answers.iter().for_each(drop);
        self.config.tags = change.tags;
        self.tags = self.config.joined_tags();
        if let Some(telemetry) = &mut self.telemetry {
            telemetry.set_tags(&self.config.tags);
        }
        self.rules = change.rules;
    }

    /// Takes in the shard of every worker in exchange for an empty one.
    fn collect(&mut self, order: fn(Box<Shard>) -> Order, now: Time, bucket: &mut Bucket) {
        for worker in 0..self.workers.len() {
            let spare = self.spare.take().unwrap_or_else(|| Box::new(Shard::new(&self.config)));
            if let Some(shard) = self.workers[worker].exchange(order(spare)) {
                self.spare = Some(self.absorb(shard, now, bucket));
            }
        }
    }

    /// Stops the workers and flushes the open buckets, too.
    fn last_flush(&mut self) {
        self.workers.iter().for_each(|worker| worker.order(Order::Stop));
        let shards: Vec<_> = self.workers.iter().filter_map(|worker| worker.answers.recv().ok()).collect();
        let now = clock::now();
        let mut bucket = self.outlet.fresh(now);
        for shard in shards {
            self.absorb(shard, now, &mut bucket);
        }
        bucket.extend(self.main.flush_all(now));
        self.finish(bucket, self.bucket_of(now), Outlet::push_last);
    }

    /// Takes in what a shard holds, and gives it back empty.
    fn absorb(&mut self, mut shard: Box<Shard>, now: Time, bucket: &mut Bucket) -> Box<Shard> {
        let refused = |stats: aggregate::Stats| stats.refused_contexts + stats.refused_values;
        let before = refused(self.main.stats());
        if let Err(full) = self.main.merge(&shard.aggregator) {
            self.stats.refused.add(full, refused(self.main.stats()) - before);
        }
        for waiting in shard.pending.iter() {
            let tags = [waiting.tags, &self.tags].map(Tags::Text);
            if !bucket.push_line(waiting.line, Received { at: waiting.received, tags }) {
                let is_event = waiting.line.starts_with(b"_e");
                self.stats.events_dropped += u64::from(is_event);
                self.stats.checks_dropped += u64::from(!is_event);
            }
        }
        shard.clear(now);
        shard
    }

    /// Adds the server's own series, which stand in the bucket of this number, and queues everything.
    fn finish(&mut self, mut bucket: Bucket, number: u64, push: fn(&Outlet, Bucket, &mut Stats)) {
        if let Some(rules) = &self.rules {
            bucket.retain_aggregates(|name, aggregate| rules.shows(name, aggregate));
        }
        self.stats.flushes += 1;
        self.stats.contexts = self.main.stats().contexts as u64;
        if let Some(telemetry) = &mut self.telemetry {
            let mut sum = self.stats;
            self.workers.iter().for_each(|worker| sum.add(&worker.published.read()));
            self.outlet.count(&mut sum);
            telemetry.push(&sum, number * u64::from(self.config.aggregation.bucket_secs), &mut bucket);
        }
        push(&self.outlet, bucket, &mut self.stats);
        self.published.publish(&self.stats);
    }

    fn bucket_of(&self, now: Time) -> u64 {
        now.as_secs() / u64::from(self.config.aggregation.bucket_secs)
    }
}
