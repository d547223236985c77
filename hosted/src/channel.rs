//! A channel between threads: items in order, under one lock, as many as it is made for.
//!
//! What passes are orders and answers, a few a flush. The standard library's channel would be three queues without locks, each with its own code.

use std::collections::VecDeque;
use std::mem::take;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::lock::lock;

/// Puts items in; clones put into the same channel.
pub(crate) struct Sender<T>(Arc<Shared<T>>);

/// Takes items out.
pub(crate) struct Receiver<T>(Arc<Shared<T>>);

struct Shared<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
    senders: AtomicUsize,
    limit: usize,
}

struct State<T> {
    items: VecDeque<T>,
    has_receiver: bool,
}

/// Why nothing was received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    /// Nothing has come yet.
    Late,
    /// Nothing will come: every sender is gone.
    Over,
}

/// A channel in which at most `limit` items wait.
pub(crate) fn channel<T>(limit: usize) -> (Sender<T>, Receiver<T>) {
    let state = Mutex::new(State { items: VecDeque::new(), has_receiver: true });
    let shared = Arc::new(Shared { state, changed: Condvar::new(), senders: AtomicUsize::new(1), limit });
    (Sender(Arc::clone(&shared)), Receiver(shared))
}

impl<T> Sender<T> {
    /// Puts an item in, without waiting.
    ///
    /// # Errors
    ///
    /// The channel is full, or its receiver is gone: the item comes back.
    pub(crate) fn send(&self, item: T) -> Result<(), T> {
        let mut state = lock(&self.0.state);
        if !state.has_receiver || state.items.len() >= self.0.limit {
            return Err(item);
        }
        state.items.push_back(item);
        self.0.changed.notify_one();
        Ok(())
    }
}

impl<T> Receiver<T> {
    /// The next item, once there is one; none when every sender is gone.
    pub(crate) fn recv(&self) -> Option<T> {
        self.next(None).ok()
    }

    /// The next item, if there is one within `timeout`.
    ///
    /// # Errors
    ///
    /// There is none.
    pub(crate) fn recv_timeout(&self, timeout: Duration) -> Result<T, Missing> {
        self.next(Instant::now().checked_add(timeout))
    }

    fn next(&self, deadline: Option<Instant>) -> Result<T, Missing> {
        let mut state = lock(&self.0.state);
        loop {
            if let Some(item) = state.items.pop_front() {
                return Ok(item);
            }
            if self.0.senders.load(Ordering::Acquire) == 0 {
                return Err(Missing::Over);
            }
            state = match deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())) {
                None => self.0.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(Duration::ZERO) => return Err(Missing::Late),
                Some(left) => self.0.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0,
            };
        }
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Sender<T> {
        self.0.senders.fetch_add(1, Ordering::Relaxed);
        Sender(Arc::clone(&self.0))
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        if self.0.senders.fetch_sub(1, Ordering::AcqRel) == 1 {
            // The receiver either has not looked yet or waits.
            drop(lock(&self.0.state));
            self.0.changed.notify_one();
        }
    }
}

impl<T> Drop for Receiver<T> {
    /// Drops what waits, which may be the sender of an answer: whoever waits for that learns of it.
    fn drop(&mut self) {
        let mut state = lock(&self.0.state);
        state.has_receiver = false;
        let left = take(&mut state.items);
        drop(state);
        drop(left);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_come_in_order_and_one_that_has_no_room_comes_back() {
        let (sender, receiver) = channel(2);
        assert_eq!((1..=3).map(|item| sender.send(item)).collect::<Vec<_>>(), [Ok(()), Ok(()), Err(3)]);
        assert_eq!((receiver.recv(), receiver.recv()), (Some(1), Some(2)));
        assert_eq!(receiver.recv_timeout(Duration::ZERO), Err(Missing::Late));
        assert_eq!(receiver.recv_timeout(Duration::from_millis(1)), Err(Missing::Late));
        sender.send(4).unwrap();
        assert_eq!(receiver.recv_timeout(Duration::MAX), Ok(4));
    }

    #[test]
    fn whoever_waits_learns_that_the_other_side_is_gone() {
        let (sender, receiver) = channel(usize::MAX);
        let other = sender.clone();
        let waiting = std::thread::spawn(move || (receiver.recv(), receiver.recv()));
        drop(sender);
        other.send("last").unwrap();
        drop(other);
        assert_eq!(waiting.join().unwrap(), (Some("last"), None));
    }

    #[test]
    fn with_its_receiver_goes_what_waits() {
        let ((asked, demands), (answer, answered)) = (channel(usize::MAX), channel::<()>(1));
        assert!(asked.send(answer.clone()).is_ok());
        drop(demands);
        assert!(asked.send(answer).is_err(), "nobody takes it");
        assert_eq!(answered.recv(), None);
    }
}
