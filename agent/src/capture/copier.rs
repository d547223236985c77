//! Where a running daemon's datagrams are copied from, for one capture at a time.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use basenji::server::Arrival;

use super::Captured;

/// Bytes of datagrams that wait for the capture's reader: half of what an answer over HTTP may take.
const QUEUE: usize = 512 << 10;

/// Bytes of a message that waits, beside its own.
const PLACE: usize = 96;

/// Copies datagrams for a capture, if one runs.
#[derive(Default)]
pub(crate) struct Copier {
    is_running: AtomicBool,
    running: RwLock<Option<Running>>,
}

/// The way to the reader of a capture.
#[derive(Clone)]
struct Running {
    messages: Sender<Vec<u8>>,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    waiting: AtomicUsize,
    left_out: AtomicU64,
}

/// A capture that runs; its end is the end of the capture.
pub(crate) struct Recording {
    copier: Arc<Copier>,
    messages: Receiver<Vec<u8>>,
    counts: Arc<Counts>,
}

impl Copier {
    /// Copies a datagram for the capture. It waits for nothing; while no capture runs it costs one load.
    #[inline]
    pub(crate) fn take(&self, arrival: &Arrival<'_>) {
        if self.is_running.load(Ordering::Relaxed) {
            self.copy(arrival);
        }
    }

    #[cold]
    fn copy(&self, arrival: &Arrival<'_>) {
        // It is locked for a moment when a capture begins or ends.
        let Ok(running) = self.running.try_read() else { return };
        let Some(Running { messages, counts }) = &*running else { return };
        let nanoseconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        let mut message = Vec::with_capacity(arrival.bytes.len() + 64);
        Captured::new(arrival, i64::try_from(nanoseconds).unwrap_or(i64::MAX)).write(&mut message);
        let len = message.capacity() + PLACE;
        if counts.waiting.fetch_add(len, Ordering::Relaxed) + len > QUEUE || messages.send(message).is_err() {
            counts.waiting.fetch_sub(len, Ordering::Relaxed);
            counts.left_out.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Begins a capture; none if one runs already.
    pub(crate) fn begin(self: &Arc<Copier>) -> Option<Recording> {
        let mut running = self.running.write().unwrap_or_else(PoisonError::into_inner);
        if running.is_some() {
            return None;
        }
        let ((sender, messages), counts) = (channel(), Arc::<Counts>::default());
        *running = Some(Running { messages: sender, counts: Arc::clone(&counts) });
        drop(running);
        self.is_running.store(true, Ordering::Relaxed);
        Some(Recording { copier: Arc::clone(self), messages, counts })
    }
}

impl Recording {
    /// The next message; none if none has come for `patience`.
    pub(crate) fn next(&self, patience: Duration) -> Option<Vec<u8>> {
        match self.messages.recv_timeout(patience) {
            Ok(message) => {
                self.counts.waiting.fetch_sub(message.capacity() + PLACE, Ordering::Relaxed);
                Some(message)
            }
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => None,
        }
    }

    /// How many datagrams came while too much was waiting.
    pub(crate) fn left_out(&self) -> u64 {
        self.counts.left_out.load(Ordering::Relaxed)
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        self.copier.is_running.store(false, Ordering::Relaxed);
        *self.copier.running.write().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
