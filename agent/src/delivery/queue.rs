//! What waits for one receiver, in memory and on disk, and what is on its way to it. No thread, no clock, no network.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use basenji::server::Amount;

use super::breaker::{Backoff, Breaker};
use super::disk::{Disk, Found, Stored};
use super::payload::Payload;
use crate::sink::{Reason, SinkAccount};

/// The bounds of a queue, and its order.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// Bytes in memory.
    pub(super) memory: usize,
    /// The share of them that moves to the disk at a time.
    pub(super) flush_ratio: f64,
    /// Whether what is on disk, which is older, is sent before what is in memory. Otherwise memory comes first and then
    /// the newest file, as in the Agent: what is new is worth more.
    pub(super) is_ordered: bool,
}

struct Waiting {
    payload: Payload,
    /// The file that it has already.
    stored: Option<Stored>,
}

/// The payloads of one target. Whatever is lost here is counted in the account.
pub(super) struct Queue {
    bounds: Bounds,
    backoff: Backoff,
    account: Arc<SinkAccount>,
    /// The oldest first.
    waiting: VecDeque<Waiting>,
    /// Of what waits and what is on its way.
    bytes: usize,
    on_its_way: BTreeMap<u64, Waiting>,
    next: u64,
    breakers: BTreeMap<String, Breaker>,
    disk: Option<Disk>,
}

impl Queue {
    pub(super) fn new(bounds: Bounds, backoff: Backoff, account: Arc<SinkAccount>, disk: Option<Disk>) -> Queue {
        Queue {
            bounds,
            backoff,
            account,
            waiting: VecDeque::new(),
            bytes: 0,
            on_its_way: BTreeMap::new(),
            next: 0,
            breakers: BTreeMap::new(),
            disk,
        }
    }

    /// Whether there is room in memory for `bytes` more.
    pub(super) fn has_room(&self, bytes: usize) -> bool {
        self.bytes == 0 || self.bytes + bytes <= self.bounds.memory
    }

    /// Whether there will be room without further action: something is on its way, or can be sent now.
    pub(super) fn moves(&self, now: Instant) -> bool {
        !self.on_its_way.is_empty() || self.waiting.iter().any(|waiting| self.is_open_to(&waiting.payload, now))
    }

    /// Whether a route has failed last.
    pub(super) fn has_failed(&self) -> bool {
        self.breakers.values().any(Breaker::has_failed)
    }

    /// Whether nothing is on its way.
    pub(super) fn is_still(&self) -> bool {
        self.on_its_way.is_empty()
    }

    /// Whether a payload on disk can be read back and sent.
    pub(super) fn can_read_back(&self, now: Instant) -> bool {
        self.disk.as_ref().is_some_and(|disk| !disk.is_empty())
            && self.breakers.values().all(|breaker| breaker.is_open_to(now))
    }

    /// Whether something waits on disk or in memory.
    pub(super) fn has_work(&self) -> bool {
        !self.waiting.is_empty() || self.disk.as_ref().is_some_and(|disk| !disk.is_empty())
    }

    fn is_open_to(&self, payload: &Payload, now: Instant) -> bool {
        self.breakers.get(payload.head.route()).is_none_or(|breaker| breaker.is_open_to(now))
    }

    /// Takes in a payload; the oldest go to the disk for it, or are lost.
    pub(super) fn push(&mut self, payload: Payload, seconds: u64) -> io::Result<()> {
        if let Some(disk) = &mut self.disk {
            self.account.lose(Reason::Disk, disk.expire(seconds));
        }
        let mut result = Ok(());
        if !self.has_room(payload.size()) {
            let most = match self.disk {
                Some(_) => (self.bounds.memory as f64 * (1.0 - self.bounds.flush_ratio)) as usize,
                None => self.bounds.memory,
            };
            while self.bytes + payload.size() > most
                && let Some(oldest) = self.waiting.pop_front()
            {
                result = result.and(self.leave(oldest, Reason::RetryQueue));
            }
            if !self.has_room(payload.size()) {
                // What is on its way takes all the room.
                return result.and(self.leave_new(payload));
            }
        }
        self.put(Waiting { payload, stored: None });
        result
    }

    /// Moves everything that waits to the disk; what has no room there is lost.
    pub(super) fn leave_all(&mut self, reason: Reason) -> io::Result<()> {
        let mut all: Vec<_> = std::mem::take(&mut self.on_its_way).into_values().collect();
        all.extend(self.waiting.drain(..));
        let mut result = Ok(());
        for waiting in all {
            result = result.and(self.leave(waiting, reason));
        }
        result
    }

