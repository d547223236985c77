//! A queue bounded in bytes between two threads. A full one loses its oldest items, never the newest, and tells which.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Items with their sizes, in order.
pub(crate) struct Queue<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
    limit: usize,
}

struct State<T> {
    items: VecDeque<(T, usize)>,
    bytes: usize,
    closed: bool,
}

impl<T> Queue<T> {
    /// A queue of at most `limit` bytes; an item larger than that is still taken when the queue is empty.
    pub(crate) fn new(limit: usize) -> Queue<T> {
        let state = State { items: VecDeque::new(), bytes: 0, closed: false };
        Queue { state: Mutex::new(state), changed: Condvar::new(), limit }
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends an item of `bytes` bytes, and calls `lost` with each one that is dropped for it. Never waits for the
    /// other side.
    pub(crate) fn push(&self, item: T, bytes: usize, mut lost: impl FnMut(T)) {
        let mut state = self.lock();
        while !state.items.is_empty() && state.bytes.saturating_add(bytes) > self.limit {
            if let Some((old, old_bytes)) = state.items.pop_front() {
                state.bytes -= old_bytes;
                lost(old);
            }
        }
        state.items.push_back((item, bytes));
        state.bytes += bytes;
        self.changed.notify_one();
    }

    /// Appends the last item, whether or not there is room: nothing comes after it, and nothing is dropped for it.
    pub(crate) fn close_with(&self, item: T, bytes: usize) {
        let mut state = self.lock();
        state.items.push_back((item, bytes));
        state.bytes += bytes;
        state.closed = true;
        self.changed.notify_all();
    }

    /// The oldest item, as soon as there is one; nothing once the queue is closed and empty.
    pub(crate) fn pop(&self) -> Option<T> {
        let mut state = self.lock();
        loop {
            if let Some((item, bytes)) = state.items.pop_front() {
                state.bytes -= bytes;
                return Some(item);
            }
            if state.closed {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// How many items wait, and their bytes.
    pub(crate) fn depth(&self) -> (usize, usize) {
        let state = self.lock();
        (state.items.len(), state.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_queue_loses_its_oldest_items() {
        let queue = Queue::new(10);
        let mut lost = Vec::new();
        for item in 1..=4 {
            queue.push(item, 4, |old| lost.push(old));
        }
        assert_eq!(lost, [1, 2]);
        assert_eq!(queue.depth(), (2, 8));
        queue.push(5, 100, |old| lost.push(old));
        assert_eq!(lost, [1, 2, 3, 4]);
        assert_eq!(queue.pop(), Some(5));
        assert_eq!(queue.depth(), (0, 0));
    }

    #[test]
    fn a_closed_queue_gives_what_it_holds_and_then_nothing() {
        let queue = Queue::new(10);
        queue.push('a', 10, drop);
        queue.close_with('b', 10);
        assert_eq!((queue.pop(), queue.pop(), queue.pop()), (Some('a'), Some('b'), None));
    }

    #[test]
    fn a_waiting_reader_gets_what_is_pushed_later() {
        let queue = Queue::new(10);
        std::thread::scope(|scope| {
            let reader = scope.spawn(|| (queue.pop(), queue.pop(), queue.pop()));
            queue.push('a', 1, drop);
            queue.close_with('b', 1);
            assert_eq!(reader.join().unwrap(), (Some('a'), Some('b'), None));
        });
    }
}
