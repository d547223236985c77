//! Between a server's threads and Python's: the last flushes, for as many readers as there are, and the datagrams of one.
//!
//! A server's thread never waits here and never needs the interpreter. What nobody has read is bounded in bytes; the oldest goes first, and
//! is counted.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use basenji::server::Bucket;

/// Bytes of flushes that are kept.
const FLUSH_BYTES: usize = 16 << 20;

/// Bytes of datagrams that may wait.
const DATAGRAM_BYTES: usize = 16 << 20;

/// What is kept for readers.
#[derive(Default)]
pub(crate) struct Mailbox {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    buckets: VecDeque<Arc<Bucket>>,
    bytes: usize,
    /// The number of the first bucket that is kept, from 0.
    first: u64,
    /// Flushes that a reader came too late for.
    missed: u64,
    /// Datagrams so far.
    arrived: u64,
    datagrams: Vec<u8>,
    dropped: u64,
    closed: bool,
    watches: Vec<Watch>,
}

impl Mailbox {
    /// Keeps a copy of a bucket that is not empty, and wakes those who wait.
    pub(crate) fn put(&self, bucket: &Bucket) {
        if bucket.is_empty() {
            return;
        }
        let bucket = Arc::new(bucket.clone());
        let mut state = self.lock();
        state.bytes += bucket.size();
        state.buckets.push_back(bucket);
        while state.bytes > FLUSH_BYTES && state.buckets.len() > 1 {
            let Some(oldest) = state.buckets.pop_front() else { break };
            state.bytes -= oldest.size();
            state.first += 1;
        }
        self.wake(&mut state);
    }

    /// Notes a datagram, and keeps it where datagrams are kept: ended by a newline, and counted instead if there is no room.
    pub(crate) fn arrive(&self, datagram: &[u8], keep: bool) {
        let mut state = self.lock();
        state.arrived += 1;
        if keep && state.datagrams.len() + datagram.len() >= DATAGRAM_BYTES {
            state.dropped += 1;
        } else if keep {
            state.datagrams.extend_from_slice(datagram);
            if !datagram.ends_with(b"\n") {
                state.datagrams.push(b'\n');
            }
        }
        self.changed.notify_all();
    }

    /// Nothing comes any more.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        self.wake(&mut state);
        state.watches.clear();
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// The number that the next bucket will have.
    pub(crate) fn next_number(&self) -> u64 {
        let state = self.lock();
        state.first + state.buckets.len() as u64
    }

    /// How many datagrams have arrived.
    pub(crate) fn arrived(&self) -> u64 {
        self.lock().arrived
    }

    /// Flushes that were dropped before a reader came, and datagrams that were dropped before they were read.
    pub(crate) fn losses(&self) -> (u64, u64) {
        let state = self.lock();
        (state.missed, state.dropped)
    }

    /// The first bucket from `number` on, with the number of the one after it. `None` after `timeout` without, or once closed.
    pub(crate) fn read(&self, number: u64, timeout: Duration) -> Option<(u64, Arc<Bucket>)> {
        let mut state = self.wait(timeout, |state| state.first + state.buckets.len() as u64 > number);
        let at = number.saturating_sub(state.first);
        state.missed += state.first.saturating_sub(number);
        let bucket = state.buckets.get(usize::try_from(at).ok()?)?;
        Some((state.first + at + 1, Arc::clone(bucket)))
    }

    /// Whether more than `seen` datagrams have arrived, waiting for `timeout` if they have not.
    pub(crate) fn wait_for_more(&self, seen: u64, timeout: Duration) -> bool {
        self.wait(timeout, |state| state.arrived > seen).arrived > seen
    }

    /// Takes the datagrams that wait; waits for `timeout` if there are none.
    pub(crate) fn take_datagrams(&self, timeout: Duration) -> Vec<u8> {
        std::mem::take(&mut self.wait(timeout, |state| !state.datagrams.is_empty()).datagrams)
    }

    /// A descriptor that becomes readable with each bucket and at the end. Whoever reads it closes it.
    pub(crate) fn watch(&self) -> io::Result<i32> {
        let (watch, descriptor) = Watch::pair()?;
        let mut state = self.lock();
        if !state.closed {
            state.watches.push(watch);
        }
        Ok(descriptor)
    }

    fn wake(&self, state: &mut State) {
        state.watches.retain(Watch::wake);
        self.changed.notify_all();
    }

    /// Waits until `is_there`, until the end, or for `timeout`.
    fn wait(&self, timeout: Duration, is_there: impl Fn(&State) -> bool) -> MutexGuard<'_, State> {
        let waited = self.changed.wait_timeout_while(self.lock(), timeout, |state| !state.closed && !is_there(state));
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The sending end of a pair of sockets that wakes an event loop.
#[cfg(unix)]
struct Watch(std::os::unix::net::UnixDatagram);

#[cfg(unix)]
impl Watch {
    fn pair() -> io::Result<(Watch, i32)> {
        let (reader, writer) = std::os::unix::net::UnixDatagram::pair()?;
        writer.set_nonblocking(true)?;
        Ok((Watch(writer), std::os::fd::IntoRawFd::into_raw_fd(reader)))
    }

    /// False once the mailbox is closed.
    fn wake(&self) -> bool {
        match self.0.send(&[1]) {
            Ok(_) => true,
            // A reader that has not read the last one is awake.
            Err(error) => error.kind() == io::ErrorKind::WouldBlock,
        }
    }
}

#[cfg(not(unix))]
enum Watch {}

#[cfg(not(unix))]
impl Watch {
    fn pair() -> io::Result<(Watch, i32)> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn wake(&self) -> bool {
        match *self {}
    }
}
