//! Which code of the program this thread is running for us: a transport's or a hook's.
//!
//! The program's code runs under no lock of ours, so it may call everything of ours, which may call it again. Each thread keeps a list of the calls into
//! the program's code that it is in. Before it waits for such a call, or makes another one, it checks that list.
//!
//! One part of the program does run under our locks: its allocator. A call that an allocator makes is accepted if possible. If it needs a lock that
//! its own thread holds, [`Busy`] detects that, and the call is dropped and counted.

use std::cell::Cell;

/// Most entries of a thread at a time; more are refused.
const MOST: usize = 8;

thread_local! {
    /// The addresses of what this thread is inside of, the innermost last. Nothing is allocated for it, since the allocator may call us.
    static ENTERED: [Cell<usize>; MOST] = const { [const { Cell::new(0) }; MOST] };
    /// Their number; seldom more than one.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

/// An entry, until it is dropped.
pub(crate) struct Inside(());

impl Inside {
    /// Enters what stands at `place`; `None` if this thread is inside of it already, or of as many things as it can keep.
    #[inline]
    pub(crate) fn enter<T: ?Sized>(place: &T) -> Option<Inside> {
        let depth = DEPTH.get();
        if depth > 0 && Inside::of(place) {
            return None;
        }
        ENTERED.with(|entered| entered.get(depth).map(|free| free.set(address(place))))?;
        DEPTH.set(depth + 1);
        Some(Inside(()))
    }

    /// Whether this thread is inside of what stands at `place`.
    #[inline]
    pub(crate) fn of<T: ?Sized>(place: &T) -> bool {
        let depth = DEPTH.get();
        depth > 0 && ENTERED.with(|entered| entered.iter().take(depth).any(|entered| entered.get() == address(place)))
    }
}

impl Drop for Inside {
    /// Leaves the innermost entry: entries are left in the opposite order.
    #[inline]
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get().saturating_sub(1));
    }
}

fn address<T: ?Sized>(place: &T) -> usize {
    std::ptr::from_ref(place).addr()
}

/// A lock that a thread holds, as a bit, in the order in which they are taken.
type Which = u8;

/// The lane of many threads.
pub(crate) const CROWD: Which = 1;
/// The central client.
pub(crate) const CENTRAL: Which = 2;
/// The queue of an outlet.
pub(crate) const QUEUE: Which = 4;
/// No lock: memory that a handle asks for.
pub(crate) const MEMORY: Which = 8;

thread_local! {
    /// Which of the locks this thread holds.
    static BUSY: Cell<u8> = const { Cell::new(0) };
}

/// Marks a lock as held by this thread until it is dropped.
pub(crate) struct Busy(Which);

impl Busy {
    /// `None` if this thread holds it already, or one that is taken later: an allocator has called us.
    #[inline]
    pub(crate) fn enter(which: Which) -> Option<Busy> {
        try_enter(which).then(|| Busy(which))
    }

    /// Whether this thread holds any of them, in which case it must not call code of the program.
    #[inline]
    pub(crate) fn is_busy() -> bool {
        BUSY.get() != 0
    }
}

impl Drop for Busy {
    #[inline]
    fn drop(&mut self) {
        leave(self.0);
    }
}

/// [`Busy::enter`] without a value that leaves: [`leave`] has to be called if it returns true.
#[inline]
pub(crate) fn try_enter(which: Which) -> bool {
    let before = BUSY.get();
    let is_free = before < which;
    if is_free {
        BUSY.set(before | which);
    }
    is_free
}

/// Marks the lock as free again.
#[inline]
pub(crate) fn leave(which: Which) {
    BUSY.set(BUSY.get() & !which);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_enters_a_place_once_and_again_when_it_has_left() {
        let places = [1, 2];
        let first = Inside::enter(&places[0]);
        assert!(first.is_some() && Inside::of(&places[0]) && !Inside::of(&places[1]));
        assert!(Inside::enter(&places[0]).is_none());
        let second = Inside::enter(&places[1]);
        assert!(!std::thread::scope(|scope| scope.spawn(|| Inside::of(&places[0])).join().unwrap()));
        drop(second);
        assert!(first.is_some() && Inside::of(&places[0]) && !Inside::of(&places[1]));
        drop(first);
        assert!(!Inside::of(&places[0]) && Inside::enter(&places[0]).is_some());
    }
}
