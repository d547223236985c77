//! The way from the flusher to the sink: a queue bounded in bytes, and buckets that are used again.

use std::sync::{Mutex, PoisonError};

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
}

impl Outlet {
    /// An outlet in which at most `bytes` bytes wait.
    pub(crate) fn new(bytes: usize) -> Outlet {
        Outlet { queue: Queue::new(bytes), used: Mutex::new(Vec::new()) }
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
        self.queue.push(bucket, size, |lost| {
            stats.series_dropped += lost.series().len() as u64;
            stats.events_dropped += lost.events().count() as u64;
            stats.checks_dropped += lost.service_checks().count() as u64;
        });
    }

    /// Queues the last bucket, for which none has to go.
    pub(crate) fn push_last(&self, bucket: Bucket, _: &mut Stats) {
        let size = bucket.size();
        self.queue.close_with(bucket, size);
    }

    /// Adds how much waits.
    pub(crate) fn count(&self, stats: &mut Stats) {
        let (buckets, bytes) = self.queue.depth();
        stats.sink_queue += buckets as u64;
        stats.sink_queue_bytes += bytes as u64;
    }

    /// Gives every bucket to `sink`, up to the last one.
    pub(crate) fn run(&self, sink: &mut dyn Sink) {
        while let Some(bucket) = self.queue.pop() {
            sink.bucket(&bucket);
            let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
            if used.len() < KEPT {
                used.push(bucket);
            }
        }
    }
}
