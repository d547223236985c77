//! Slots for connections: a limited number of each class at a time, and the oldest gives way.

use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// What takes a slot. Each class has slots of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// A connection whose request is not read yet.
    Unread,
    /// Whether the daemon is well.
    Probe,
    /// An answer that is made and sent within the deadline.
    Page,
    /// An answer that goes on for as long as the client reads it.
    Lasting,
}

impl Class {
    /// How many there are at a time.
    const fn most(self) -> usize {
        match self {
            Class::Unread => 16,
            Class::Probe => 4,
            Class::Page => 8,
            Class::Lasting => 8,
        }
    }
}

/// One connection that is open.
struct Open {
    id: u64,
    class: Class,
    stream: Arc<TcpStream>,
    since: Instant,
    /// Whether it was told to give way.
    gives_way: bool,
}

#[derive(Default)]
struct State {
    open: Vec<Open>,
    next: u64,
}

impl State {
    fn has_room(&self, class: Class) -> bool {
        self.open.iter().filter(|open| open.class == class).count() < class.most()
    }

    /// Tells the oldest of `class` to give way to `id`, unless that is about to happen; false if all of them are younger.
    fn evict(&mut self, class: Class, id: u64) -> bool {
        let of_class = self.open.iter_mut().filter(|open| open.class == class);
        let Some(oldest) = of_class.min_by_key(|open| open.id).filter(|oldest| oldest.id < id) else { return false };
        if !oldest.gives_way {
            oldest.gives_way = true;
            // Its reads and writes fail from now on.
            let _ = oldest.stream.shutdown(Shutdown::Both);
        }
        true
    }
}

/// The slots of one listener.
#[derive(Default)]
pub(super) struct Slots {
    state: Mutex<State>,
    changed: Condvar,
}

impl Slots {
    /// Takes a slot for a new connection, from the oldest one that is not read yet if need be; nothing if that does not let go by `end`.
    pub(super) fn enter(self: &Arc<Slots>, stream: TcpStream, end: Instant) -> Option<Slot> {
        let state = self.lock();
        let id = state.next;
        let mut state = self.wait(state, Class::Unread, id, end)?;
        state.next += 1;
        let stream = Arc::new(stream);
        let since = Instant::now();
        state.open.push(Open { id, class: Class::Unread, stream: Arc::clone(&stream), since, gives_way: false });
        drop(state);
        Some(Slot { slots: Arc::clone(self), id, stream })
    }

    /// Makes the oldest connection close its descriptor that came before `before` and is not read yet.
    pub(super) fn evict(&self, before: Instant) {
        let mut state = self.lock();
        let after = state.open.iter().find(|open| open.class == Class::Unread && open.since >= before);
        let id = after.map_or(u64::MAX, |open| open.id);
        state.evict(Class::Unread, id);
        drop(state);
        self.changed.notify_all();
    }

    /// Waits until there is room in `class` for the connection `id`; nothing at `end`, or when it has to give way itself: it was told to, or is older than all
    /// that are there.
    fn wait<'a>(
        &'a self,
        mut state: MutexGuard<'a, State>,
        class: Class,
        id: u64,
        end: Instant,
    ) -> Option<MutexGuard<'a, State>> {
        loop {
            if state.open.iter().any(|open| open.id == id && open.gives_way) {
                return None;
            }
            if state.has_room(class) {
                return Some(state);
            }
            if !state.evict(class, id) {
                return None;
            }
            // One that waits here for another class has to see it.
            self.changed.notify_all();
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The slot of one connection, free again when this is dropped.
pub(super) struct Slot {
    slots: Arc<Slots>,
    id: u64,
    stream: Arc<TcpStream>,
}

impl Slot {
    pub(super) fn stream(&self) -> &TcpStream {
        &self.stream
    }

    /// Goes on in another class, in the place of the oldest there if need be; false if that does not let go by `end`, or if this connection has to give way.
    pub(super) fn become_one(&self, class: Class, end: Instant) -> bool {
        let Some(mut state) = self.slots.wait(self.slots.lock(), class, self.id, end) else { return false };
        state.open.iter_mut().filter(|open| open.id == self.id).for_each(|open| open.class = class);
        drop(state);
        self.slots.changed.notify_all();
        true
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut state = self.slots.lock();
        state.open.retain(|open| open.id != self.id);
        drop(state);
        self.slots.changed.notify_all();
    }
}
