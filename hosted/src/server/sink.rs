//! Where finished buckets go.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

use super::bucket::Bucket;

/// Takes the buckets of a server, on a thread of its own.
///
/// It may take its time: while it does, sockets are read and buckets are flushed, and wait in a queue bounded in bytes,
/// whose oldest are dropped and counted when it is full. The last call of a server's life is the flush at its stop.
pub trait Sink: Send {
    /// Takes one flush; called once a flush interval, also when nothing has arrived.
    fn bucket(&mut self, bucket: &Bucket);
}

impl<F: FnMut(&Bucket) + Send> Sink for F {
    fn bucket(&mut self, bucket: &Bucket) {
        self(bucket);
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

    /// Waits until `look` finds what it looks for among the buckets.
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
    fn bucket(&mut self, bucket: &Bucket) {
        self.shared.buckets.lock().unwrap_or_else(PoisonError::into_inner).push(bucket.clone());
        self.shared.changed.notify_all();
    }
}
