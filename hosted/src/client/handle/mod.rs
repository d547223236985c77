//! Metrics resolved once: a name and tags looked up beforehand, so that a call touches no string, takes no lock and shares no cache line.
//!
//! A handle gathers on its own, a lane a thread; the client takes from it what has come whenever it flushes. Handles may outlive the client;
//! then nobody takes anything any more.

mod count;
mod counter;
mod gauge;
mod ring;
mod samples;

pub use counter::Counter;
pub use gauge::Gauge;
pub use samples::SampleHandle;

pub(super) use counter::Counts;
pub(super) use gauge::Last;
pub(super) use samples::Rings;

use std::sync::atomic::{self, AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use basenji_core::wire::{Metric, MetricKind, OriginFields, Tags, Values};

use super::state::Inner;
use super::sys::fork;

/// The client of a handle.
#[derive(Debug)]
pub(super) struct Life {
    client: Weak<Inner>,
    /// The generation in which the handle was used last.
    generation: AtomicU64,
}

impl Life {
    pub(super) fn new(client: &Arc<Inner>) -> Life {
        Life { client: Arc::downgrade(client), generation: AtomicU64::new(fork::generation()) }
    }

    /// Has the client go on in the child of a fork, where nothing would be flushed otherwise.
    #[inline]
    fn check(&self) {
        if self.generation.load(Ordering::Relaxed) != fork::generation() {
            self.renew();
        }
    }

    #[cold]
    fn renew(&self) {
        self.generation.store(fork::generation(), Ordering::Relaxed);
        if let Some(client) = self.client.upgrade() {
            client.state();
        }
    }

    /// Gives the client what cannot wait here; nobody takes it when the client is gone.
    fn record(&self, metric: &Metric<'_>, calls: u64) {
        if let Some(client) = self.client.upgrade() {
            client.record(metric, calls);
        }
    }
}

/// The name and the tags of a handle.
#[derive(Debug)]
pub(super) struct Key {
    kind: MetricKind,
    name: Box<[u8]>,
    /// Joined by commas.
    tags: Box<[u8]>,
}

impl Key {
    pub(super) fn new(kind: MetricKind, name: &[u8], tags: &[&str]) -> Key {
        // A comma would make two tags of one.
        let tag = |tag: &&str| tag.replace(',', "_");
        let tags = tags.iter().map(tag).collect::<Vec<_>>().join(",");
        Key { kind, name: name.into(), tags: tags.into_bytes().into() }
    }

    pub(super) fn metric<'a>(&'a self, values: Values<'a>) -> Metric<'a> {
        Metric {
            name: &self.name,
            kind: self.kind,
            values,
            sample_rate: 1.0,
            tags: Tags::Text(&self.tags),
            timestamp: None,
            origin: OriginFields::NONE,
        }
    }
}

/// A handle as its client knows it.
#[derive(Debug, Clone)]
pub(super) enum Registered {
    Counter(Arc<Counts>),
    Gauge(Arc<Last>),
    Samples(Arc<Rings>),
}

impl Registered {
    /// Hands what has come to `record`, with the number of calls.
    pub(super) fn drain(&self, record: &mut dyn FnMut(&Metric<'_>, u64)) {
        match self {
            Registered::Counter(counts) => counts.drain(record),
            Registered::Gauge(last) => last.drain(record),
            Registered::Samples(rings) => rings.drain(record),
        }
    }

    /// Forgets what has come: in the child of a fork, it is the parent's to send.
    #[cfg(unix)]
    pub(super) fn forget(&self) {
        self.drain(&mut |_, _| ());
    }

    /// Whether nobody else holds the handle any more.
    pub(super) fn is_dropped(&self) -> bool {
        match self {
            Registered::Counter(counts) => Arc::strong_count(counts) == 1,
            Registered::Gauge(last) => Arc::strong_count(last) == 1,
            Registered::Samples(rings) => Arc::strong_count(rings) == 1,
        }
    }
}
