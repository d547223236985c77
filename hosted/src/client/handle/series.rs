//! A series: its text, and where its context was.

use std::fmt;
use std::sync::Arc;

use basenji_core::client::Value;
use basenji_core::wire::MetricKind;

use crate::client::gather::{Hints, Inner, Key};

/// A metric of any kind whose name and tags were looked up once. Cheap to clone, some 100 bytes and its text, and to call from many threads.
///
/// Its calls are those by name and keep their order among them, which other handles do not: a counter, a gauge or a sample handle gathers on its own
/// and is faster, above all where threads are many.
///
/// # Example
///
/// ```
/// use basenji::client::{Client, Environment, Memory, Value};
/// use basenji::core::wire::MetricKind;
///
/// let memory = Memory::new();
/// let to = memory.clone();
/// let builder = Client::builder().transport(move || Box::new(to.clone())).environment(Environment::default());
/// let client = builder.origin_detection(false).telemetry(false).build()?;
/// let queue = client.series(MetricKind::Gauge, "queue", &["page:home"]);
/// queue.call(Value::F64(7.5));
/// client.gauge("queue", 8.0, &["page:home"]);
/// queue.call(Value::I64(9));
/// client.flush();
/// assert_eq!(memory.lines(), ["queue:9|g|#page:home"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Series(Arc<Text>);

struct Text {
    client: Arc<Inner>,
    key: Key,
    hints: Hints,
}

impl Series {
    pub(crate) fn new(client: &Arc<Inner>, kind: MetricKind, name: &str, tags: &[&str]) -> Series {
        Series(Arc::new(Text { client: Arc::clone(client), key: Key::new(kind, name, tags), hints: Hints::new() }))
    }

    /// Makes a call, as by name.
    #[inline]
    pub fn call(&self, value: Value<'_>) {
        let Text { client, key, hints } = &*self.0;
        client.call_at(hints, key.texts(), value);
    }
}

impl fmt::Debug for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Series").field(&self.0.key).finish()
    }
}
