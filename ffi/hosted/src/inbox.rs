//! Buckets between the thread of a server and whoever pulls them.
//!
//! One bucket waits here; the server's thread waits with the next one, and further ones wait in the server's own queue, which is bounded and counts
//! what it drops. While a server ends, its thread does not wait: everything that was queued is put here, and stays until it is taken.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use basenji::server::Bucket;

/// What waits to be pulled.
#[derive(Default)]
pub(crate) struct Inbox {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    buckets: VecDeque<Bucket>,
    phase: Phase,
}

#[derive(Default, PartialEq)]
enum Phase {
    #[default]
    Running,
    /// The server is about to end: its thread does not wait for room.
    Ending,
    /// Nothing comes any more.
    Ended,
}

/// What there is to take.
pub(crate) enum Taken {
    Bucket(Box<Bucket>),
    /// Nothing yet.
    Nothing,
    /// Nothing any more.
    End,
}

/// The end of a server, from when it begins until this is dropped.
pub(crate) struct End<'a>(&'a Inbox);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.enter(Phase::Ended);
    }
}

impl Inbox {
    /// Puts a copy of a bucket in as soon as there is room.
    pub(crate) fn put(&self, bucket: &Bucket) {
        let full = |state: &mut State| !state.buckets.is_empty() && state.phase == Phase::Running;
        let mut state = self.changed.wait_while(self.lock(), full).unwrap_or_else(PoisonError::into_inner);
        state.buckets.push_back(bucket.clone());
        self.changed.notify_all();
    }

    /// Takes the oldest bucket, for which it waits.
    pub(crate) fn take(&self, patience: Duration) -> Taken {
        let nothing = |state: &mut State| state.buckets.is_empty() && state.phase != Phase::Ended;
        let waited = self.changed.wait_timeout_while(self.lock(), patience, nothing);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        match state.buckets.pop_front() {
            Some(bucket) => {
                self.changed.notify_all();
                Taken::Bucket(Box::new(bucket))
            }
            None if state.phase == Phase::Ended => Taken::End,
            None => Taken::Nothing,
        }
    }

    /// Lets everything in from now on, and lets nobody wait once what this returns is dropped.
    pub(crate) fn end(&self) -> End<'_> {
        self.enter(Phase::Ending);
        End(self)
    }

    fn enter(&self, phase: Phase) {
        self.lock().phase = phase;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
