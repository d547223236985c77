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

mod shared;
mod stats;
mod worker;

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

pub use stats::{Lost, SenderStats, Tally, Trouble, TroubleHook};

use super::queue::{Lifetime, Overflow};
use super::sys;
use super::transport::Transport;
use shared::{Shared, Stopped};

/// How a [`Sender`] treats what waits.
#[derive(Debug, Clone)]
pub struct SenderConfig {
    /// Most bytes that wait: 1 MiB.
    pub queue_bytes: usize,
    /// What goes when they are too many: the oldest.
    pub overflow: Overflow,
    /// How long a datagram with [`Lifetime::Expires`] may wait, in the queue and at a socket that is full or gone: 10
    /// seconds; `None`: for ever.
    pub expiry: Option<Duration>,
    /// How long a full socket is waited for before the datagram that it does not take goes: a second.
    pub patience: Duration,
    /// How long dropping the sender waits for what is to be sent: a second.
    pub stop_timeout: Duration,
    /// Who is told of trouble.
    pub trouble: Option<TroubleHook>,
}

impl Default for SenderConfig {
    fn default() -> SenderConfig {
        SenderConfig {
            queue_bytes: 1 << 20,
            overflow: Overflow::DropOldest,
            expiry: Some(Duration::from_secs(10)),
            patience: Duration::from_secs(1),
            stop_timeout: Duration::from_secs(1),
            trouble: None,
        }
    }
}

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
    /// Always there; taken out only to be forgotten.
    live: Option<Live>,
    connect: Arc<Connect>,
    config: SenderConfig,
    generation: u64,
}

/// What belongs to the process that the sender was started in.
struct Live {
    shared: Arc<Shared>,
    worker: Mutex<Option<JoinHandle<()>>>,
}

impl Sender {
    /// Starts the thread, which calls `connect` once for its transport. A child of `fork` calls `connect` again.
    ///
    /// # Errors
    ///
    /// The system has no thread to give.
    pub fn start(
        connect: impl Fn() -> Box<dyn Transport> + Send + Sync + 'static,
        config: SenderConfig,
    ) -> io::Result<Sender> {
        sys::fork::watch();
        Sender::run(Arc::new(connect), config)
    }

    fn run(connect: Arc<Connect>, config: SenderConfig) -> io::Result<Sender> {
        let shared = Arc::new(Shared::new(&config));
        let worker = worker::Worker::new(Arc::clone(&shared), &config);
        let (thread, open) = (std::thread::Builder::new().name("basenji-sender".to_owned()), Arc::clone(&connect));
        let thread = sys::without_signals(|| thread.spawn(move || worker.run(|| open())))?;
        Ok(Sender {
            live: Some(Live { shared, worker: Mutex::new(Some(thread)) }),
            connect,
            config,
            generation: sys::fork::generation(),
        })
    }

    /// Queues a copy of a datagram; returns whether it was let in. One that is not is counted, unless the sender is stale.
    /// An empty one is nothing to send.
    pub fn push(&self, datagram: &[u8], lifetime: Lifetime) -> bool {
        let since = (lifetime == Lifetime::Expires).then(Instant::now);
        self.live().is_some_and(|live| datagram.is_empty() || live.shared.push(datagram, since))
    }

    /// Pushes, as what expires, what `each` hands to its argument; it must not push in another way meanwhile.
    pub(in crate::client) fn push_all(&self, each: impl FnOnce(&mut dyn FnMut(&[u8]))) {
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

    /// Waits until everything that was pushed before is with the system, or lost and counted, at most `timeout`; returns
    /// whether it is. A stale sender has nothing that waits.
    pub fn wait_for_pending(&self, timeout: Duration) -> bool {
        self.live().is_none_or(|live| live.shared.wait_for_pending(timeout))
    }

    /// What has happened until now; of a stale sender nothing is known.
    pub fn stats(&self) -> SenderStats {
        self.live().map(|live| live.shared.stats()).unwrap_or_default()
    }

    /// Sends what waits for at most `timeout`, and ends the thread; what is left is lost and counted, and so is what is
    /// pushed from now on. Returns whether nothing was left.
    ///
    /// It returns at the latest a quarter of a second after `timeout`, whatever the transport does; only a
    /// [`SenderConfig::trouble`] that is being told is waited for.
    pub fn stop(&self, timeout: Duration) -> bool {
        let Some(live) = self.live() else { return true };
        let stopped = live.shared.stop(timeout);
        if stopped != Stopped::Running {
            let worker = live.worker.lock().unwrap_or_else(PoisonError::into_inner).take();
            // A hook may stop the sender on whose thread it runs.
            if let Some(worker) = worker.filter(|worker| worker.thread().id() != std::thread::current().id()) {
                let _ = worker.join();
            }
        }
        stopped == Stopped::Empty
    }

    /// Whether this process is a child of the one that the sender was started in.
    pub fn is_stale(&self) -> bool {
        self.generation != sys::fork::generation()
    }

    fn live(&self) -> Option<&Live> {
        self.live.as_ref().filter(|_| !self.is_stale())
    }

    /// A sender for a child of `fork`: the same destination and configuration, nothing that waits, a thread of its own.
    ///
    /// # Errors
    ///
    /// The system has no thread to give.
    pub fn after_fork_child(&self) -> io::Result<Sender> {
        Sender::run(Arc::clone(&self.connect), self.config.clone())
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        if self.is_stale() {
            // Its locks may be held by threads that do not exist, and its thread is not one that could be let go.
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
