//! A server that runs.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread::JoinHandle;

use super::builder::Builder;
use super::config::check_tags;
use super::error::StartError;
use super::flusher::Demand;
use super::monitor::Monitor;
use super::rules::Rules;
use super::socket::ListenerKind;
#[cfg(unix)]
use super::socket::SocketFile;
use super::stats::Stats;

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

/// What can be changed while a server runs.
#[derive(Clone, Default)]
pub struct Change {
    /// As [`Config::tags`](super::Config::tags).
    pub tags: Vec<String>,
    /// As [`Builder::rules`].
    pub rules: Option<Arc<dyn Rules>>,
}

/// A server that runs, until it is stopped or dropped.
pub struct Server {
    pub(super) listeners: Vec<Listener>,
    pub(super) monitor: Monitor,
    pub(super) running: Option<Running>,
}

/// What there is to be ended, in this order.
pub(super) struct Running {
    #[cfg(unix)]
    pub(super) files: Vec<SocketFile>,
    pub(super) threads: Vec<JoinHandle<()>>,
}

impl Server {
    /// A server to be, with the settings of [`Config::default`](super::Config::default).
    pub fn builder() -> Builder {
        Builder::default()
    }

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

    /// A look into this server for other threads.
    pub fn monitor(&self) -> Monitor {
        self.monitor.clone()
    }

    /// Flushes now: reads what has arrived (for a second at most, if there is no end of it), hands the open buckets, too,
    /// to the sink, and returns once the sink has taken them. What was sent before is in; what comes later in the same
    /// bucket makes another point with the same timestamp. For tests, and before something looks at the sink. The sink
    /// itself must not call this.
    pub fn flush(&self) {
        let (demand, answer) = channel();
        if self.monitor.demands.send(Demand::Flush(demand)).is_ok()
            && let Ok(number) = answer.recv()
        {
            self.monitor.outlet.wait(number);
        }
    }

    /// Goes on with other tags and rules. What was received before this returns may still be recorded by the old ones,
    /// what is received later is not.
    ///
    /// # Errors
    ///
    /// - `BadTag`: no line of the protocol can carry a tag; nothing changes then.
    pub fn change(&self, change: Change) -> Result<(), StartError> {
        check_tags(&change.tags)?;
        let (done, answer) = channel();
        if self.monitor.demands.send(Demand::Change(change, done)).is_ok() {
            let _ = answer.recv();
        }
        Ok(())
    }

    /// Reads what has arrived (for a second at most, if there is no end of it), flushes the open buckets, waits until
    /// the sink has taken everything, and returns what was counted. Socket files are removed first.
    pub fn stop(mut self) -> Stats {
        self.end();
        self.stats()
    }

    fn end(&mut self) {
        let Some(running) = self.running.take() else { return };
        #[cfg(unix)]
        drop(running.files);
        // Without a flusher there is nobody to stop.
        let _ = self.monitor.demands.send(Demand::Stop);
        for thread in running.threads {
            let _ = thread.join();
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
