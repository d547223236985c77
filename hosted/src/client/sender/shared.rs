//! What callers and the thread share: one lock, which is held to copy bytes and to count, never for a system call that
//! sends.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::SenderConfig;
use super::stats::{Lost, SenderStats, Tally};
use crate::client::queue::{Batch, Queue};
use crate::client::transport::TransportCounters;

/// How much longer than its timeout a stop waits for the thread to end.
const GRACE: Duration = Duration::from_millis(250);

/// The state of a sender.
#[derive(Debug)]
pub(super) struct Shared {
    state: Mutex<State>,
    /// The thread waits here for something to do.
    work: Condvar,
    /// Callers wait here for what they have pushed, and for the end.
    settled: Condvar,
    expiry: Option<Duration>,
}

#[derive(Debug)]
struct State {
    queue: Queue,
    /// The part of `stats` that the queue does not count.
    stats: SenderStats,
    /// What the thread has taken and not yet sent, and the number of the first of it.
    in_hand: Tally,
    first_in_hand: u64,
    /// Whether the transport has a part of a datagram yet to send.
    unfinished: bool,
    /// Whether the thread sleeps for want of work.
    idle: bool,
    /// Until when to send what waits; set once the sender is to end.
    stop: Option<Instant>,
    ended: bool,
    waiting: u32,
}

/// What the thread is to do.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Task {
    /// Send the batch.
    Send,
    /// Look after the transport.
    Maintain,
    /// End.
    End,
}

/// How a stop went.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stopped {
    /// Nothing was left.
    Empty,
    /// Something was left, and is counted.
    Left,
    /// The thread does not end.
    Running,
}

impl Shared {
    pub(super) fn new(config: &SenderConfig) -> Shared {
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
        Shared { state: Mutex::new(state), work: Condvar::new(), settled: Condvar::new(), expiry: config.expiry }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn push(&self, datagram: &[u8], since: Option<Instant>) -> bool {
        let mut accepted = false;
        self.push_all(|push| accepted = push(datagram, since));
        accepted
    }

    /// Pushes what `each` hands to its argument, which returns whether it was let in.
    pub(super) fn push_all(&self, each: impl FnOnce(&mut dyn FnMut(&[u8], Option<Instant>) -> bool)) {
        let mut state = self.lock();
        each(&mut |datagram, since| state.push(datagram, since));
        if !state.queue.is_empty() && std::mem::take(&mut state.idle) {
            drop(state);
            self.work.notify_one();
        }
    }

    /// Waits for something to do, until `upkeep` at most; fills `batch` if that is it.
    pub(super) fn next(&self, batch: &mut Batch, upkeep: Option<Instant>) -> Task {
        let mut state = self.lock();
        loop {
            let now = Instant::now();
            if state.stop.is_some_and(|deadline| now >= deadline) {
                return Task::End;
            }
            state.first_in_hand = state.queue.oldest();
            state.queue.take(batch, now, self.expiry);
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
    pub(super) fn pause(&self, until: Instant) -> bool {
        let mut state = self.lock();
        let stopping = state.stop.is_some();
        loop {
            let now = Instant::now();
            let end = state.stop;
            if end.is_some_and(|end| now >= end) {
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
    pub(super) fn is_over(&self, now: Instant) -> bool {
        self.lock().stop.is_some_and(|deadline| now >= deadline)
    }

    /// Counts what was sent of the batch, and what the transport says of itself.
    pub(super) fn sent(&self, tally: Tally, transport: TransportCounters, unfinished: bool) {
        let mut state = self.lock();
        state.stats.sent.add_all(tally);
        state.stats.transport = transport;
        state.unfinished = unfinished;
        self.let_go(state, tally);
    }

    /// Counts what was lost of the batch.
    pub(super) fn lost(&self, reason: Lost, tally: Tally) {
        let mut state = self.lock();
        state.stats.lose(reason, tally);
        self.let_go(state, tally);
    }

    /// Counts that a socket was full.
    pub(super) fn blocked(&self) {
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

    pub(super) fn wait_for_pending(&self, timeout: Duration) -> bool {
        let deadline = Instant::now().checked_add(timeout);
        let mut state = self.lock();
        let target = state.queue.counters.accepted;
        state.waiting += 1;
        let settled = loop {
            if state.has_settled(target) {
                break true;
            }
            let wait = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            if wait.is_some_and(|wait| wait.is_zero()) || state.ended {
                break false;
            }
            state = self.settled.wait_timeout(state, wait.unwrap_or(timeout)).unwrap_or_else(PoisonError::into_inner).0;
        };
        state.waiting -= 1;
        settled
    }

    pub(super) fn stats(&self) -> SenderStats {
        self.lock().complete_stats()
    }

    /// Has the thread end by `timeout` from now, and waits for it.
    pub(super) fn stop(&self, timeout: Duration) -> Stopped {
        let now = Instant::now();
        let mut state = self.lock();
        let deadline = now.checked_add(timeout).unwrap_or(now);
        state.stop = Some(state.stop.map_or(deadline, |earlier| earlier.min(deadline)));
        state.waiting += 1;
        self.work.notify_all();
        let wait = timeout.saturating_add(GRACE);
        let ended = self.settled.wait_timeout_while(state, wait, |state| !state.ended);
        let mut state = ended.unwrap_or_else(PoisonError::into_inner).0;
        state.waiting -= 1;
        match (state.ended, state.stats.lost(Lost::Stopped).datagrams) {
            (false, _) => Stopped::Running,
            (true, 0) => Stopped::Empty,
            (true, _) => Stopped::Left,
        }
    }

    /// The thread ends: what is left is lost.
    pub(super) fn end(&self) {
        let mut state = self.lock();
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
