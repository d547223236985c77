//! What is true of the process as a whole: how often it has forked, who lives in it, and that it ends.
//!
//! After `fork` a child has one thread, and locks in whatever state they were. A value that was made in generation `n` and is used in another one
//! belongs to the parent: its locks must not be taken and its threads do not exist. `pthread_atfork` keeps count, so that asking costs one load, where
//! asking for the process's number would cost a system call; a child made past the C library (a bare `clone`) is not noticed.
//!
//! Every use of a list that a child needs holds [`FORKS`] shared, and a fork holds it alone: so a child finds the lists whole, with no change half
//! made. Under that lock runs nothing but this crate's own code, in memory.

mod per_process;

#[cfg(unix)]
use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};
#[cfg(unix)]
use std::sync::{Once, RwLockWriteGuard};
use std::time::Duration;

pub(crate) use per_process::PerProcess;

use crate::deadline::Deadline;
use crate::lock::lock;

/// The number of this process's generation.
static GENERATION: AtomicU64 = AtomicU64::new(0);

/// Held shared while a list is used, and alone from just before a fork to just after it.
static FORKS: RwLock<()> = RwLock::new(());

/// What is to be closed when the process ends, and is told in the child of a fork.
static MEMBERS: Mutex<Vec<Weak<dyn Member>>> = Mutex::new(Vec::new());

/// What lives until the process ends, and in the children of its forks: a client.
pub(crate) trait Member: Send + Sync {
    /// Drops what waits, in the child of a fork, since the parent sends it. It must touch no lock but those that are held with [`Process::without_fork`].
    #[cfg_attr(not(unix), allow(dead_code))]
    fn forget(&self);

    /// How long the end of the process may wait for it.
    fn longest_close(&self) -> Duration;

    /// Hands on what it has, at the end of the process.
    fn begin_to_close(self: Arc<Self>, deadline: Deadline);

    /// Waits until that is sent.
    fn finish_to_close(self: Arc<Self>, deadline: Deadline);
}

/// This process.
pub(crate) struct Process;

impl Process {
    /// The number of its generation; a child's differs from its parent's once [`Process::watch`] was called in the parent.
    #[inline]
    pub(crate) fn generation() -> u64 {
        GENERATION.load(Ordering::Relaxed)
    }

    /// Enters what is told of forks and closed at the end.
    pub(crate) fn enter(member: Weak<dyn Member>) {
        Process::watch();
        Process::without_fork(|| {
            let mut members = lock(&MEMBERS);
            members.retain(|member| member.strong_count() > 0);
            members.push(member);
        });
    }

    /// Calls `work` while no thread forks.
    pub(crate) fn without_fork<T>(work: impl FnOnce() -> T) -> T {
        let _none = FORKS.read().unwrap_or_else(PoisonError::into_inner);
        work()
    }

    /// Closes all members, within `timeout` or within the longest of their times; it does not unwind.
    pub(crate) fn close_members(timeout: Option<Duration>) {
        let members: Vec<_> = Process::without_fork(|| lock(&MEMBERS).iter().filter_map(Weak::upgrade).collect());
        let close = || {
            let longest = members.iter().map(|member| member.longest_close()).max().unwrap_or_default();
            let deadline = Deadline::after(timeout.unwrap_or(longest));
            // Each hands on what it has before any of them is waited for.
            members.iter().for_each(|member| Arc::clone(member).begin_to_close(deadline));
            members.iter().for_each(|member| Arc::clone(member).finish_to_close(deadline));
        };
        // A panic must not unwind into the C library; there is nobody left to tell.
        let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(close));
        // One may be the last reference, to a client whose threads run on.
        std::mem::forget(members);
    }

    /// Counts forks from now on, and closes the members at the end.
    pub(crate) fn watch() {
        #[cfg(unix)]
        {
            static ONCE: Once = Once::new();
            // SAFETY: the handlers are functions that live as long as this code, and do not panic; around a fork they use what `FORKS` guards, and an
            // atomic number.
            ONCE.call_once(|| unsafe {
                libc::pthread_atfork(Some(before_fork), Some(after_fork_in_parent), Some(after_fork_in_child));
                libc::atexit(at_exit);
            });
        }
    }
}

#[cfg(unix)]
thread_local! {
    /// The lock, from just before a fork of this thread to just after it.
    static HELD: RefCell<Option<RwLockWriteGuard<'static, ()>>> = const { RefCell::new(None) };
}

#[cfg(unix)]
extern "C" fn before_fork() {
    let guard = FORKS.write().unwrap_or_else(PoisonError::into_inner);
    let _ = HELD.try_with(|held| *held.borrow_mut() = Some(guard));
}

#[cfg(unix)]
extern "C" fn after_fork_in_parent() {
    let _ = HELD.try_with(|held| held.borrow_mut().take());
}

#[cfg(unix)]
extern "C" fn after_fork_in_child() {
    GENERATION.fetch_add(1, Ordering::Relaxed);
    let _ = HELD.try_with(|held| {
        if let Some(_held) = held.borrow_mut().take() {
            // Not the last reference: another thread of the parent holds one that is never given back.
            lock(&MEMBERS).iter().filter_map(Weak::upgrade).for_each(|member| member.forget());
        }
    });
}

#[cfg(unix)]
extern "C" fn at_exit() {
    Process::close_members(None);
}
