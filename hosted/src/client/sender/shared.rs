//! What callers and the thread share: one lock, which is held to copy bytes and to count, never for a system call that
//! sends.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::config::SenderConfig;
use super::queue::{Batch, Queue};
use super::stats::{Lost, SenderStats, Tally};
use crate::client::thread::{Busy, QUEUE};
use crate::client::transport::TransportCounters;
use crate::deadline::Deadline;

/// The state of a sender.
#[derive(Debug)]
pub(crate) struct Shared {
    state: Mutex<State>,
    /// The thread waits here for something to do.
    work: Condvar,
    /// Callers wait here for what they have pushed.
    settled: Condvar,
    expiry: Option<Duration>,
    /// Datagrams that were not let in because their thread held the lock already, and their bytes.
    refused: [AtomicU64; 2],
}

#[derive(Debug)]
struct State {
    queue: Queue,
    /// The part of `stats` that the queue does not count.
    stats: SenderStats,
    /// What the thread has taken and not yet sent, and the number of the first of it.
    in_hand: Tally,
    first_in_hand: u64,
    /// Whether the transport has written a part of a datagram and has yet to finish it.
    unfinished: bool,
    /// Whether the thread sleeps for want of work.
    idle: bool,
    /// Until when to send what waits; set once the sender is to end.
    stop: Option<Instant>,
    /// Whether the rest is counted as lost already, and nothing more is taken.
    ended: bool,
    waiting: u32,
}

/// What the thread is to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Task {
    /// Send the batch.
    Send,
    /// Look after the transport.
    Maintain,
    /// End.
    End,
}

impl Shared {
    pub(crate) fn new(config: &SenderConfig) -> Shared {
        let state = State {
            queue: Queue::new(config.queue_bytes, config.overflow),
            stats: SenderStats::default(),
            in_hand: Tally::default(),
            first_in_hand: 0,
            unfinished: false,
            idle: false,
            stop: None,
            ended: false,
            waiting: 0,
        };
        Shared {
            state: Mutex::new(state),
            work: Condvar::new(),
            settled: Condvar::new(),
            expiry: config.expiry,
            refused: Default::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn push(&self, datagram: &[u8], since: Option<Instant>) -> bool {
        let mut accepted = false;
        self.push_all(|push| accepted = push(datagram, since));
        accepted
    }

    /// Pushes what `each` hands to its argument, which returns whether it was let in.
    pub(crate) fn push_all(&self, each: impl FnOnce(&mut dyn FnMut(&[u8], Option<Instant>) -> bool)) {
        let Some(_busy) = Busy::enter(QUEUE) else { return each(&mut |datagram, _| self.refuse(datagram)) };
        let mut state = self.lock();
        each(&mut |datagram, since| state.push(datagram, since));
        if !state.queue.is_empty() && std::mem::take(&mut state.idle) {
            drop(state);
            self.work.notify_one();
        }
    }

    /// Counts a datagram that an allocator's call pushes while this thread pushes another one.
    #[cold]
    fn refuse(&self, datagram: &[u8]) -> bool {
        self.refused[0].fetch_add(1, Relaxed);
        self.refused[1].fetch_add(datagram.len() as u64, Relaxed);
        false
    }

    /// Waits for something to do, at most until `upkeep`; fills `batch` if it is to be sent.
    pub(crate) fn next(&self, batch: &mut Batch, upkeep: Option<Instant>) -> Task {
        let mut state = self.lock();
        loop {
            let now = Instant::now();
            if state.ended || state.stop.is_some_and(|deadline| now >= deadline) {
                return Task::End;
            }
            state.first_in_hand = state.queue.oldest();
            let busy = Busy::enter(QUEUE);
            state.queue.take(batch, now, self.expiry);
            drop(busy);
            if !batch.entries.is_empty() {
                state.in_hand = Tally { datagrams: batch.entries.len() as u64, bytes: batch.bytes.len() as u64 };
                return Task::Send;
            }
            self.tell_waiting(&state);
            if state.stop.is_some() && !state.unfinished {
                return Task::End;
            }
            match upkeep.map(|upkeep| upkeep.saturating_duration_since(now)) {
                Some(Duration::ZERO) => return Task::Maintain,
                wait => state = self.sleep(state, wait),
            }
        }
    }

    /// Sleeps until work arrives, at most `wait`.
    fn sleep<'a>(&self, mut state: MutexGuard<'a, State>, wait: Option<Duration>) -> MutexGuard<'a, State> {
        state.idle = true;
        let mut state = match wait {
            None => self.work.wait(state).unwrap_or_else(PoisonError::into_inner),
            Some(wait) => self.work.wait_timeout(state, wait).unwrap_or_else(PoisonError::into_inner).0,
        };
        state.idle = false;
        state
    }

