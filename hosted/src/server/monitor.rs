//! A look into a running server, from any thread.

use std::fmt;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Weak};

use basenji_core::aggregate::Context;

use super::flusher::Demand;
use super::outlet::Outlet;
use super::stats::{Published, Stats};

/// Reads what a server has counted and what it knows, without its listeners noticing. Clones look into the same server;
/// once it has stopped, they see what it has come to.
#[derive(Clone)]
pub struct Monitor {
    pub(super) published: Vec<Arc<Published>>,
    pub(super) outlet: Arc<Outlet>,
    pub(super) demands: Sender<Demand>,
    /// One for each thread, which holds the other end while it runs.
    pub(super) alive: Vec<Weak<()>>,
}

impl Monitor {
    /// What was counted so far. A worker publishes its counters after each batch.
    pub fn stats(&self) -> Stats {
        let mut sum = Stats::default();
        self.published.iter().for_each(|published| sum.add(&published.read()));
        self.outlet.count(&mut sum);
        sum
    }

    /// Whether every thread of the server runs.
    pub fn is_running(&self) -> bool {
        self.alive.iter().all(|thread| thread.strong_count() > 0)
    }

    /// Calls `look` with the contexts that were known at the last flush, and returns what it returns; nothing once the
    /// server has stopped. Sockets are read meanwhile, but a flush waits, so `look` should not take longer than it must.
    pub fn contexts<T: Send + 'static>(
        &self,
        look: impl FnOnce(&mut dyn Iterator<Item = Context<'_>>) -> T + Send + 'static,
    ) -> Option<T> {
        let (answer, answered) = channel();
        let look = Box::new(move |contexts: &mut dyn Iterator<Item = Context<'_>>| {
            // Whoever has asked may be gone.
            let _ = answer.send(look(contexts));
        });
        self.demands.send(Demand::Look(look)).ok()?;
        answered.recv().ok()
    }
}

impl fmt::Debug for Monitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Monitor").field("is_running", &self.is_running()).finish_non_exhaustive()
    }
}
