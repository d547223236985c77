//! A look into a running server, from any thread.

use std::fmt;
use std::sync::{Arc, Weak};

use basenji_core::aggregate::Context;

use super::bucket::Bucket;
use super::feeds::Feeds;
use super::flusher::Demand;
use super::look::Fold;
use super::merger::Books;
use super::refusals::Refusals;
use super::sink::SinkStats;
use super::stats::{Published, Stats};
use crate::channel::{Sender, channel};
use crate::sys::Process;

/// Reads what a server has counted and what it knows, without its listeners noticing. Clones look into the same server;
/// once it has stopped, they see the final counters.
///
/// # Example
///
/// ```
/// use basenji::server::{MemorySink, Server};
///
/// let server = Server::builder().udp("127.0.0.1:0")?.start(MemorySink::default())?;
/// let client = std::net::UdpSocket::bind("127.0.0.1:0")?;
/// client.send_to(b"visits:1|c\nbad line", ("127.0.0.1", server.port()))?;
///
/// let monitor = server.monitor();
/// server.stop();
/// assert!(monitor.accounts().accounts().all(|account| account.is_balanced()));
/// assert_eq!(monitor.accounts().accounts().map(|account| account.shown).sum::<u64>(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Monitor {
    pub(super) published: Vec<Arc<Published>>,
    pub(super) feeds: Arc<Feeds>,
    pub(super) books: Arc<Books>,
    pub(super) demands: Sender<Demand>,
    /// One for each thread, which holds the other end while it runs.
    pub(super) alive: Vec<Weak<()>>,
    /// The process whose server it is.
    pub(super) generation: u64,
}

impl Monitor {
    /// What was counted so far. A worker publishes its counters after each batch.
    pub fn stats(&self) -> Stats {
        let mut sum = Stats::default();
        if self.is_stale() {
            return sum;
        }
        self.published.iter().for_each(|published| sum.add(&published.read()));
        self.feeds.count(&mut sum);
        sum
    }

    /// The counters of each sink, in the order in which the sinks were given.
    pub fn sinks(&self) -> Vec<SinkStats> {
        if self.is_stale() { Vec::new() } else { self.feeds.stats() }
    }

    /// What was counted up to the last flush, all of it at the same moment: of each kind
    /// `messages = shown + refused + skipped + filtered + waiting`, with `messages` and so on the fields of that name.
    pub fn accounts(&self) -> Stats {
        if self.is_stale() { Stats::default() } else { self.books.stats() }
    }

    /// Whose messages were refused: since the start, and in the last flush that had any.
    pub fn refusals(&self) -> [Refusals; 2] {
        if self.is_stale() { Default::default() } else { self.books.refusals() }
    }

    /// Whether every thread of the server runs.
    pub fn is_running(&self) -> bool {
        !self.is_stale() && self.alive.iter().all(|thread| thread.strong_count() > 0)
    }

    /// A copy of what the open buckets hold so far, which the sinks will get when they end; nothing if there are more
    /// than `most` series, or once the server has stopped. Workers hand over between two batches, as for a flush; a flush
    /// waits for the copy.
    pub fn peek(&self, most: usize) -> Option<Bucket> {
        self.ask(|answer| Demand::Peek(most, answer))?
    }

    /// Calls `each` with a value and every context that was known at the last flush, and returns the value; nothing once
    /// the server has stopped. It is done some contexts at a time, one such look after the other, so that neither sockets,
    /// a flush nor a stop wait for it. If there is a flush meanwhile, what it makes known or forgets may be missed.
    pub fn contexts<T: Send + 'static>(
        &self,
        value: T,
        each: impl FnMut(&mut T, &Context<'_>) + Send + 'static,
    ) -> Option<T> {
        self.ask(|answer| Demand::Look(Box::new(Fold { value, each, answer })))
    }

    /// What the flusher answers; nothing once the server has stopped.
    pub(super) fn ask<T>(&self, demand: impl FnOnce(Sender<T>) -> Demand) -> Option<T> {
        if self.is_stale() {
            return None;
        }
        let (answer, answered) = channel(1);
        self.demands.send(demand(answer)).ok()?;
        answered.recv()
    }

    /// Whether this is a child of the process whose server it is: it has none of its threads, and locks may be held for ever.
    pub(super) fn is_stale(&self) -> bool {
        self.generation != Process::generation()
    }
}

impl fmt::Debug for Monitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Monitor").field("is_running", &self.is_running()).finish_non_exhaustive()
    }
}