    /// Waits until `until`, or until the sender is to end, but never past that end; returns whether the end is reached.
    pub(crate) fn pause(&self, until: Instant) -> bool {
        let mut state = self.lock();
        let stopping = state.stop.is_some();
        loop {
            let now = Instant::now();
            let end = state.stop;
            if state.ended || end.is_some_and(|end| now >= end) {
                return true;
            }
            let wait = end.map_or(until, |end| end.min(until)).saturating_duration_since(now);
            if wait.is_zero() || end.is_some() != stopping {
                return false;
            }
            state = self.work.wait_timeout(state, wait).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Whether the time for sending what waits is over.
    pub(crate) fn is_over(&self, now: Instant) -> bool {
        let state = self.lock();
        state.ended || state.stop.is_some_and(|deadline| now >= deadline)
    }

    /// Counts what was sent of the batch, and takes over the transport's own counters.
    pub(crate) fn sent(&self, tally: Tally, transport: TransportCounters, unfinished: bool) {
        let mut state = self.lock();
        state.stats.sent.add_all(tally);
        state.stats.transport = transport;
        state.unfinished = unfinished;
        if state.ended {
            // It had been counted as lost, and was sent after all.
            state.stats.regain(Lost::Stopped, tally);
            return;
        }
        self.let_go(state, tally);
    }

    /// Counts what was lost of the batch.
    pub(crate) fn lost(&self, reason: Lost, tally: Tally) {
        let mut state = self.lock();
        if state.ended {
            // It is counted as lost already.
            return;
        }
        state.stats.lose(reason, tally);
        self.let_go(state, tally);
    }

    /// Counts that a socket was full.
    pub(crate) fn blocked(&self) {
        self.lock().stats.blocked += 1;
    }

    fn let_go(&self, mut state: MutexGuard<'_, State>, tally: Tally) {
        state.in_hand.subtract(tally);
        if state.in_hand.datagrams == 0 {
            self.tell_waiting(&state);
        }
    }

    fn tell_waiting(&self, state: &State) {
        if state.waiting > 0 {
            self.settled.notify_all();
        }
    }

    /// Waits until everything that was pushed before is sent or lost; true if that is so in time.
    pub(crate) fn wait_for_pending(&self, deadline: Deadline) -> bool {
        let mut state = self.lock();
        let target = state.queue.counters.accepted;
        state.waiting += 1;
        let settled = loop {
            if state.has_settled(target) {
                break true;
            }
            if state.ended || deadline.is_over() {
                break false;
            }
            state = self.settled.wait_timeout(state, deadline.left()).unwrap_or_else(PoisonError::into_inner).0;
        };
        state.waiting -= 1;
        settled
    }

    pub(crate) fn stats(&self) -> SenderStats {
        let [datagrams, bytes] = [0, 1].map(|part| self.refused[part].load(Relaxed));
        let refused = Tally { datagrams, bytes };
        let mut stats = self.lock().complete_stats();
        stats.pushed.add_all(refused);
        stats.lose(Lost::Overflow, refused);
        stats
    }

    /// Makes the thread end, at `end` at the latest.
    pub(crate) fn stop_by(&self, end: Instant) {
        let mut state = self.lock();
        state.stop = Some(state.stop.map_or(end, |earlier| earlier.min(end)));
        self.work.notify_all();
    }

    /// Whether nothing was left at a stop.
    pub(crate) fn is_empty(&self) -> bool {
        let state = self.lock();
        state.stats.lost(Lost::Stopped).datagrams == 0 && state.has_settled(state.queue.counters.accepted)
    }

    /// Counts what is left as lost: nothing more is sent.
    pub(crate) fn end(&self) {
        let mut state = self.lock();
        if state.ended {
            return;
        }
        let mut left = state.queue.clear();
        left.add_all(std::mem::take(&mut state.in_hand));
        state.stats.lose(Lost::Stopped, left);
        state.ended = true;
        self.settled.notify_all();
    }
}

impl State {
    fn push(&mut self, datagram: &[u8], since: Option<Instant>) -> bool {
        self.stats.pushed.add(datagram.len());
        if self.stop.is_some() || self.ended {
            self.stats.lose(Lost::Stopped, Tally { datagrams: 1, bytes: datagram.len() as u64 });
            return false;
        }
        self.queue.push(datagram, since)
    }

    /// Whether every datagram with a number below `target` is sent or lost.
    fn has_settled(&self, target: u64) -> bool {
        let oldest = if self.in_hand.datagrams > 0 { self.first_in_hand } else { self.queue.oldest() };
        oldest >= target && !self.unfinished
    }

    fn complete_stats(&self) -> SenderStats {
        let mut stats = self.stats;
        stats.pending = self.queue.tally();
        stats.pending.add_all(self.in_hand);
        stats.lose(Lost::Overflow, self.queue.counters.overflowed);
        stats.lose(Lost::Expired, self.queue.counters.expired);
        stats
    }
}
