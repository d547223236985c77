//! Datagrams that wait to be sent, in a ring of bytes.
//!
//! - The bytes that wait are bounded, and the memory grows up to that bound and no further; it is reused.
//! - Datagrams for which there is no room, and those that wait too long, are dropped and counted, by reason.
//! - The cost of an operation is linear in the bytes of its datagrams.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::stats::Tally;

/// What is dropped when the queue is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overflow {
    /// The datagrams that have waited longest.
    DropOldest,
    /// The datagram that there is no room for.
    DropNewest,
}

/// How long a datagram may wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifetime {
    /// Until it expires: the server dates its lines by their arrival, so a late one would be wrong.
    Expires,
    /// Without limit: its lines have timestamps.
    Unlimited,
}

/// A queue of datagrams.
#[derive(Debug)]
pub(crate) struct Queue {
    bytes: VecDeque<u8>,
    entries: VecDeque<Entry>,
    limit: usize,
    overflow: Overflow,
    pub(crate) counters: QueueCounters,
}

/// What a queue has dropped.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct QueueCounters {
    /// Because there was no room.
    pub(crate) overflowed: Tally,
    /// Because it had waited too long.
    pub(crate) expired: Tally,
    /// How many datagrams the queue has taken, which is the number of the next one.
    pub(crate) accepted: u64,
}

/// One datagram's place and age.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) len: usize,
    /// When it was queued; `None` if it does not expire.
    pub(crate) since: Option<Instant>,
}

impl Entry {
    /// Whether it has waited for `expiry` or longer.
    pub(crate) fn is_expired(&self, now: Instant, expiry: Option<Duration>) -> bool {
        match (self.since, expiry) {
            (Some(since), Some(expiry)) => now.saturating_duration_since(since) >= expiry,
            _ => false,
        }
    }
}

impl Queue {
    /// An empty queue for `limit` bytes.
    pub(crate) fn new(limit: usize, overflow: Overflow) -> Queue {
        let counters = QueueCounters::default();
        Queue { bytes: VecDeque::new(), entries: VecDeque::new(), limit, overflow, counters }
    }

    /// Appends a datagram; returns whether there was room for it.
    pub(crate) fn push(&mut self, datagram: &[u8], since: Option<Instant>) -> bool {
        let fits = match self.overflow {
            Overflow::DropOldest => datagram.len() <= self.limit,
            Overflow::DropNewest => self.bytes.len().saturating_add(datagram.len()) <= self.limit,
        };
        if !fits {
            self.counters.overflowed.add(datagram.len());
            return false;
        }
        while self.bytes.len() + datagram.len() > self.limit {
            let Some(oldest) = self.entries.pop_front() else { break };
            self.bytes.drain(..oldest.len);
            self.counters.overflowed.add(oldest.len);
        }
        self.grow(datagram.len());
        self.bytes.extend(datagram);
        self.entries.push_back(Entry { len: datagram.len(), since });
        self.counters.accepted += 1;
        true
    }

    /// Moves the oldest datagrams into `batch`, which is emptied before; those that have waited for `expiry` are dropped.
    pub(crate) fn take(&mut self, batch: &mut Batch, now: Instant, expiry: Option<Duration>) {
        batch.clear();
        while let Some(&entry) = self.entries.front() {
            let expired = entry.is_expired(now, expiry);
            if !expired && !batch.has_room(entry.len) {
                break;
            }
            self.entries.pop_front();
            if expired {
                self.counters.expired.add(entry.len);
            } else {
                let (front, back) = self.bytes.as_slices();
                let front = &front[..entry.len.min(front.len())];
                batch.bytes.extend_from_slice(front);
                batch.bytes.extend_from_slice(&back[..entry.len - front.len()]);
                batch.entries.push(entry);
            }
            self.bytes.drain(..entry.len);
        }
    }

    /// Drops everything; returns how much it was.
    pub(crate) fn clear(&mut self) -> Tally {
        let tally = self.tally();
        self.bytes.clear();
        self.entries.clear();
        tally
    }

    /// Most bytes that wait.
    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// What waits.
    pub(crate) fn tally(&self) -> Tally {
        Tally { datagrams: self.entries.len() as u64, bytes: self.bytes.len() as u64 }
    }

    /// The number of the oldest datagram that waits; that of the next one if none does.
    pub(crate) fn oldest(&self) -> u64 {
        self.counters.accepted - self.entries.len() as u64
    }

