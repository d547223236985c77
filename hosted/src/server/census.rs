//! Which series are known, for all workers and the flusher alike.
//!
//! It promises: a series that is in the census is never refused for want of room, in whatever shard it comes up; it is in
//! the census from the moment a worker lets it in until the flusher's table, the one that lives on, has forgotten it.
//! A new series is let in while there is room, once for all workers. So nothing that a worker has let in can be refused
//! when shards are merged.
//!
//! A part of the room is kept for names, and for origins, that hold little of it, as [`FairShares`] says: when one of them
//! explodes, the others still find room.
//!
//! A worker asks only when a series is new to its own shard; what it knows, it looks up without asking anybody.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};

use basenji_core::Full;
use basenji_core::aggregate::Identity;

use super::config::FairShares;
use crate::lock::lock;
use crate::memory::Memory;

/// Parts of the members, each behind a lock of its own.
const PARTS: usize = 64;

/// The series that are known, and who holds how much of the room.
pub(crate) struct Census {
    limit: Room,
    kept_back: Kept,
    members: [Mutex<Members>; PARTS],
    /// How many series there is room for; read without the lock.
    free: AtomicUsize,
    shares: Mutex<Shares>,
    /// The number of the present flush interval.
    interval: AtomicU32,
}

/// What there is room for, and what is taken of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Room {
    contexts: usize,
    bytes: usize,
}

/// What is reserved for names and origins with few series.
#[derive(Debug, Clone, Copy)]
struct Kept {
    /// What others leave free.
    room: Room,
    /// The most that a name or an origin with few series holds.
    modest: Room,
}

type Members = HashMap<u64, Member, Plain>;

#[derive(Debug, Clone, Copy)]
struct Member {
    origin: u32,
    /// The interval in which a worker has asked for it last.
    asked: u32,
}

#[derive(Default)]
struct Shares {
    taken: Room,
    names: HashMap<u64, Room, Plain>,
    origins: HashMap<u32, Room, Plain>,
}

/// The keys are hashes already.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Plain(u64);

impl std::hash::BuildHasher for Plain {
    type Hasher = Plain;

    fn build_hasher(&self) -> Plain {
        Plain(0)
    }
}

impl std::hash::Hasher for Plain {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.write_u64(u64::from(byte)));
    }

    fn write_u32(&mut self, number: u32) {
        self.write_u64(u64::from(number));
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = (self.0 ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 ^= self.0 >> 29;
    }
}

impl Room {
    fn plus(self, bytes: usize) -> Room {
        Room { contexts: self.contexts + 1, bytes: self.bytes.saturating_add(bytes) }
    }

    fn minus(self, bytes: usize) -> Room {
        Room { contexts: self.contexts.saturating_sub(1), bytes: self.bytes.saturating_sub(bytes) }
    }

    fn per_cent(self, part: usize) -> Room {
        let of = |all: usize| (all as u128 * part as u128 / 100) as usize;
        Room { contexts: of(self.contexts), bytes: of(self.bytes) }
    }

    /// Which part would exceed `self`, if any.
    fn check(self, taken: Room) -> Result<(), Full> {
        match taken {
            Room { contexts, .. } if contexts > self.contexts => Err(Full::Contexts),
            Room { bytes, .. } if bytes > self.bytes => Err(Full::Bytes),
            _ => Ok(()),
        }
    }
}

impl Census {
    /// An empty census.
    pub(crate) fn new(memory: Memory, shares: FairShares) -> Census {
        let Memory { contexts, bytes, .. } = memory;
        let limit = Room { contexts, bytes };
        let kept = limit.per_cent(shares.kept);
        let others = Room { contexts: contexts.saturating_sub(kept.contexts), bytes: bytes.saturating_sub(kept.bytes) };
        Census {
            limit,
            kept_back: Kept { room: others, modest: limit.per_cent(shares.modest) },
            members: std::array::from_fn(|_| Mutex::default()),
            free: AtomicUsize::new(contexts),
            shares: Mutex::default(),
            interval: AtomicU32::new(0),
        }
    }

