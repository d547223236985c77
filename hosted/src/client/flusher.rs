//! The thread that flushes a client each interval.

use std::io;
use std::sync::{Arc, Condvar, Mutex, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::Duration;

use super::state::Inner;
use super::sys;

/// A thread that flushes; dropping it ends it and waits for the flush that is under way, if there is one.
pub(super) struct Flusher {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    ended: Mutex<bool>,
    end: Condvar,
}

impl Flusher {
    pub(super) fn start(client: Weak<Inner>, interval: Duration) -> io::Result<Flusher> {
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("basenji-flusher".to_owned());
        let thread = sys::without_signals(|| thread.spawn(move || run(&theirs, &client, interval)))?;
        Ok(Flusher { shared, thread: Some(thread) })
    }
}

fn run(shared: &Shared, client: &Weak<Inner>, interval: Duration) {
    loop {
        let ended = shared.ended.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = shared.end.wait_timeout_while(ended, interval, |ended| !*ended);
        if *wait.unwrap_or_else(PoisonError::into_inner).0 {
            return;
        }
        let Some(client) = client.upgrade() else { return };
        client.flush();
    }
}

impl Drop for Flusher {
    fn drop(&mut self) {
        *self.shared.ended.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.shared.end.notify_all();
        if let Some(thread) = self.thread.take().filter(|thread| thread.thread().id() != std::thread::current().id()) {
            let _ = thread.join();
        }
    }
}
