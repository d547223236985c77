//! The recorder of the `metrics` facade: a [`Client`] sends what programs and libraries count with its macros.
//!
//! Counters become counts, gauges gauges, histograms distributions, and labels tags; a label without a value is a tag without a colon.
//! Units and descriptions are not sent. Names and labels are looked up at each macro, and once for a handle that is kept.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use metrics::{CounterFn, GaugeFn, HistogramFn, Key, KeyName, Metadata, SetRecorderError, SharedString, Unit};

use super::client::Client;
use super::handle::{Counter, Gauge, SampleHandle};

/// Most metrics of a kind whose handles are kept; beyond them each macro makes its own, where a gauge starts at 0.
const KEPT: usize = 10_000;

/// A [`Client`] as a recorder of the `metrics` facade.
///
/// ```
/// use basenji::client::{Client, Recorder};
///
/// let client = Client::builder().to("udp://127.0.0.1:8125")?.build()?;
/// Recorder::new(client).install()?;
/// metrics::counter!("visits", "page" => "home").increment(1);
/// metrics::gauge!("temperature").set(21.5);
/// metrics::histogram!("render", "page" => "home").record(12.5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Recorder {
    client: Client,
    counters: Registered<Counts>,
    gauges: Registered<Level>,
    histograms: Registered<Distribution>,
}

impl Recorder {
    /// A recorder that sends by `client`, whose clones can be used beside it, to flush for example.
    #[must_use]
    pub fn new(client: Client) -> Recorder {
        Recorder {
            client,
            counters: Registered::default(),
            gauges: Registered::default(),
            histograms: Registered::default(),
        }
    }

    /// Makes this the recorder of the process. The recorder is never dropped then: what waits at the end of the process is sent by
    /// [`Client::flush`] or by the end itself.
    ///
    /// # Errors
    ///
    /// The process has a recorder already.
    pub fn install(self) -> Result<(), Box<SetRecorderError<Recorder>>> {
        metrics::set_global_recorder(self).map_err(Box::new)
    }
}

impl metrics::Recorder for Recorder {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> metrics::Counter {
        metrics::Counter::from_arc(
            self.counters.get(key, |name, tags| Counts {
                counter: self.client.counter(name, tags),
                absolute: AtomicU64::new(0),
            }),
        )
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> metrics::Gauge {
        metrics::Gauge::from_arc(
            self.gauges
                .get(key, |name, tags| Level { gauge: self.client.gauge_handle(name, tags), value: Mutex::new(0.0) }),
        )
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> metrics::Histogram {
        metrics::Histogram::from_arc(
            self.histograms.get(key, |name, tags| Distribution(self.client.distribution_handle(name, tags))),
        )
    }
}

/// The handles of one kind.
#[derive(Debug)]
struct Registered<T>(RwLock<HashMap<Key, Arc<T>>>);

impl<T> Default for Registered<T> {
    fn default() -> Registered<T> {
        Registered(RwLock::default())
    }
}

impl<T> Registered<T> {
    /// The handle of a key, made by `make` from its name and tags the first time.
    fn get(&self, key: &Key, make: impl FnOnce(&str, &[&str]) -> T) -> Arc<T> {
        if let Some(known) = self.0.read().unwrap_or_else(PoisonError::into_inner).get(key) {
            return Arc::clone(known);
        }
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.get(key) {
            return Arc::clone(known);
        }
        let tags: Vec<String> = key
            .labels()
            .map(|label| match label.value() {
                "" => label.key().to_owned(),
                value => format!("{}:{value}", label.key()),
            })
            .collect();
        let tags: Vec<&str> = tags.iter().map(String::as_str).collect();
        let made = Arc::new(make(key.name(), &tags));
        if known.len() < KEPT {
            known.insert(key.clone(), Arc::clone(&made));
        }
        made
    }
}

#[derive(Debug)]
struct Counts {
    counter: Counter,
    /// The highest total that was told; what is added is the difference.
    absolute: AtomicU64,
}

impl CounterFn for Counts {
    fn increment(&self, value: u64) {
        self.counter.add(i64::try_from(value).unwrap_or(i64::MAX));
    }

    fn absolute(&self, value: u64) {
        let before = self.absolute.fetch_max(value, Relaxed);
        if value > before {
            self.increment(value - before);
        }
    }
}

#[derive(Debug)]
struct Level {
    gauge: Gauge,
    /// Locked until the gauge is set, so that the last change is the one that is sent.
    value: Mutex<f64>,
}

impl Level {
    fn change(&self, to: impl FnOnce(f64) -> f64) {
        let mut value = self.value.lock().unwrap_or_else(PoisonError::into_inner);
        *value = to(*value);
        self.gauge.set(*value);
    }
}

impl GaugeFn for Level {
    fn increment(&self, value: f64) {
        self.change(|before| before + value);
    }

    fn decrement(&self, value: f64) {
        self.change(|before| before - value);
    }

    fn set(&self, value: f64) {
        self.change(|_| value);
    }
}

#[derive(Debug)]
struct Distribution(SampleHandle);

impl HistogramFn for Distribution {
    fn record(&self, value: f64) {
        self.0.record(value);
    }
}