    /// Makes room for `more` bytes: twice as much as before, but no more than the limit.
    fn grow(&mut self, more: usize) {
        let needed = self.bytes.len() + more;
        if needed > self.bytes.capacity() {
            let capacity = (2 * self.bytes.capacity()).max(4096).min(self.limit).max(needed);
            self.bytes.reserve_exact(capacity - self.bytes.len());
        }
    }
}

/// Datagrams on their way from the queue to the transport.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) bytes: Vec<u8>,
    pub(crate) entries: Vec<Entry>,
}

impl Batch {
    /// Most datagrams.
    pub(crate) const DATAGRAMS: usize = 64;
    /// Most bytes, but for a single datagram that is longer.
    const BYTES: usize = 128 * 1024;

    fn has_room(&self, len: usize) -> bool {
        let room = self.entries.len() < Batch::DATAGRAMS && self.bytes.len() + len <= Batch::BYTES;
        room || self.entries.is_empty()
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.entries.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(queue: &mut Queue, texts: &[&str]) -> Vec<bool> {
        texts.iter().map(|text| queue.push(text.as_bytes(), Some(Instant::now()))).collect()
    }

    fn take(queue: &mut Queue) -> Vec<String> {
        let mut batch = Batch::default();
        let mut texts = Vec::new();
        loop {
            queue.take(&mut batch, Instant::now(), None);
            if batch.entries.is_empty() {
                return texts;
            }
            let mut bytes = &batch.bytes[..];
            for entry in &batch.entries {
                let (datagram, rest) = bytes.split_at(entry.len);
                texts.push(String::from_utf8(datagram.to_vec()).unwrap());
                bytes = rest;
            }
        }
    }

    #[test]
    fn a_full_queue_lets_the_oldest_or_the_newest_go_and_counts_it() {
        let mut queue = Queue::new(6, Overflow::DropOldest);
        assert_eq!(push(&mut queue, &["aa", "bb", "cc", "ddd", "too long"]), [true, true, true, true, false]);
        assert_eq!(queue.counters.overflowed, Tally { datagrams: 3, bytes: 12 });
        assert_eq!(take(&mut queue), ["cc", "ddd"]);

        let mut queue = Queue::new(6, Overflow::DropNewest);
        assert_eq!(push(&mut queue, &["aa", "bb", "ccc", "dd"]), [true, true, false, true]);
        assert_eq!(queue.counters.overflowed, Tally { datagrams: 1, bytes: 3 });
        assert_eq!(take(&mut queue), ["aa", "bb", "dd"]);
    }

    #[test]
    fn what_has_waited_too_long_goes_and_what_does_not_expire_stays() {
        let mut queue = Queue::new(100, Overflow::DropOldest);
        let start = Instant::now();
        let second = Duration::from_secs(1);
        queue.push(b"old", Some(start));
        queue.push(b"stamped", None);
        queue.push(b"new", Some(start + second));
        let mut batch = Batch::default();
        queue.take(&mut batch, start + 2 * second, Some(2 * second));
        assert_eq!(batch.bytes, b"stampednew");
        assert_eq!(queue.counters.expired, Tally { datagrams: 1, bytes: 3 });
    }

    #[test]
    fn memory_stays_within_the_limit_and_is_reused() {
        let mut queue = Queue::new(10_000, Overflow::DropOldest);
        let datagram = [b'a'; 1432];
        for _ in 0..1000 {
            queue.push(&datagram, None);
        }
        assert!(queue.bytes.capacity() <= 10_000, "{}", queue.bytes.capacity());
        assert_eq!(queue.tally(), Tally { datagrams: 6, bytes: 6 * 1432 });
        assert_eq!(queue.oldest(), 994);
    }

    #[test]
    fn a_batch_holds_64_datagrams_or_one_that_is_longer_than_all_of_it() {
        let mut queue = Queue::new(1 << 20, Overflow::DropOldest);
        for _ in 0..100 {
            queue.push(b"a", None);
        }
        queue.push(&vec![b'b'; 200_000], None);
        queue.push(b"c", None);
        let mut batch = Batch::default();
        let mut sizes = Vec::new();
        while queue.tally().datagrams > 0 {
            queue.take(&mut batch, Instant::now(), None);
            sizes.push(batch.entries.len());
        }
        assert_eq!(sizes, [64, 36, 1, 1]);
    }
}
