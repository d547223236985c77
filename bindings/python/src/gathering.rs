//! What Python calls to aggregate.

use std::collections::VecDeque;

use basenji::client::MetricCall;
use basenji::core::client::line;
use basenji::core::wire::Tags;
use pyo3::prelude::*;

use crate::datagram::Datagram;
use crate::emitter::Emitter;
use crate::gathered::gathered;
use crate::plain::lock;

#[pymethods]
impl Emitter {
    /// Writes the lines of what was aggregated, which is then forgotten; `_next_gathered` gives them.
    fn _write_gathered(&self) {
        let entries = gathered(&self.gathered).take();
        let mut lines = VecDeque::new();
        let mut plain = lock(&self.plain);
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
                    |_, _, _, line| line.to_vec(),
                ));
            });
        }
        drop(plain);
        gathered(&self.gathered).lines.append(&mut lines);
    }

    /// The next line that a flush has written or, where lines are buffered, the next full datagram; None if there is none.
    fn _next_gathered(slf: &Bound<'_, Self>) -> Option<Datagram> {
        loop {
            let line = gathered(&slf.get().gathered).lines.pop_front()?;
            let buffered = &mut lock(&slf.get().plain).buffered;
            let packet = if buffered.on { buffered.keep(&line, false) } else { Some(line) };
            if let Some(packet) = packet {
                return Some(Emitter::datagram(slf, &packet, None));
            }
        }
    }

    /// Whether something waits for the next flush.
    fn _holds_gathered(&self) -> bool {
        let gathered = gathered(&self.gathered);
        !gathered.entries.is_empty() || !gathered.lines.is_empty()
    }

    /// Forgets what was aggregated.
    fn _forget_gathered(&self) {
        let mut gathered = gathered(&self.gathered);
        gathered.lines.clear();
        let entries = gathered.take();
        drop(gathered);
        drop(entries);
    }

    /// The most samples of a context; 0: samples are not aggregated.
    #[setter(_most_samples)]
    fn set_most_samples(&self, most: usize) {
        gathered(&self.gathered).most = most;
    }
}
