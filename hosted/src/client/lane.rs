//! A place of its own for each thread, so that threads neither wait for each other nor share cache lines.
//!
//! The first threads have a lane each and give it back when they end; all others share the last one. What stands in a lane that is one thread's
//! own has a single writer, who needs no atomic read-modify-write: it loads, changes and stores, while others only read.
//!
//! After a fork the child's thread keeps its lane; those of the threads that are not there any more stay taken.

use std::cell::Cell;

use super::atomic::AtomicU32;
use super::taken::Taken;

/// How many lanes there are; the last is shared.
pub(super) const LANES: usize = 32;

const SHARED: usize = LANES - 1;

/// The lanes that are taken.
static TAKEN: Taken = Taken(AtomicU32::new(0));

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
            TAKEN.give_back(lane);
        }
    }
}

/// One value a lane, each in cache lines of its own; processors fetch them in pairs.
#[derive(Debug)]
pub(super) struct Lanes<T>([Padded<T>; LANES]);

#[derive(Debug)]
#[repr(align(128))]
struct Padded<T>(T);

/// The calling thread's value in a [`Lanes`].
pub(super) enum Mine<'a, T> {
    /// Nobody else writes it.
    Own(&'a T),
    /// Other threads may write it at the same time.
    Shared(&'a T),
}

impl<T> Lanes<T> {
    /// A value for each lane.
    pub(super) fn new(mut value: impl FnMut() -> T) -> Self {
        Lanes(std::array::from_fn(|_| Padded(value())))
    }

    /// The calling thread's value.
    #[inline]
    pub(super) fn mine(&self) -> Mine<'_, T> {
        match lane() {
            SHARED.. => Mine::Shared(&self.0[SHARED].0),
            lane => Mine::Own(&self.0[lane].0),
        }
    }

    /// The values of all lanes.
    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter().map(|padded| &padded.0)
    }
}

#[inline]
fn lane() -> usize {
    match LANE.get() {
        LANES => take(),
        lane => lane,
    }
}

#[cold]
fn take() -> usize {
    // A thread whose locals are being taken down gets the shared one.
    if LEASE.try_with(|_| ()).is_err() {
        return SHARED;
    }
    let lane = TAKEN.take(SHARED).unwrap_or(SHARED);
    LANE.set(lane);
    lane
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicU64, Ordering};

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