    fn put(&mut self, waiting: Waiting) {
        self.bytes += waiting.payload.size();
        let created = waiting.payload.created;
        let place = self.waiting.partition_point(|other| other.payload.created <= created);
        self.waiting.insert(place, waiting);
    }

    /// Moves a payload, whose bytes are counted, from memory to disk.
    fn leave(&mut self, waiting: Waiting, reason: Reason) -> io::Result<()> {
        self.bytes -= waiting.payload.size();
        match (waiting.stored, &mut self.disk) {
            (Some(stored), Some(disk)) => {
                disk.put_back(stored);
                Ok(())
            }
            (_, Some(_)) => self.leave_new(waiting.payload),
            (_, None) => {
                self.account.lose(reason, waiting.payload.amount);
                Ok(())
            }
        }
    }

    fn leave_new(&mut self, payload: Payload) -> io::Result<()> {
        let Some(disk) = &mut self.disk else {
            self.account.lose(Reason::RetryQueue, payload.amount);
            return Ok(());
        };
        let (lost, written) = disk.push(&payload);
        self.account.lose(Reason::Disk, lost);
        written
    }

    /// A payload that may be sent now, with the number that it is settled by.
    pub(super) fn next(&mut self, now: Instant) -> Option<(u64, Payload)> {
        if self.bounds.is_ordered && !self.on_its_way.is_empty() {
            return None;
        }
        if self.bounds.is_ordered || self.waiting.is_empty() {
            self.read_back(now);
        }
        if self.bounds.is_ordered && self.is_older_on_disk() {
            return None;
        }
        let place = match self.bounds.is_ordered {
            true => self.waiting.front().filter(|first| self.is_open_to(&first.payload, now)).map(|_| 0),
            false => self.waiting.iter().position(|waiting| self.is_open_to(&waiting.payload, now)),
        };
        let waiting = self.waiting.remove(place?)?;
        let payload = waiting.payload.clone();
        self.breakers.entry(payload.head.route().to_owned()).or_default().begin();
        let number = self.next;
        self.next += 1;
        self.on_its_way.insert(number, waiting);
        Some((number, payload))
    }

    /// Whether what is on disk comes before all that is in memory.
    fn is_older_on_disk(&self) -> bool {
        let first = self.waiting.front().map(|first| first.payload.created);
        let oldest = self.disk.as_ref().and_then(Disk::oldest);
        oldest.zip(first).is_some_and(|(oldest, first)| oldest < first)
    }

    /// Reads one payload from the disk, while every route is open: which one it needs is not known before.
    fn read_back(&mut self, now: Instant) {
        if !self.can_read_back(now) || self.waiting.iter().any(|waiting| waiting.stored.is_some()) {
            return;
        }
        let Some(disk) = &mut self.disk else { return };
        while let Some(found) = disk.pop(!self.bounds.is_ordered) {
            match found {
                Found::Payload(payload, stored) => return self.put(Waiting { payload, stored: Some(stored) }),
                Found::Unreadable(amount) => self.account.lose(Reason::Unreadable, amount),
            }
        }
    }

    /// When a route may be tried again that something waits for, if that is later than now.
    pub(super) fn wakes_at(&self, now: Instant) -> Option<Instant> {
        let routes = self.waiting.iter().filter_map(|waiting| self.breakers.get(waiting.payload.head.route()));
        let for_memory = routes.filter_map(|breaker| breaker.wakes_at(now)).min();
        let is_on_disk = self.disk.as_ref().is_some_and(|disk| !disk.is_empty());
        let for_disk = self.breakers.values().filter(|_| is_on_disk).filter_map(|breaker| breaker.wakes_at(now)).max();
        for_memory.into_iter().chain(for_disk).min()
    }

    /// A payload has arrived, or will never arrive. Its amount, once; nothing where it has been left already.
    pub(super) fn end(&mut self, number: u64, now: Instant, chance: f64) -> Option<Amount> {
        let waiting = self.on_its_way.remove(&number)?;
        self.bytes -= waiting.payload.size();
        if let (Some(stored), Some(disk)) = (waiting.stored, &mut self.disk) {
            disk.remove(stored);
        }
        self.breakers.entry(waiting.payload.head.route().to_owned()).or_default().succeed(&self.backoff, now, chance);
        Some(waiting.payload.amount)
    }