    /// Begins a flush interval: what workers ask for from now on is not forgotten before the next one.
    pub(crate) fn begin_interval(&self) {
        self.interval.fetch_add(1, Ordering::Relaxed);
    }

    /// Admits a series that is new to a worker's shard; `origin` is 0 if it is unknown.
    ///
    /// # Errors
    ///
    /// - `Contexts`, `Bytes`: no shard knows it, and there is no room for it.
    pub(crate) fn admit(&self, series: &Identity, origin: u32) -> Result<(), Full> {
        let asked = self.interval.load(Ordering::Relaxed);
        let mut members = self.part(series.hash);
        if let Some(member) = members.get_mut(&series.hash) {
            member.asked = asked;
            return Ok(());
        }
        if self.free.load(Ordering::Relaxed) == 0 {
            return Err(Full::Contexts);
        }
        let mut shares = lock(&self.shares);
        self.check(&shares, series, origin)?;
        self.take(&mut shares, series, origin);
        members.insert(series.hash, Member { origin, asked });
        Ok(())
    }

    /// Enters a series that a shard has let in, if it is not there.
    pub(crate) fn enter(&self, series: &Identity) {
        let asked = self.interval.load(Ordering::Relaxed);
        let mut members = self.part(series.hash);
        if members.contains_key(&series.hash) {
            return;
        }
        self.take(&mut lock(&self.shares), series, 0);
        members.insert(series.hash, Member { origin: 0, asked });
    }

    /// Forgets a series, unless a worker has asked for it in this interval: false then.
    pub(crate) fn forget(&self, series: &Identity) -> bool {
        let now = self.interval.load(Ordering::Relaxed);
        let mut members = self.part(series.hash);
        let Some(member) = members.get(&series.hash).copied() else { return true };
        if member.asked == now {
            return false;
        }
        members.remove(&series.hash);
        if members.capacity() > 1024 && members.len() < members.capacity() / 4 {
            members.shrink_to_fit();
        }
        drop(members);
        self.give_back(series, member.origin);
        true
    }

    /// How many series are known.
    pub(crate) fn len(&self) -> usize {
        lock(&self.shares).taken.contexts
    }

    fn part(&self, hash: u64) -> MutexGuard<'_, Members> {
        // The high bits tell the part, a table looks at all of them.
        lock(&self.members[(hash >> 58) as usize % PARTS])
    }

    fn check(&self, shares: &Shares, series: &Identity, origin: u32) -> Result<(), Full> {
        let taken = shares.taken.plus(series.bytes);
        self.limit.check(taken)?;
        let Err(full) = self.kept_back.room.check(taken) else { return Ok(()) };
        let held = |share: Option<&Room>| share.copied().unwrap_or_default();
        let of_name = held(shares.names.get(&series.name));
        let of_origin = if origin == 0 { Room::default() } else { held(shares.origins.get(&origin)) };
        let is_modest = |held| self.kept_back.modest.check(held).is_ok();
        if is_modest(of_name) && is_modest(of_origin) { Ok(()) } else { Err(full) }
    }

    fn take(&self, shares: &mut Shares, series: &Identity, origin: u32) {
        shares.taken = shares.taken.plus(series.bytes);
        self.publish(shares);
        let name = shares.names.entry(series.name).or_default();
        *name = name.plus(series.bytes);
        if origin != 0 {
            let share = shares.origins.entry(origin).or_default();
            *share = share.plus(series.bytes);
        }
    }

    fn give_back(&self, series: &Identity, origin: u32) {
        let mut shares = lock(&self.shares);
        shares.taken = shares.taken.minus(series.bytes);
        self.publish(&shares);
        give_back(&mut shares.names, series.name, series.bytes);
        if origin != 0 {
            give_back(&mut shares.origins, origin, series.bytes);
        }
    }

    fn publish(&self, shares: &Shares) {
        self.free.store(self.limit.contexts.saturating_sub(shares.taken.contexts), Ordering::Relaxed);
    }
}

