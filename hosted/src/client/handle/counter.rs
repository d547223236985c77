//! Counters: two numbers a lane, which only ever grow; what is new since the last flush is the difference.

use std::sync::Arc;

use basenji_core::client::Value;
use basenji_core::wire::MetricKind;

use super::count::Count;
use super::life::Life;
use crate::client::gather::{Gathered, Inner, Key, Sum, Take};
use crate::client::thread::Spread;

/// A counter whose name and tags were looked up once. Cheap to clone, and to call from many threads.
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
/// let visits = client.counter("visits", &["page:home"]);
/// visits.increment();
/// visits.add(2);
/// client.flush();
/// assert_eq!(memory.lines(), ["visits:3|c|#page:home"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Counter(Arc<Counts>);

impl Counter {
    pub(crate) fn new(client: &Arc<Inner>, name: &str, tags: &[&str]) -> Counter {
        let key = Key::new(MetricKind::Count, name, tags);
        let gathered = Arc::new(Counts {
            key,
            life: Life::new(client),
            lanes: Spread::new(),
            shared: Count::default(),
            flushed: Count::default(),
        });
        client.handles.enter(Arc::clone(&gathered) as Arc<dyn Gathered>);
        Counter(gathered)
    }

    /// Adds 1.
    #[inline]
    pub fn increment(&self) {
        self.add(1);
    }

    /// Subtracts 1.
    #[inline]
    pub fn decrement(&self) {
        self.add(-1);
    }

    /// Adds a whole number.
    #[inline]
    pub fn add(&self, value: i64) {
        self.0.life.check();
        match self.0.lanes.own() {
            Some(count) => count.add(value),
            None => self.0.shared.add_shared(value),
        }
    }
}

/// What a counter has gathered.
#[derive(Debug)]
struct Counts {
    key: Key,
    life: Life,
    lanes: Spread<Count>,
    /// What threads without a lane add to.
    shared: Count,
    /// The sum and the calls of all at the last flush; written by one flush at a time.
    flushed: Count,
}

impl Gathered for Counts {
    fn drain(&self, take: &mut Take<'_>) {
        let (new, new_calls) = self.flushed.since(self.lanes.iter().chain([&self.shared]));
        if new_calls > 0 || new != 0 {
            take(&self.key, Sum::One(Value::I64(new), new_calls));
        }
    }
}
