//! What the live page shows: a history of the last buckets, in memory, for as long as a page is open.
//!
//! It promises: while no page is open, a bucket costs one reading of a clock; while one is, memory stays within a budget
//! of bytes; whatever is received is shown as text; the sockets never wait for the page.

mod list;
mod names;
mod pages;
mod refused;
mod series;
mod shown;
mod store;
mod tap;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use basenji::server::{Amount, Bucket, Monitor, Sink};
use serde_json::Value;

pub(crate) use pages::{new_token, pages, refusal};
pub(crate) use refused::Refused;
pub(crate) use shown::Live;
pub(crate) use tap::Tap;

use crate::search::Search;
use crate::sink::{Health, Installed, Row, SinkAccount, State};
use list::Sort;
use series::{Ask, Gauges};
use store::Store;

/// How long the history is filled after the last request of a page.
const PATIENCE: Duration = Duration::from_secs(600);

/// How old a copy of the open buckets may be: so much, and so much more for each series that is in it. To copy one takes less
/// than a hundredth of that.
const FRESH: Duration = Duration::from_millis(100);
const FRESH_EACH: Duration = Duration::from_micros(50);

/// The most series of which open buckets are copied: the copy stops the flusher for some milliseconds.
const MOST_COPIED: usize = 20_000;

/// The most lines of a chart.
const MOST_LINES: usize = 20;

/// The most rows of a list.
const MOST_ROWS: usize = 1000;

/// Settings of a history.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    /// Bytes that it may take.
    pub(crate) budget: usize,
    /// Seconds of a bucket.
    pub(crate) interval: u32,
    /// Whether it is kept while no page is open.
    pub(crate) always: bool,
}

/// The history, shared by the sink that fills it and the page that reads it.
pub(crate) struct History {
    settings: Settings,
    start: Instant,
    store: Mutex<Store>,
    /// Milliseconds after the start until which it is filled.
    wanted_until: AtomicU64,
    /// Milliseconds after the start from which the open buckets are to be copied again.
    copy_from: AtomicU64,
    /// Messages that had come when they were copied last.
    copied: AtomicU64,
    is_empty: AtomicBool,
    /// Whether there were too many series for a copy.
    is_too_much: AtomicBool,
    /// Whether it is filled, for the server, which then keeps the bins of histograms.
    is_wanted: Arc<AtomicBool>,
    account: SinkAccount,
}

impl History {
    pub(crate) fn new(settings: Settings) -> Arc<History> {
        Arc::new(History {
            settings,
            start: Instant::now(),
            store: Mutex::new(Store::new(settings.budget, settings.interval.into())),
            wanted_until: AtomicU64::new(0),
            copy_from: AtomicU64::new(0),
            copied: AtomicU64::new(u64::MAX),
            is_empty: AtomicBool::new(true),
            is_too_much: AtomicBool::new(false),
            is_wanted: Arc::new(AtomicBool::new(settings.always)),
            account: SinkAccount::default(),
        })
    }

    /// Whether it is filled.
    pub(crate) fn is_wanted(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.is_wanted)
    }

    /// The sink that fills it.
    pub(crate) fn install(self: &Arc<History>) -> Installed {
        let (sink, health) = (Box::new(Filling(Arc::clone(self))), Arc::clone(self) as _);
        Installed { name: "page", sink, health, looks: None }
    }

    /// Marks that a page is open, and brings the open buckets up to date.
    pub(crate) fn look(&self, monitor: &Monitor) {
        let now = self.millis();
        self.wanted_until.store(now + millis(PATIENCE), Ordering::Relaxed);
        self.is_wanted.store(true, Ordering::Relaxed);
        let due = self.copy_from.load(Ordering::Relaxed);
        let messages = monitor.stats().messages.total();
        if now < due || messages == self.copied.load(Ordering::Relaxed) {
            return;
        }
        // Of several requests at the same time one makes the copy.
        let later = now + millis(FRESH);
        if self.copy_from.compare_exchange(due, later, Ordering::Relaxed, Ordering::Relaxed).is_err() {
            return;
        }
        let mut fresh = FRESH;
        let open = monitor.peek(MOST_COPIED);
        self.is_too_much.store(open.is_none(), Ordering::Relaxed);
        if let Some(bucket) = open {
            fresh += FRESH_EACH * u32::try_from(bucket.series().len()).unwrap_or(u32::MAX);
            self.is_empty.store(false, Ordering::Relaxed);
            self.store().push_open(&bucket);
        }
        self.copied.store(messages, Ordering::Relaxed);
        self.copy_from.store(self.millis() + millis(fresh), Ordering::Relaxed);
    }

    /// The metrics that fit.
    pub(crate) fn metrics(&self, query: &str, sort: Option<&str>, limit: usize) -> Value {
        let sort = sort.and_then(Sort::parse).unwrap_or(Sort::Name);
        list::metrics(&self.store(), &Search::parse(query), sort, limit.min(MOST_ROWS))
    }

    /// Everything about one metric.
    pub(crate) fn metric(&self, parameter: impl Fn(&str) -> Option<String>) -> Value {
        let text = |name| parameter(name).unwrap_or_default();
        let (name, kind, by) = (text("name"), text("kind"), text("by"));
        let ask = Ask {
            name: &name,
            kind: &kind,
            query: Search::parse(&text("match")),
            by: Some(by.as_str()).filter(|by| !by.is_empty()),
            top: text("top").parse().unwrap_or(8).clamp(1, MOST_LINES),
            gauges: match text("gauges").as_str() {
                "sum" => Gauges::Sum,
                "max" => Gauges::Largest,
                _ => Gauges::Average,
            },
            by_samples: text("order") == "samples",
            since: text("since").parse().unwrap_or_default(),
        };
        series::metric(&self.store(), &ask)
    }

    /// What has the most series.
    pub(crate) fn cardinality(&self, limit: usize) -> Value {
        list::cardinality(&self.store(), limit.min(MOST_ROWS))
    }

    /// Events and service checks after `since`.
    pub(crate) fn said(&self, since: u64) -> Value {
        list::said(&self.store(), since, MOST_ROWS)
    }

    /// Messages of each bucket, and what the history takes.
    pub(crate) fn totals(&self) -> Value {
        let store = self.store();
        let messages: Vec<_> = store.slots.iter().map(|slot| [slot.time, slot.messages]).collect();
        serde_json::json!({"interval": store.interval, "filling": store.is_filling, "messages": messages,
            "series": store.names.len(), "bytes": store.bytes(), "left_out": store.left_out,
            "open_shown": !self.is_too_much.load(Ordering::Relaxed), "buckets": store.slots.len()})
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn millis(&self) -> u64 {
        millis(self.start.elapsed())
    }

    fn take(&self, bucket: &Bucket) {
        let amount = Amount::of(bucket);
        self.account.take(amount);
        self.account.deliver(amount);
        if self.settings.always || self.millis() < self.wanted_until.load(Ordering::Relaxed) {
            self.is_empty.store(false, Ordering::Relaxed);
            self.store().push(bucket);
        } else if !self.is_empty.swap(true, Ordering::Relaxed) {
            // No page is open any more: the memory is freed.
            self.is_wanted.store(false, Ordering::Relaxed);
            *self.store() = Store::new(self.settings.budget, self.settings.interval.into());
        }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl Health for History {
    fn rows(&self) -> Vec<Row> {
        vec![Row { target: String::new(), state: State::Ok, tally: self.account.look() }]
    }
}

/// Fills a history.
struct Filling(Arc<History>);

impl Sink for Filling {
    fn bucket(&mut self, bucket: &Arc<Bucket>) {
        self.0.take(bucket);
    }
}
