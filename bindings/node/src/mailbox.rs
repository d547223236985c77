//! Between a server's threads and JavaScript's: at most one bucket waits, and a bounded number of bytes of datagrams.
//!
//! While a bucket waits, the server's sink waits too, so that a flush has ended when JavaScript has what was flushed; further buckets queue up in the server, which bounds them in bytes and
//! counts what it has to drop. JavaScript is woken when a bucket is put in, and when the first datagram is.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use basenji::server::Bucket;

/// Bytes of datagrams that may wait.
const DATAGRAM_BYTES: usize = 16 << 20;

/// What waits to be taken.
#[derive(Default)]
pub(crate) struct Mailbox {
    state: Mutex<State>,
    taken: Condvar,
}

#[derive(Default)]
struct State {
    bucket: Option<Bucket>,
    datagrams: Vec<u8>,
    dropped: u64,
    finished: Vec<u32>,
    closed: bool,
}

impl Mailbox {
    /// Puts a copy of `bucket` in, calls `wake`, and waits until the bucket has been taken. Nothing happens once the mailbox is closed.
    pub(crate) fn put(&self, bucket: &Bucket, wake: impl FnOnce()) {
        let mut state = self.lock();
        if state.closed {
            return;
        }
        state.bucket = Some(bucket.clone());
        drop(state);
        // Without the lock: what it does is Node's.
        wake();
        let mut state = self.lock();
        while state.bucket.is_some() && !state.closed {
            state = self.taken.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Takes the bucket that waits.
    pub(crate) fn take(&self) -> Option<Bucket> {
        let bucket = self.lock().bucket.take();
        self.taken.notify_all();
        bucket
    }

    /// Appends a datagram, ended by a newline; true if JavaScript is to be woken for it. Without room it is dropped and counted.
    pub(crate) fn push(&self, datagram: &[u8]) -> bool {
        let mut state = self.lock();
        if state.closed || state.datagrams.len() + datagram.len() >= DATAGRAM_BYTES {
            state.dropped += 1;
            return false;
        }
        let first = state.datagrams.is_empty();
        state.datagrams.extend_from_slice(datagram);
        if !datagram.ends_with(b"\n") {
            state.datagrams.push(b'\n');
        }
        first
    }

    /// Takes the datagrams that wait.
    pub(crate) fn datagrams(&self) -> Vec<u8> {
        std::mem::take(&mut self.lock().datagrams)
    }

    /// Notes that something has ended.
    pub(crate) fn finish(&self, number: u32) {
        self.lock().finished.push(number);
    }

    /// What has ended since the last call.
    pub(crate) fn finished(&self) -> Vec<u32> {
        std::mem::take(&mut self.lock().finished)
    }

    /// Datagrams dropped so far.
    pub(crate) fn dropped(&self) -> u64 {
        self.lock().dropped
    }

    /// Closes it: nothing more is taken from it, and no thread waits for it.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.taken.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
