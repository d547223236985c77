//! The way from the flusher to the sink: a queue bounded in bytes, and buckets that are used again.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use basenji_core::Time;

use super::bucket::Bucket;
use super::queue::Queue;
use super::sink::Sink;
use super::stats::Stats;

/// Buckets kept for another use.
const KEPT: usize = 2;

/// Buckets on their way to the sink.
pub(crate) struct Outlet {
    queue: Queue<Bucket>,
    used: Mutex<Vec<Bucket>>,
    progress: Mutex<Progress>,
    advanced: Condvar,
}

/// How many buckets there were.
#[derive(Default)]
struct Progress {
    queued: u64,
    /// Those that the sink has taken, and those that had to go.
    done: u64,
    /// Whether the sink takes nothing any more.
    ended: bool,
}

impl Outlet {
    /// An outlet in which at most `bytes` bytes wait.
    pub(crate) fn new(bytes: usize) -> Outlet {
        Outlet {
            queue: Queue::new(bytes),
            used: Mutex::new(Vec::new()),
            progress: Mutex::default(),
            advanced: Condvar::new(),
        }
    }

    /// An empty bucket.
    pub(crate) fn fresh(&self, flushed_at: Time) -> Bucket {
        let used = self.used.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut bucket = used.unwrap_or_default();
        bucket.reset(flushed_at);
        bucket
    }

    /// Queues a bucket; those that have to go for it are counted.
    pub(crate) fn push(&self, bucket: Bucket, stats: &mut Stats) {
        let size = bucket.size();
        self.progress().queued += 1;
        self.queue.push(bucket, size, |lost| {
            self.progress().done += 1;
            stats.series_dropped += lost.series().len() as u64;
            stats.events_dropped += lost.events().count() as u64;
            stats.checks_dropped += lost.service_checks().count() as u64;
        });
    }

    /// Queues the last bucket, for which none has to go.
    pub(crate) fn push_last(&self, bucket: Bucket, _: &mut Stats) {
        let size = bucket.size();
        self.progress().queued += 1;
        self.queue.close_with(bucket, size);
    }

    /// Adds how much waits.
    pub(crate) fn count(&self, stats: &mut Stats) {
        let (buckets, bytes) = self.queue.depth();
        stats.sink_queue += buckets as u64;
        stats.sink_queue_bytes += bytes as u64;
    }

    /// How many buckets were queued so far.
    pub(crate) fn queued(&self) -> u64 {
        self.progress().queued
    }

    /// Waits until the sink has taken the first `number` buckets, or takes nothing any more.
    pub(crate) fn wait(&self, number: u64) {
        let mut progress = self.progress();
        while progress.done < number && !progress.ended {
            progress = self.advanced.wait(progress).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives every bucket to `sink`, up to the last one.
    pub(crate) fn run(&self, sink: &mut dyn Sink) {
        /// Says so when the sink has ended, also by a panic.
        struct End<'a>(&'a Outlet);
        impl Drop for End<'_> {
            fn drop(&mut self) {
                self.0.progress().ended = true;
                self.0.advanced.notify_all();
            }
        }
        let _end = End(self);
        while let Some(bucket) = self.queue.pop() {
            sink.bucket(&bucket);
            self.progress().done += 1;
            self.advanced.notify_all();
            let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
            if used.len() < KEPT {
                used.push(bucket);
            }
        }
    }
}
