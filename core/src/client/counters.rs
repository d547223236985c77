//! A client's counters since its start; readable at any time.

use crate::wire::MetricKind;

/// A number for each kind of metric.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ByKind([u64; MetricKind::ALL.len()]);

impl ByKind {
    /// The number of a kind.
    pub fn get(&self, kind: MetricKind) -> u64 {
        self.0.get(kind as usize).copied().unwrap_or_default()
    }

    /// Adds to the number of a kind.
    #[inline]
    pub fn add(&mut self, kind: MetricKind, count: u64) {
        if let Some(number) = self.0.get_mut(kind as usize) {
            *number = number.wrapping_add(count);
        }
    }

    /// The sum over all kinds.
    pub fn total(&self) -> u64 {
        self.0.iter().fold(0, |sum, number| sum.wrapping_add(*number))
    }

    fn since(&self, earlier: &ByKind) -> ByKind {
        let mut numbers = self.0;
        for (number, earlier) in numbers.iter_mut().zip(earlier.0) {
            *number = number.wrapping_sub(earlier);
        }
        ByKind(numbers)
    }
}

/// What a client has done since its start. Lines of [telemetry](super::Telemetry) are not counted as metrics.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Calls for metrics, before sampling and aggregation.
    pub metrics: ByKind,
    /// Calls for events.
    pub events: u64,
    /// Calls for service checks.
    pub service_checks: u64,
    /// Calls that were not taken: refused, or without room for them.
    pub dropped_on_receive: u64,
    /// Datagrams that the transport took, and their bytes.
    pub sent: Traffic,
    /// Datagrams that a queue had no room for.
    pub dropped_queue: Traffic,
    /// Datagrams that the transport did not take.
    pub dropped_writer: Traffic,
    /// Contexts that a flush of the aggregation handed out.
    pub aggregated_contexts: ByKind,
}

impl Counters {
    /// Datagrams that were dropped, for whatever reason.
    pub fn dropped(&self) -> Traffic {
        Traffic {
            packets: self.dropped_queue.packets.wrapping_add(self.dropped_writer.packets),
            bytes: self.dropped_queue.bytes.wrapping_add(self.dropped_writer.bytes),
        }
    }

    /// The difference between these counters and `earlier` ones.
    pub fn since(&self, earlier: &Counters) -> Counters {
        Counters {
            metrics: self.metrics.since(&earlier.metrics),
            events: self.events.wrapping_sub(earlier.events),
            service_checks: self.service_checks.wrapping_sub(earlier.service_checks),
            dropped_on_receive: self.dropped_on_receive.wrapping_sub(earlier.dropped_on_receive),
            sent: self.sent.since(earlier.sent),
            dropped_queue: self.dropped_queue.since(earlier.dropped_queue),
            dropped_writer: self.dropped_writer.since(earlier.dropped_writer),
            aggregated_contexts: self.aggregated_contexts.since(&earlier.aggregated_contexts),
        }
    }
}

/// Datagrams and their bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traffic {
    /// How many datagrams.
    pub packets: u64,
    /// How many bytes they have together.
    pub bytes: u64,
}

impl Traffic {
    /// Counts one datagram.
    #[inline]
    pub fn count(&mut self, datagram: &[u8]) {
        self.packets = self.packets.wrapping_add(1);
        self.bytes = self.bytes.wrapping_add(datagram.len() as u64);
    }

    fn since(&self, earlier: Traffic) -> Traffic {
        Traffic { packets: self.packets.wrapping_sub(earlier.packets), bytes: self.bytes.wrapping_sub(earlier.bytes) }
    }
}
