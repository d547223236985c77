//! A server that runs.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::change::Change;
use super::config::check_tags;
use super::error::StartError;
use super::flusher::Demand;
use super::monitor::Monitor;
use super::sink::SinkStats;
use super::socket::{ListenerKind, SocketFile};
use super::stats::Stats;
use crate::deadline::Deadline;
use crate::sys::Thread;

/// How long a stop waits for what the workers read and the flusher flushes: longer than that takes, unless code of the program that they call never returns.
const LAST_READING: Duration = Duration::from_secs(30);

/// Where a listener can be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// An address with its port, never port 0.
    Udp(SocketAddr),
    /// The path of a Unix socket.
    Path(PathBuf),
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Udp(address) => address.fmt(f),
            Address::Path(path) => path.display().fmt(f),
        }
    }
}

/// One listener of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Listener {
    /// What kind of socket it is.
    pub kind: ListenerKind,
    /// Where it can be reached.
    pub address: Address,
    /// The size of the kernel's buffer as the kernel tells it, for datagrams. Linux counts its own overhead in and so
    /// tells twice what was asked for; less means that the system's limit is lower (`net.core.rmem_max`).
    pub granted_buffer: Option<usize>,
}

/// A server that runs, until it is stopped or dropped. It belongs to the process that has started it: in a child of a `fork`, where it has no thread, all of
/// its methods and its [`Monitor`] do nothing and return at once.
pub struct Server {
    pub(super) listeners: Vec<Listener>,
    pub(super) monitor: Monitor,
    pub(super) running: Option<Running>,
}

/// The threads to end, in this order.
pub(super) struct Running {
    pub(super) files: Vec<SocketFile>,
    pub(super) threads: Vec<Thread>,
    /// Those that run code of the program, which may never return.
    pub(super) foreign: Vec<Thread>,
    /// How long these are waited for.
    pub(super) patience: Duration,
}

impl Server {
    /// Every listener, in the order in which they were given.
    pub fn listeners(&self) -> &[Listener] {
        &self.listeners
    }

    /// The port of the first UDP listener; 0 without one.
    pub fn port(&self) -> u16 {
        self.listeners.iter().find_map(|listener| listener.address.port()).unwrap_or(0)
    }

    /// What was counted so far. A worker publishes its counters after each batch.
    pub fn stats(&self) -> Stats {
        self.monitor.stats()
    }

    /// The counters of each sink, in the order in which the sinks were given.
    pub fn sinks(&self) -> Vec<SinkStats> {
        self.monitor.sinks()
    }

    /// A look into this server for other threads.
    pub fn monitor(&self) -> Monitor {
        self.monitor.clone()
    }

    /// Flushes now: reads what has arrived (for a second at most, if there is no end of it), hands the open buckets, too,
    /// to the sinks, and returns once each has taken them. What was sent before is in; what comes later in the same
    /// bucket makes another point with the same timestamp. For tests, and before something looks at a sink. A sink
    /// itself must not call this.
    pub fn flush(&self) {
        if let Some(number) = self.monitor.ask(Demand::Flush) {
            self.monitor.feeds.wait(number);
        }
    }

    /// Takes other tags and rules. What was received before this returns may still be recorded by the old ones,
    /// what is received later is not.
    ///
    /// # Errors
    ///
    /// - `BadTag`: no line of the protocol can carry a tag; nothing changes then.
    pub fn change(&self, change: Change) -> Result<(), StartError> {
        check_tags(&change.tags)?;
        self.monitor.ask(|done| Demand::Change(change, done));
        Ok(())
    }

    /// Turns senders away, reads what had come until then, flushes the open buckets, waits until the sinks have taken
    /// everything, for [`Config::stop_wait`](super::Config::stop_wait) at most, and returns what was counted. What a
    /// sink has not taken by then is counted as dropped in its [`SinkStats`]. Socket files are removed first. Where the
    /// system cannot turn senders away (it can on Linux), reads on for a second at most, and counts what it does not
    /// look at. A tap, a tagger, rules or a hook that does not return is waited for thirty seconds at most, and keeps its thread.
    pub fn stop(mut self) -> Stats {
        self.end();
        self.stats()
    }

    fn end(&mut self) {
        let Some(running) = self.running.take() else { return };
        if self.monitor.is_stale() {
            // Sockets, their files and the threads are the parent's.
            return std::mem::forget(running);
        }
        drop(running.files);
        // Without a flusher the server has been stopped already.
        let _ = self.monitor.demands.send(Demand::Stop);
        let deadline = Deadline::after(LAST_READING);
        for thread in running.threads {
            thread.join_by(deadline);
        }
        let deadline = Deadline::after(running.patience);
        self.monitor.feeds.end(deadline.instant());
        for thread in running.foreign {
            thread.join_by(deadline);
        }
    }
}

impl Address {
    fn port(&self) -> Option<u16> {
        match self {
            Address::Udp(address) => Some(address.port()),
            Address::Path(_) => None,
        }
    }
}

impl Drop for Server {
    /// As [`Server::stop`].
    fn drop(&mut self) {
        self.end();
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("listeners", &self.listeners).finish_non_exhaustive()
    }
}
