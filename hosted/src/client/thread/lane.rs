//! A place of its own for each thread, so that threads neither wait for each other nor share cache lines.
//!
//! The first threads have a lane each and give it back when they end; all others share the last one. What stands in a lane that is one thread's
//! own has a single writer, which needs no atomic read-modify-write: it loads, changes and stores, while others only read.
//!
//! After a fork the child's thread keeps its lane; the lanes of threads that do not exist in the child stay taken.

use std::cell::Cell;

use super::atomic::{AtomicU32, Ordering::Relaxed};
use super::inside::{Busy, MEMORY};
use super::leases::Leases;
use crate::client::sys::Later;

/// How many lanes there are; the last is shared.
pub(crate) const LANES: usize = 32;

const SHARED: usize = LANES - 1;

/// The lanes that are taken.
static LEASES: Leases = Leases(AtomicU32::new(0));

thread_local! {
    /// The lane of this thread; `LANES` before it has asked for one.
    static LANE: Cell<usize> = const { Cell::new(LANES) };
    static LEASE: Lease = const { Lease };
}

/// Gives the lane back when the thread ends.
struct Lease;

impl Drop for Lease {
    fn drop(&mut self) {
        let lane = LANE.replace(SHARED);
        if lane < SHARED {
            LEASES.give_back(lane);
        }
    }
}

/// One value a lane, each in cache lines of its own; processors fetch them in pairs.
#[derive(Debug)]
pub(crate) struct Lanes<T>([Padded<T>; LANES]);

#[derive(Debug)]
#[repr(align(128))]
struct Padded<T>(T);

/// One value a lane, of which only one is there until a second thread comes; then all use values of their own.
///
/// The thread that came first moves, too: who reads where the lanes are would otherwise share a cache line with what it writes.
#[derive(Debug)]
pub(crate) struct Spread<T> {
    /// The lane of the first thread; `LANES` before there is one.
    first_lane: AtomicU32,
    first: T,
    lanes: Later<Lanes<T>>,
}

impl<T: Default> Spread<T> {
    pub(crate) fn new() -> Self {
        Spread { first_lane: AtomicU32::new(LANES as u32), first: T::default(), lanes: Later::new() }
    }

    /// The calling thread's value, which no other thread writes; `None` if it has none of its own.
    #[inline]
    pub(crate) fn own(&self) -> Option<&T> {
        let lane = lane();
        if let Some(lanes) = self.lanes.get() {
            return lanes.own(lane);
        }
        if self.first_lane.load(Relaxed) == lane as u32 { Some(&self.first) } else { self.another(lane) }
    }

    #[cold]
    fn another(&self, lane: usize) -> Option<&T> {
        if lane >= SHARED {
            return None;
        }
        if self.first_lane.compare_exchange(LANES as u32, lane as u32, Relaxed, Relaxed).is_ok() {
            return Some(&self.first);
        }
        // An allocator that is asked for the lanes may call us.
        let _busy = Busy::enter(MEMORY)?;
        self.lanes.get_or_make(|| Lanes::new(T::default)).own(lane)
    }

    /// The values of all lanes.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        std::iter::once(&self.first).chain(self.lanes.get().into_iter().flat_map(Lanes::iter))
    }
}

/// The calling thread's value in a [`Lanes`].
pub(crate) enum Mine<'a, T> {
    /// No other thread writes it.
    Own(&'a T),
    /// Other threads may write it at the same time.
    Shared(&'a T),
}

impl<T> Lanes<T> {
    /// A value for each lane.
    pub(crate) fn new(mut value: impl FnMut() -> T) -> Self {
        Lanes(std::array::from_fn(|_| Padded(value())))
    }

    /// The calling thread's value.
    #[inline]
    pub(crate) fn mine(&self) -> Mine<'_, T> {
        match lane() {
            SHARED.. => Mine::Shared(&self.0[SHARED].0),
            lane => Mine::Own(&self.0[lane].0),
        }
    }

    #[inline]
    fn own(&self, lane: usize) -> Option<&T> {
        self.0.get(lane).filter(|_| lane < SHARED).map(|padded| &padded.0)
    }

    /// The values of all lanes.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter().map(|padded| &padded.0)
    }
}

/// The lane of the calling thread.
#[inline]
pub(crate) fn lane() -> usize {
    match LANE.get() {
        LANES => take(),
        lane => lane,
    }
}

#[cold]
fn take() -> usize {
    // A thread whose thread-local values are being destroyed gets the shared one.
    if LEASE.try_with(|_| ()).is_err() {
        return SHARED;
    }
    let lane = LEASES.take(SHARED).unwrap_or(SHARED);
    LANE.set(lane);
    lane
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicU64, Ordering};

    #[test]
    fn lanes_are_made_for_the_second_thread_and_each_has_its_own() {
        let counts = Spread::<AtomicU64>::new();
        let add = || {
            let count = counts.own().unwrap();
            count.store(count.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        };
        add();
        add();
        assert_eq!((counts.iter().count(), counts.first.load(Ordering::Relaxed)), (1, 2));
        std::thread::scope(|scope| {
            (0..4).for_each(|_| drop(scope.spawn(|| (0..10_000).for_each(|_| add()))));
            (0..10_000).for_each(|_| add());
        });
        assert_eq!(counts.iter().count(), 1 + LANES);
        assert_eq!(counts.iter().map(|count| count.load(Ordering::Relaxed)).sum::<u64>(), 50_002);
    }

    #[test]
    fn each_of_the_first_threads_has_a_lane_and_the_others_share_one() {
        let barrier = Barrier::new(LANES + 8);
        let lanes = Lanes::new(|| AtomicU64::new(0));
        std::thread::scope(|scope| {
            for _ in 0..LANES + 8 {
                scope.spawn(|| {
                    let mine = lanes.mine();
                    barrier.wait();
                    for _ in 0..10_000 {
                        match mine {
                            Mine::Own(count) => count.store(count.load(Ordering::Relaxed) + 1, Ordering::Relaxed),
                            Mine::Shared(count) => drop(count.fetch_add(1, Ordering::Relaxed)),
                        }
                    }
                });
            }
        });
        let total: u64 = lanes.iter().map(|count| count.load(Ordering::Relaxed)).sum();
        assert_eq!(total, (LANES as u64 + 8) * 10_000);
    }
}
