//! Where finished buckets go.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

use super::amount::Amount;
use super::bucket::Bucket;

/// Takes the buckets of a server, on a thread of its own.
///
/// It may be slow: meanwhile sockets are read, buckets are flushed, other sinks get theirs, and its own buckets wait
/// in a queue bounded in bytes, whose oldest are dropped and counted when it is full. A sink that panics gets no further
/// buckets; the other sinks go on.
pub trait Sink: Send {
    /// Takes one flush; called once a flush interval, also when nothing has arrived. It may keep a clone of the
    /// reference, which is shared with the other sinks; while it does, the memory of the bucket cannot be used again.
    fn bucket(&mut self, bucket: &Arc<Bucket>);

    /// Called after the last flush; the server's stop waits for it.
    fn stop(&mut self) {}
}

impl<F: FnMut(&Bucket) + Send> Sink for F {
    fn bucket(&mut self, bucket: &Arc<Bucket>) {
        self(bucket);
    }
}

impl Sink for Box<dyn Sink> {
    fn bucket(&mut self, bucket: &Arc<Bucket>) {
        (**self).bucket(bucket);
    }

    fn stop(&mut self) {
        (**self).stop();
    }
}

/// What has become of what was flushed for one sink: `shown = taken + dropped + waiting`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SinkStats {
    /// What the sink is called.
    pub name: String,
    /// Everything that was flushed.
    pub shown: Amount,
    /// What the sink was given.
    pub taken: Amount,
    /// What was dropped because the sink was too slow, or has panicked.
    pub dropped: Amount,
    /// The part of `dropped` that the stop has not waited for.
    pub abandoned: Amount,
    /// Flushes that wait for it now.
    pub buckets_waiting: u64,
    /// Their bytes.
    pub bytes_waiting: u64,
    /// Whether it takes more.
    pub is_running: bool,
}

impl SinkStats {
    /// What waits for the sink.
    pub fn waiting(&self) -> Amount {
        self.shown - self.taken - self.dropped
    }
}

/// Keeps every bucket, for tests; clones share what is kept.
///
/// # Example
///
/// ```
/// use basenji::server::{MemorySink, Point, Server};
///
/// let sink = MemorySink::default();
/// let server = Server::builder().udp("127.0.0.1:0")?.start(sink.clone())?;
/// let client = std::net::UdpSocket::bind("127.0.0.1:0")?;
/// client.send_to(b"page.views:2|c", ("127.0.0.1", server.port()))?;
/// assert_eq!(server.stop().messages.total(), 1);
/// let buckets = sink.buckets();
/// let views = buckets.iter().flat_map(|bucket| bucket.series()).find(|series| series.name == b"page.views");
/// assert!(matches!(views.unwrap().point, Point::Count(2.0)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct MemorySink {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    buckets: Mutex<Vec<Bucket>>,
    changed: Condvar,
}

impl MemorySink {
    /// A copy of the buckets so far.
    pub fn buckets(&self) -> Vec<Bucket> {
        self.wait(|buckets| Some(buckets.to_vec()))
    }

    /// Waits until `look` returns `Some` for the buckets.
    pub fn wait<T>(&self, mut look: impl FnMut(&[Bucket]) -> Option<T>) -> T {
        let mut buckets = self.shared.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(found) = look(&buckets) {
                return found;
            }
            buckets = self.shared.changed.wait(buckets).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Sink for MemorySink {
    fn bucket(&mut self, bucket: &Arc<Bucket>) {
        self.shared.buckets.lock().unwrap_or_else(PoisonError::into_inner).push(Bucket::clone(bucket));
        self.shared.changed.notify_all();
    }
}