    /// A payload has to be sent again.
    pub(super) fn retry(&mut self, number: u64, now: Instant, chance: f64, after: Option<Duration>) {
        let Some(waiting) = self.on_its_way.remove(&number) else { return };
        self.breakers.entry(waiting.payload.head.route().to_owned()).or_default().fail(
            &self.backoff,
            now,
            chance,
            after,
        );
        self.bytes -= waiting.payload.size();
        // In front of those of the same second, since it was there before them.
        let created = waiting.payload.created;
        let place = self.waiting.partition_point(|other| other.payload.created < created);
        self.bytes += waiting.payload.size();
        self.waiting.insert(place, waiting);
    }
}

#[cfg(test)]
mod tests {
    use super::super::payload::Head;
    use super::*;

    fn payload(path: &str, created: u64, len: usize) -> Payload {
        let head = Arc::new(Head { path: path.to_owned(), headers: Vec::new() });
        Payload { head, body: vec![0; len].into(), amount: Amount::SERIES, created }
    }

    fn queue(memory: usize, is_ordered: bool, disk: Option<Disk>) -> (Queue, Arc<SinkAccount>) {
        let account = Arc::new(SinkAccount::default());
        let bounds = Bounds { memory, flush_ratio: 0.5, is_ordered };
        (Queue::new(bounds, Backoff::default(), Arc::clone(&account), disk), account)
    }

    fn disk(path: &std::path::Path) -> Disk {
        let directory = path.join("target");
        Disk::open(super::super::disk::Storage { directory, bytes: 1 << 20, disk_share: 1.0, age: 1 << 40 }).unwrap().0
    }

    #[test]
    fn without_a_disk_the_oldest_are_lost() {
        let (mut queue, account) = queue(100, false, None);
        for created in 1..=5 {
            account.take(Amount::SERIES);
            queue.push(payload("/a", created, 40), 0).unwrap();
        }
        assert_eq!(account.look().dropped, [(Reason::RetryQueue, Amount { series: 3, ..Amount::default() })]);
        assert_eq!(queue.next(Instant::now()).unwrap().1.created, 4);
    }

    #[test]
    fn a_route_that_fails_stops_no_other_and_one_payload_tries_it() {
        let (mut queue, _) = queue(1000, false, None);
        let now = Instant::now();
        for (path, created) in [("/a", 1), ("/a", 2), ("/b", 3)] {
            queue.push(payload(path, created, 1), 0).unwrap();
        }
        let (first, sent) = queue.next(now).unwrap();
        assert_eq!(sent.created, 1);
        queue.retry(first, now, 1.0, None);
        assert_eq!(queue.next(now).unwrap().1.created, 3);
        assert!(queue.next(now).is_none() && queue.has_failed());
        let later = queue.wakes_at(now).unwrap();
        assert_eq!(later, now + Duration::from_secs(4));
        let (trial, sent) = queue.next(later).unwrap();
        assert_eq!(sent.created, 1, "the oldest tries it");
        assert!(queue.next(later).is_none(), "alone");
        assert_eq!(queue.end(trial, later, 1.0), Some(Amount::SERIES));
        assert_eq!(queue.next(later).unwrap().1.created, 2);
    }

    #[test]
    fn what_has_no_room_in_memory_comes_back_from_the_disk() {
        for is_ordered in [false, true] {
            let directory = tempfile::tempdir().unwrap();
            let (mut queue, account) = queue(100, is_ordered, Some(disk(directory.path())));
            for created in 1..=6 {
                account.take(Amount::SERIES);
                queue.push(payload("/a", created, 30), 0).unwrap();
            }
            let mut order = Vec::new();
            while let Some((number, sent)) = queue.next(Instant::now()) {
                order.push(sent.created);
                account.deliver(queue.end(number, Instant::now(), 0.0).unwrap());
            }
            let expected = if is_ordered { [1, 2, 3, 4, 5, 6] } else { [4, 5, 6, 3, 2, 1] };
            assert_eq!(order, expected, "ordered: {is_ordered}");
            assert_eq!(account.look().delivered.series, 6);
            assert!(!queue.has_work() && queue.bytes == 0);
        }
    }

    #[test]
    fn what_is_on_disk_is_read_back_when_the_wait_is_over_though_nothing_is_in_memory() {
        let directory = tempfile::tempdir().unwrap();
        let (mut queue, _) = queue(10, false, Some(disk(directory.path())));
        let now = Instant::now();
        queue.push(payload("/a", 1, 10), 0).unwrap();
        let (mut number, _) = queue.next(now).unwrap();
        queue.push(payload("/a", 2, 10), 0).unwrap();
        let mut later = now;
        for _ in 0..4 {
            queue.retry(number, later, 1.0, None);
            later = queue.wakes_at(later).unwrap();
            number = queue.next(later).unwrap().0;
        }
        // One success leaves two errors, so that there is another wait.
        queue.end(number, later, 1.0).unwrap();
        assert!(!queue.has_failed() && queue.next(later).is_none());
        let end = queue.wakes_at(later).unwrap();
        assert!(end > later);
        assert_eq!(queue.next(end).unwrap().1.created, 2);
        assert_eq!(queue.wakes_at(end), None, "nothing else waits");
    }

