//! Every handle of every client of this process, so that a flush and a fork can find them.
//!
//! The list is locked across a fork, which is what makes it usable in the child. There the handles forget what had come before: the parent
//! sends that. The lock is held for work in memory only, so a fork waits for nothing else.

#[cfg(unix)]
use std::cell::RefCell;
#[cfg(unix)]
use std::sync::Once;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::handle::Registered;
use super::state::Inner;

/// Handles, with the number of their client, and the clients.
struct Registry {
    handles: Vec<(u64, Registered)>,
    clients: Vec<Weak<Inner>>,
}

static REGISTRY: Mutex<Registry> = Mutex::new(Registry { handles: Vec::new(), clients: Vec::new() });

/// Enters a client, which is flushed when the process ends.
pub(super) fn enter_client(client: &Arc<Inner>) {
    watch();
    let mut registry = registry();
    registry.clients.retain(|client| client.strong_count() > 0);
    registry.clients.push(Arc::downgrade(client));
}

/// Enters a handle of the client with this number.
pub(super) fn enter(client: u64, handle: Registered) {
    registry().handles.push((client, handle));
}

/// Calls `drain` for each handle of a client, and lets go of those that nobody else holds.
pub(super) fn drain(client: u64, mut drain: impl FnMut(&Registered)) {
    registry().handles.retain(|(owner, handle)| {
        if *owner != client {
            return true;
        }
        // Asked before, so that what a holder adds last is still taken.
        let dropped = handle.is_dropped();
        drain(handle);
        !dropped
    });
}

/// Lets go of the handles of a client that is gone.
pub(super) fn leave(client: u64) {
    registry().handles.retain(|(owner, _)| *owner != client);
}

fn registry() -> MutexGuard<'static, Registry> {
    REGISTRY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Flushes all clients of this process.
#[cfg(unix)]
extern "C" fn at_exit() {
    let clients: Vec<_> = registry().clients.iter().filter_map(Weak::upgrade).collect();
    for client in clients {
        // A panic must not unwind into the C library; there is nobody left to tell.
        let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| client.close()));
        // It may be the last reference, to a client whose threads run on.
        std::mem::forget(client);
    }
}

#[cfg(unix)]
thread_local! {
    /// The lock, from just before a fork of this thread to just after it.
    static HELD: RefCell<Option<MutexGuard<'static, Registry>>> = const { RefCell::new(None) };
}

/// Has forks find the handles, and the end of the process the clients.
fn watch() {
    #[cfg(unix)]
    {
        extern "C" fn before() {
            let guard = registry();
            let _ = HELD.try_with(|held| *held.borrow_mut() = Some(guard));
        }
        extern "C" fn in_parent() {
            let _ = HELD.try_with(|held| held.borrow_mut().take());
        }
        extern "C" fn in_child() {
            let _ = HELD.try_with(|held| {
                if let Some(registry) = held.borrow_mut().take() {
                    registry.handles.iter().for_each(|(_, handle)| handle.forget());
                }
            });
        }
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            super::sys::fork::around(before, in_parent, in_child);
            super::sys::at_exit(at_exit);
        });
    }
}
