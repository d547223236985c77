//! The client of a handle.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use crate::client::gather::{Inner, Key, Sum};
use crate::sys::Process;

/// The client of a handle.
#[derive(Debug)]
pub(crate) struct Life {
    client: Weak<Inner>,
    /// The generation in which the handle was used last.
    generation: AtomicU64,
}

impl Life {
    pub(crate) fn new(client: &Arc<Inner>) -> Life {
        Life { client: Arc::downgrade(client), generation: AtomicU64::new(Process::generation()) }
    }

    /// Starts the client anew in the child of a fork, where otherwise nothing would flush it.
    #[inline]
    pub(crate) fn check(&self) {
        if self.generation.load(Ordering::Relaxed) != Process::generation() {
            self.renew();
        }
    }

    #[cold]
    fn renew(&self) {
        self.generation.store(Process::generation(), Ordering::Relaxed);
        if let Some(client) = self.client.upgrade() {
            client.state();
        }
    }

    /// Gives the client what there is no room for here; it is lost if the client is gone.
    pub(crate) fn take(&self, key: &Key, sum: Sum<'_>) {
        if let Some(client) = self.client.upgrade() {
            client.take(key, sum);
        }
    }
}