    #[test]
    fn a_route_that_nothing_waits_for_wakes_nobody() {
        let (mut queue, _) = queue(1000, false, None);
        let now = Instant::now();
        for path in ["/a", "/b"] {
            queue.push(payload(path, 1, 1), 0).unwrap();
        }
        let (first, second) = (queue.next(now).unwrap().0, queue.next(now).unwrap().0);
        (0..3).for_each(|_| queue.breakers.get_mut("/a").unwrap().fail(&Backoff::default(), now, 0.0, None));
        queue.end(first, now, 0.0);
        queue.retry(second, now + Duration::from_secs(60), 0.0, None);
        let later = now + Duration::from_secs(61);
        assert_eq!(queue.wakes_at(later), Some(now + Duration::from_secs(62)), "/a, whose wait is over, is nobody's");
    }

    #[test]
    fn an_outage_of_an_hour_keeps_what_fits_counts_the_rest_and_ends_with_nothing_in_doubt() {
        for (is_ordered, has_disk) in [(false, false), (true, false), (false, true), (true, true)] {
            let directory = tempfile::tempdir().unwrap();
            let (mut queue, account) = queue(100_000, is_ordered, has_disk.then(|| disk(directory.path())));
            let holds = |queue: &Queue| {
                let tally = account.look();
                assert_eq!(tally.taken, tally.delivered + tally.held + tally.dropped_in_all());
                assert!(queue.bytes <= 100_000);
                tally
            };
            let start = Instant::now();
            let (mut now, mut attempts) = (start, 0);
            // A flush of two routes every ten seconds; between them whatever the breakers let through fails.
            for flush in 0..360_u64 {
                let next = start + Duration::from_secs(10 * (flush + 1));
                for path in ["/a", "/b"] {
                    account.take(Amount::SERIES);
                    queue.push(payload(path, 10 * flush, 2_000), 10 * flush).unwrap();
                }
                while now < next {
                    while let Some((number, _)) = queue.next(now) {
                        attempts += 1;
                        queue.retry(number, now, 0.5, None);
                    }
                    now = queue.wakes_at(now).unwrap_or(next).min(next);
                }
                holds(&queue);
            }
            assert!((50..300).contains(&attempts), "{attempts} attempts in an hour");
            let tally = holds(&queue);
            assert_eq!(tally.dropped_in_all().series, if has_disk { 720 - tally.held.series } else { 670 });
            assert!(tally.held.series >= 50, "{tally:?}");
            // It is over: all that was kept arrives, in an hour at most.
            let (mut arrived, end) = (Vec::new(), now + Duration::from_secs(3_600));
            while queue.has_work() && now < end {
                while let Some((number, payload)) = queue.next(now) {
                    arrived.push(payload.created);
                    account.deliver(queue.end(number, now, 0.5).unwrap());
                    holds(&queue);
                }
                now = queue.wakes_at(now).unwrap_or(now + Duration::from_secs(1));
            }
            let tally = holds(&queue);
            assert_eq!((tally.held, tally.delivered.series), (Amount::default(), arrived.len() as u64));
            assert!(!is_ordered || arrived.is_sorted(), "{arrived:?}");
            assert!(arrived.contains(&3_590), "the newest is among them");
        }
    }

    #[test]
    fn what_is_left_at_the_end_is_on_disk_once() {
        let directory = tempfile::tempdir().unwrap();
        let (mut first, account) = queue(100, false, Some(disk(directory.path())));
        for created in 1..=6 {
            first.push(payload("/a", created, 30), 0).unwrap();
        }
        // One is on its way from memory, and after memory is empty one from the disk.
        let numbers: Vec<_> = (0..3).map(|_| first.next(Instant::now()).unwrap().0).collect();
        first.leave_all(Reason::Stopped).unwrap();
        assert_eq!(first.end(numbers[0], Instant::now(), 0.0), None, "it was left");
        assert_eq!(account.look().dropped, []);
        drop(first);
        let (mut second, _) = queue(1000, true, Some(disk(directory.path())));
        let order = std::iter::from_fn(|| {
            let (number, sent) = second.next(Instant::now())?;
            second.end(number, Instant::now(), 0.0);
            Some(sent.created)
        });
        assert_eq!(order.collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
    }
}
