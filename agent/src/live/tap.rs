//! Lines as they come, for those who watch: copies, a limited number a second, and none while no one watches.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use basenji::server::{Arrival, Origin};
use memchr::memmem::Finder;

/// Datagrams that wait for one viewer.
const WAITING: usize = 64;

/// Datagrams that are copied a second, for all viewers together.
const A_SECOND: u64 = 500;

/// A datagram as it came, and from where.
pub(crate) type Seen = (Box<[u8]>, Origin);

/// The way to one viewer.
struct Sending {
    id: u64,
    /// What a datagram has to hold.
    wanted: Finder<'static>,
    sender: SyncSender<Seen>,
}

/// Where datagrams are copied from.
pub(crate) struct Tap {
    start: Instant,
    viewers: AtomicUsize,
    senders: RwLock<Vec<Sending>>,
    next: AtomicU64,
    /// The present second, and how many were copied in it.
    second: AtomicU64,
    copied: AtomicU64,
    /// Datagrams that were looked for while there was a viewer and were not copied.
    passed: AtomicU64,
}

impl Default for Tap {
    fn default() -> Tap {
        Tap {
            start: Instant::now(),
            viewers: AtomicUsize::new(0),
            senders: RwLock::default(),
            next: AtomicU64::new(0),
            second: AtomicU64::new(0),
            copied: AtomicU64::new(0),
            passed: AtomicU64::new(0),
        }
    }
}

/// A viewer.
pub(crate) struct Viewer {
    tap: Arc<Tap>,
    id: u64,
    seen: Receiver<Seen>,
}

impl Tap {
    /// Copies a datagram for those who watch. It waits for nothing; while no one watches it costs one load.
    #[inline]
    pub(crate) fn show(&self, arrival: &Arrival<'_>) {
        if self.viewers.load(Ordering::Relaxed) > 0 {
            self.copy(arrival);
        }
    }

    #[cold]
    fn copy(&self, arrival: &Arrival<'_>) {
        // A worker that finds the list locked, as a viewer comes or goes, does not wait.
        let Ok(senders) = self.senders.try_read() else { return };
        let mut wanting = senders.iter().filter(|one| one.wanted.find(arrival.bytes).is_some()).peekable();
        if wanting.peek().is_none() {
            return;
        }
        let second = self.start.elapsed().as_secs();
        if self.second.swap(second, Ordering::Relaxed) != second {
            self.copied.store(0, Ordering::Relaxed);
        }
        if self.copied.fetch_add(1, Ordering::Relaxed) >= A_SECOND {
            self.passed.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let origin = arrival.origin();
        for one in wanting {
            if one.sender.try_send((arrival.bytes.into(), origin.clone())).is_err() {
                self.passed.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Adds a viewer of the datagrams that hold `wanted`, which may be empty.
    pub(crate) fn watch(self: &Arc<Tap>, wanted: &str) -> Viewer {
        let (sender, seen) = sync_channel(WAITING);
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let wanted = Finder::new(wanted.as_bytes()).into_owned();
        self.senders.write().unwrap_or_else(PoisonError::into_inner).push(Sending { id, wanted, sender });
        self.viewers.fetch_add(1, Ordering::Relaxed);
        Viewer { tap: Arc::clone(self), id, seen }
    }
}

impl Viewer {
    /// The next datagram; nothing if none has come for `patience`.
    pub(crate) fn next(&self, patience: Duration) -> Option<Seen> {
        self.seen.recv_timeout(patience).ok()
    }

    /// How many datagrams were not shown since the last time, to this viewer or another.
    pub(crate) fn passed(&self) -> u64 {
        self.tap.passed.swap(0, Ordering::Relaxed)
    }
}

impl Drop for Viewer {
    fn drop(&mut self) {
        self.tap.senders.write().unwrap_or_else(PoisonError::into_inner).retain(|one| one.id != self.id);
        self.tap.viewers.fetch_sub(1, Ordering::Relaxed);
    }
}
