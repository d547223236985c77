//! A queue and the thread that sends from it.
//!
//! What a user can rely on:
//! - [`Sender::push`] copies the datagram and returns: no system call but to wake a thread that sleeps, no wait for the
//!   network, no error for its faults;
//! - memory is [`SenderConfig::queue_bytes`] and one batch of at most 64 datagrams; in steady state nothing is allocated;
//! - a full socket is waited for, a lost connection is made again, and what was not sent by then is counted in
//!   [`SenderStats`], by reason: `pushed = sent + lost + pending`, at every moment;
//! - [`Sender::stop`], and dropping it, sends what waits, for a bounded time;
//! - while nothing is sent the thread sleeps.
//!
//! # Fork
//!
//! A child of `fork` has neither the thread nor a usable lock, and what waits belongs to the parent, which goes on to send
//! it. So in the child a sender is *stale* ([`Sender::is_stale`], one load): it takes nothing, waits for nothing and can be
//! dropped, without touching a lock. [`Sender::after_fork_child`] makes the child's own one, with an empty queue and a
//! connection of its own: nothing is sent twice, nothing is lost, and nobody has to wait before the fork.

mod config;
mod queue;
mod shared;
mod stats;
mod troubles;
mod worker;

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub use config::SenderConfig;
pub(crate) use queue::{Batch, Queue};
pub use queue::{Lifetime, Overflow};
pub use stats::{Lost, SenderStats, Tally, Trouble, TroubleHook};
pub use troubles::Troubles;

use super::transport::Transport;
use crate::deadline::Deadline;
use crate::sys::{Process, Thread};
use shared::Shared;

type Connect = dyn Fn() -> Box<dyn Transport> + Send + Sync;

/// A queue of datagrams and the thread that sends them.
///
/// ```
/// use std::time::Duration;
/// use basenji::client::{Lifetime, Memory, Sender, SenderConfig};
///
/// let memory = Memory::new();
/// let transport = memory.clone();
/// let sender = Sender::start(move || Box::new(transport.clone()), SenderConfig::default()).unwrap();
/// sender.push(b"page.views:1|c", Lifetime::Expires);
/// assert!(sender.wait_for_pending(Duration::from_secs(5)));
/// assert_eq!(memory.lines(), ["page.views:1|c"]);
/// ```
pub struct Sender {
    /// Always `Some`, until it is leaked in the child of a fork.
    live: Option<Live>,
    connect: Arc<Connect>,
    config: SenderConfig,
    generation: u64,
}

/// What belongs to the process that the sender was started in.
struct Live {
    shared: Arc<Shared>,
    thread: Thread,
}

impl Sender {
    /// Starts the thread, which calls `connect` once for its transport. A child of `fork` calls `connect` again.
    ///
    /// # Errors
    ///
    /// The system cannot start a thread.
    pub fn start(
        connect: impl Fn() -> Box<dyn Transport> + Send + Sync + 'static,
        config: SenderConfig,
    ) -> io::Result<Sender> {
        Process::watch();
        Sender::run(Arc::new(connect), config)
    }

    fn run(connect: Arc<Connect>, config: SenderConfig) -> io::Result<Sender> {
        let shared = Arc::new(Shared::new(&config));
        let worker = worker::Worker::new(Arc::clone(&shared), &config);
        let open = Arc::clone(&connect);
        let thread = Thread::start("basenji-sender", move || worker.run(|| open()))?;
        Ok(Sender { live: Some(Live { shared, thread }), connect, config, generation: Process::generation() })
    }

    /// Queues a copy of a datagram; returns whether the queue has taken it. A datagram that it has not taken is counted,
    /// unless the sender is stale. An empty datagram is not sent.
    pub fn push(&self, datagram: &[u8], lifetime: Lifetime) -> bool {
        let since = (lifetime == Lifetime::Expires).then(Instant::now);
        self.live().is_some_and(|live| datagram.is_empty() || live.shared.push(datagram, since))
    }

    /// Pushes, as what expires, what `each` hands to its argument; it must not push in another way meanwhile.
    pub(crate) fn push_all(&self, each: impl FnOnce(&mut dyn FnMut(&[u8]))) {
        let since = Some(Instant::now());
        match self.live() {
            Some(live) => live.shared.push_all(|push| {
                each(&mut |datagram| {
                    push(datagram, since);
                })
            }),
            None => each(&mut |_| ()),
        }
    }

    /// Waits, at most `timeout`, until the system has taken everything that was pushed before, or the rest is lost and
    /// counted; returns whether that is so. A stale sender has nothing that waits. In a hook, which runs on the thread that sends, it returns at once.
    pub fn wait_for_pending(&self, timeout: Duration) -> bool {
        self.wait_until(Deadline::after(timeout))
    }

    pub(crate) fn wait_until(&self, deadline: Deadline) -> bool {
        let Some(live) = self.live() else { return true };
        let deadline = if live.thread.is_current() { Deadline::after(Duration::ZERO) } else { deadline };
        live.shared.wait_for_pending(deadline)
    }

    /// The counters so far; those of a stale sender are 0.
    pub fn stats(&self) -> SenderStats {
        self.live().map(|live| live.shared.stats()).unwrap_or_default()
    }

    /// Sends what waits for at most `timeout`, and ends the thread; what is left is lost and counted, and so is what is
    /// pushed from now on. Returns whether nothing was left.
    ///
    /// It returns when `timeout` is over, whatever the transport and the [`SenderConfig::trouble`] hook do. A thread that is in one of
    /// them ends as soon as that returns; if it has sent a datagram after all, this counts as sent, and no longer as lost.
    pub fn stop(&self, timeout: Duration) -> bool {
        let Some(live) = self.live() else { return true };
        let deadline = Deadline::after(timeout);
        live.shared.stop_by(deadline.instant());
        live.thread.join_by(deadline);
        // The thread itself, in a hook, goes on until the time is over.
        if !live.thread.is_current() {
            live.shared.end();
        }
        live.shared.is_empty()
    }

    /// Whether this process is a child of the one that the sender was started in.
    pub fn is_stale(&self) -> bool {
        self.generation != Process::generation()
    }

    fn live(&self) -> Option<&Live> {
        self.live.as_ref().filter(|_| !self.is_stale())
    }

    /// A sender for a child of `fork`: the same destination and configuration, nothing that waits, a thread of its own.
    ///
    /// # Errors
    ///
    /// The system cannot start a thread.
    pub fn after_fork_child(&self) -> io::Result<Sender> {
        Sender::run(Arc::clone(&self.connect), self.config.clone())
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        if self.is_stale() {
            // Threads that do not exist here may hold its locks, and its own thread does not exist here either.
            std::mem::forget(self.live.take());
        } else {
            self.stop(self.config.stop_timeout);
        }
    }
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender")
            .field("config", &self.config)
            .field("is_stale", &self.is_stale())
            .finish_non_exhaustive()
    }
}
