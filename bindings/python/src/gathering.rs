//! What Python calls to aggregate.

use basenji::client::MetricCall;
use basenji::core::client::line;
use basenji::core::wire::Tags;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::emitter::Emitter;
use crate::gathered::gathered;
use crate::plain::lock;

#[pymethods]
impl Emitter {
    /// The lines of what was aggregated, which is then forgotten.
    fn _take_gathered<'py>(&self, py: Python<'py>) -> Vec<Bound<'py, PyBytes>> {
        let entries = gathered(&self.gathered).take();
        let mut plain = lock(&self.plain);
        let mut lines = Vec::new();
        for entry in &entries {
            let tags: Vec<&[u8]> = entry.tags.iter().map(|tag| tag.as_bytes()).collect();
            entry.for_each(|value, sample_rate| {
                let call = MetricCall {
                    name: entry.name.as_bytes(),
                    kind: entry.kind,
                    value,
                    tags: Tags::List(&tags),
                    sample_rate,
                    timestamp: None,
                    cardinality: entry.cardinality.as_ref().map(|text| text.as_bytes()),
                };
                plain.counts.metrics += u64::from(plain.counts.telemetry);
                lines.extend(plain.with_line(
                    |dialect, identity, writer| line::metric(dialect, identity, &call, writer),
                    |_, _, _, line| PyBytes::new(py, line),
                ));
            });
        }
        lines
    }

    /// Whether something waits for the next flush.
    fn _holds_gathered(&self) -> bool {
        !gathered(&self.gathered).entries.is_empty()
    }

    /// Forgets what was aggregated.
    fn _forget_gathered(&self) {
        let entries = gathered(&self.gathered).take();
        drop(entries);
    }

    /// The most samples of a context; 0: samples are not aggregated.
    #[setter(_most_samples)]
    fn set_most_samples(&self, most: usize) {
        gathered(&self.gathered).most = most;
    }
}
