//! A thread that does its work each interval.

use std::io;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::deadline::Deadline;
use crate::lock::lock;
use crate::sys::Thread;

/// A thread that calls its work after each interval, until it is stopped or the work says that it was the last time.
pub(crate) struct Ticker {
    shared: Arc<Shared>,
    thread: Thread,
}

#[derive(Default)]
struct Shared {
    /// Whether the thread is to end.
    ended: Mutex<bool>,
    changed: Condvar,
}

impl Ticker {
    /// Starts the thread `name`; `work` returns whether it is to be called again.
    pub(crate) fn start(
        name: &'static str,
        interval: Duration,
        work: impl FnMut() -> bool + Send + 'static,
    ) -> io::Result<Ticker> {
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        let thread = Thread::start(name, move || run(&theirs, interval, work))?;
        Ok(Ticker { shared, thread })
    }

    /// Ends the thread, and waits until the deadline for the running work. If the caller is code that this very flush has called, it does not
    /// wait.
    pub(crate) fn stop(self, deadline: Deadline) {
        *lock(&self.shared.ended) = true;
        self.shared.changed.notify_all();
        self.thread.join_by(deadline);
    }
}

fn run(shared: &Shared, interval: Duration, mut work: impl FnMut() -> bool) {
    loop {
        let ended = shared.changed.wait_timeout_while(lock(&shared.ended), interval, |ended| !*ended);
        if *ended.unwrap_or_else(PoisonError::into_inner).0 {
            return;
        }
        if !work() {
            return;
        }
    }
}
