//! Gauges: the last value, in one atomic word that a flush empties.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use basenji_core::client::Value;
use basenji_core::wire::MetricKind;

use super::life::Life;
use crate::client::gather::{Gathered, Inner, Key, Sum, Take};

/// A gauge whose name and tags were looked up once. Cheap to clone; a call stores one word.
///
/// # Example
///
/// ```
/// use basenji::client::{Client, Environment, Memory};
///
/// let memory = Memory::new();
/// let to = memory.clone();
/// let builder = Client::builder().transport(move || Box::new(to.clone())).environment(Environment::default());
/// let client = builder.origin_detection(false).telemetry(false).build()?;
/// let temperature = client.gauge_handle("temperature", &[]);
/// temperature.set(21.0);
/// temperature.set(21.5);
/// client.flush();
/// assert_eq!(memory.lines(), ["temperature:21.5|g"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Gauge(Arc<Last>);

impl Gauge {
    pub(crate) fn new(client: &Arc<Inner>, name: &str, tags: &[&str]) -> Gauge {
        let key = Key::new(MetricKind::Gauge, name, tags);
        let gathered = Arc::new(Last { key, life: Life::new(client), bits: AtomicU64::new(NONE) });
        client.handles.enter(Arc::clone(&gathered) as Arc<dyn Gathered>);
        Gauge(gathered)
    }

    /// Sets the value. One that is not finite is not sent.
    #[inline]
    pub fn set(&self, value: f64) {
        self.0.life.check();
        self.0.bits.store(value.to_bits(), Relaxed);
    }
}

/// The value set last.
#[derive(Debug)]
struct Last {
    key: Key,
    life: Life,
    bits: AtomicU64,
}

/// A NaN that stands for no value.
const NONE: u64 = u64::MAX;

impl Gathered for Last {
    fn drain(&self, take: &mut Take<'_>) {
        let bits = self.bits.swap(NONE, Relaxed);
        if bits != NONE {
            take(&self.key, Sum::One(Value::F64(f64::from_bits(bits)), 1));
        }
    }
}
