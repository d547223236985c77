//! The counters of a client.

use basenji_core::client::Counters;

/// What a client has done in this process since it was made, or an emitter.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct bj_client_counters {
    /// Calls for metrics; those of a `bj_metric` count when they are flushed.
    pub metrics: u64,
    /// Calls for events.
    pub events: u64,
    /// Calls for service checks.
    pub service_checks: u64,
    /// Calls that were not taken: a line that cannot be written, or without room.
    pub dropped_on_receive: u64,
    /// Datagrams that the system took.
    pub packets_sent: u64,
    /// Their bytes.
    pub bytes_sent: u64,
    /// Datagrams that the queue had no room for.
    pub packets_dropped_queue: u64,
    /// Their bytes.
    pub bytes_dropped_queue: u64,
    /// Datagrams that the system did not take.
    pub packets_dropped_writer: u64,
    /// Their bytes.
    pub bytes_dropped_writer: u64,
    /// Contexts that flushes have sent.
    pub aggregated_contexts: u64,
}

impl From<&Counters> for bj_client_counters {
    fn from(counters: &Counters) -> Self {
        bj_client_counters {
            metrics: counters.metrics.total(),
            events: counters.events,
            service_checks: counters.service_checks,
            dropped_on_receive: counters.dropped_on_receive,
            packets_sent: counters.sent.packets,
            bytes_sent: counters.sent.bytes,
            packets_dropped_queue: counters.dropped_queue.packets,
            bytes_dropped_queue: counters.dropped_queue.bytes,
            packets_dropped_writer: counters.dropped_writer.packets,
            bytes_dropped_writer: counters.dropped_writer.bytes,
            aggregated_contexts: counters.aggregated_contexts.total(),
        }
    }
}