/// Takes one series out of a share, and the share out of the list once it holds none.
fn give_back<K: Copy + Eq + std::hash::Hash>(shares: &mut HashMap<K, Room, Plain>, key: K, bytes: usize) {
    let Some(share) = shares.get_mut(&key) else { return };
    *share = share.minus(bytes);
    if share.contexts > 0 {
        return;
    }
    shares.remove(&key);
    if shares.capacity() > 1024 && shares.len() < shares.capacity() / 4 {
        shares.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn census(contexts: usize, bytes: usize) -> Census {
        Census::new(Memory { contexts, bytes, cells: 0 }, FairShares::default())
    }

    fn series(name: u64, number: u64) -> Identity {
        Identity { hash: (name << 32 | number).wrapping_mul(0x9e37_79b9_7f4a_7c15), name, bytes: 10 }
    }

    #[test]
    fn a_known_series_is_let_in_whoever_asks_and_a_new_one_while_there_is_room() {
        let census = census(3, 1000);
        for name in 0..3 {
            assert_eq!(census.admit(&series(name, 0), 0), Ok(()));
            assert_eq!(census.admit(&series(name, 0), 7), Ok(()), "another worker");
        }
        assert_eq!(census.admit(&series(3, 0), 0), Err(Full::Contexts));
        assert_eq!(census.admit(&series(1, 0), 0), Ok(()));
        assert_eq!(census.len(), 3);
        assert!(!census.forget(&series(1, 0)), "a worker has just asked for it");
        census.begin_interval();
        assert!(census.forget(&series(1, 0)) && census.forget(&series(1, 0)));
        assert_eq!(census.admit(&series(3, 0), 0), Ok(()));
        assert_eq!((census.len(), census.admit(&series(1, 0), 0)), (3, Err(Full::Contexts)));
    }

    #[test]
    fn bytes_are_room_as_contexts_are() {
        let census = census(100, 25);
        assert_eq!(census.admit(&series(1, 0), 0), Ok(()));
        assert_eq!(census.admit(&series(2, 0), 0), Ok(()));
        assert_eq!(census.admit(&series(3, 0), 0), Err(Full::Bytes));
    }

    #[test]
    fn one_name_or_origin_leaves_the_last_tenth_to_others() {
        let flood = |origin: u32, name: fn(u64) -> u64| {
            let census = census(1000, 1 << 20);
            let let_in =
                (0..2000).filter(|&number| census.admit(&series(name(number), number), origin).is_ok()).count();
            (census, let_in)
        };
        let (of_one_name, let_in) = flood(0, |_| 1);
        assert_eq!(let_in, 900);
        let (of_one_origin, let_in) = flood(5, |number| number + 10);
        assert_eq!(let_in, 900);
        for census in [of_one_name, of_one_origin] {
            // A service that starts beside the flood: names of its own, with a few series each.
            for name in 5000..5010 {
                assert!((0..10).all(|number| census.admit(&series(name, number), 6).is_ok() || name > 5000));
            }
        }
    }

    #[test]
    fn the_shares_are_settings() {
        let let_in = |kept, modest| {
            let census = Census::new(Memory { contexts: 1000, bytes: 1 << 20, cells: 0 }, FairShares { kept, modest });
            let of = |name: u64| (0..2000).filter(|&number| census.admit(&series(name, number), 0).is_ok()).count();
            [of(1), of(2), of(3)]
        };
        // Of one name that comes first, and of two that come beside it: each has one series more than what is modest.
        assert_eq!(let_in(10, 1), [900, 11, 11]);
        assert_eq!(let_in(0, 1), [1000, 0, 0]);
        assert_eq!(let_in(40, 20), [600, 201, 199]);
        assert_eq!(let_in(10, 0), [900, 1, 1]);
        assert_eq!(let_in(100, 5), [51, 51, 51]);
    }

    #[test]
    fn what_is_forgotten_leaves_nothing_behind() {
        let census = census(1000, 1 << 20);
        for number in 0..1000 {
            census.enter(&series(number % 7, number));
        }
        census.begin_interval();
        for number in 0..1000 {
            assert!(census.forget(&series(number % 7, number)));
        }
        let shares = lock(&census.shares);
        assert_eq!((shares.taken, shares.names.len(), shares.origins.len()), (Room::default(), 0, 0));
        assert_eq!(census.free.load(Ordering::Relaxed), 1000);
    }
}
