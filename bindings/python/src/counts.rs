//! The numbers of an emitter that Python reads and sets.

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::datagram::{Datagram, Owner};
use crate::emitter::Emitter;
use crate::gate;
use crate::plain::{Counts, lock};

macro_rules! counts {
    ($($name:literal: $type:ty = $field:ident, $get:ident, $set:ident;)+) => {
        #[pymethods]
        impl Emitter {
            $(
                #[getter($name)]
                fn $get(&self) -> $type {
                    lock(&self.plain).counts.$field
                }

                #[setter($name)]
                fn $set(&self, value: $type) {
                    lock(&self.plain).counts.$field = value;
                }
            )+
        }
    };
}

counts! {
    "_telemetry": bool = telemetry, telemetry, set_telemetry;
    "_last_flush_time": f64 = last_report, last_report, set_last_report;
    "_telemetry_flush_interval": f64 = interval, interval, set_interval;
    "metrics_count": u64 = metrics, metrics, set_metrics;
    "events_count": u64 = events, events, set_events;
    "service_checks_count": u64 = service_checks, service_checks, set_service_checks;
    "packets_sent": u64 = packets, packets, set_packets;
    "bytes_sent": u64 = bytes, bytes, set_bytes;
    "packets_dropped_queue": u64 = packets_queue, packets_queue, set_packets_queue;
    "packets_dropped_writer": u64 = packets_writer, packets_writer, set_packets_writer;
    "packets_dropped_expired": u64 = packets_expired, packets_expired, set_packets_expired;
    "bytes_dropped_queue": u64 = bytes_queue, bytes_queue, set_bytes_queue;
    "bytes_dropped_writer": u64 = bytes_writer, bytes_writer, set_bytes_writer;
    "bytes_dropped_expired": u64 = bytes_expired, bytes_expired, set_bytes_expired;
}

#[pymethods]
impl Emitter {
    /// Counts a datagram of so many characters as sent, where telemetry is on, or as dropped: by the ``queue``, the ``writer``, or as ``expired``.
    ///
    /// Threads count at the same time: to read a number, add and set it would lose some.
    fn _count(&self, outcome: &str, characters: u64) {
        let counts = &mut lock(&self.plain).counts;
        let (packets, bytes) = match outcome {
            "sent" if counts.telemetry => (&mut counts.packets, &mut counts.bytes),
            "sent" => return,
            "queue" => (&mut counts.packets_queue, &mut counts.bytes_queue),
            "expired" => (&mut counts.packets_expired, &mut counts.bytes_expired),
            _ => (&mut counts.packets_writer, &mut counts.bytes_writer),
        };
        *packets += 1;
        *bytes += characters;
    }

    /// Counts an event or a service check, where telemetry is on.
    fn _count_call(&self, is_event: bool) {
        let counts = &mut lock(&self.plain).counts;
        if counts.telemetry {
            *(if is_event { &mut counts.events } else { &mut counts.service_checks }) += 1;
        }
    }

    /// Takes what was counted since the last report, at `now`: metrics, events, service checks, then datagrams and bytes sent, and datagrams
    /// and bytes dropped by the queue, by the writer, and as expired.
    fn _take_counts(&self, now: f64) -> [u64; 11] {
        let counts = &mut lock(&self.plain).counts;
        let taken = *counts;
        let (telemetry, interval) = (counts.telemetry, counts.interval);
        *counts = Counts { telemetry, interval, last_report: now, ..Counts::default() };
        taken.numbers()
    }

    /// The report of what was counted since the last one, at `now`, as `_written_report` writes it; if it is not sent, the counters are put back.
    fn _take_report<'py>(slf: &Bound<'py, Self>, now: f64) -> PyResult<Bound<'py, Datagram>> {
        let py = slf.py();
        let counts = slf.get()._take_counts(now);
        let written = gate::method(slf, pyo3::intern!(py, "_written_report"), (counts,));
        let report = written.and_then(|report| {
            let report = report.cast_into::<PyBytes>()?;
            Bound::new(py, Emitter::datagram(slf, report.as_bytes(), Some(counts)))
        });
        report.inspect_err(|_| slf.get()._put_back_counts(counts))
    }

    /// Puts back what was taken: the report has not arrived.
    fn _put_back_counts(&self, taken: [u64; 11]) {
        let counts = &mut lock(&self.plain).counts;
        let [metrics, events, checks, packets, bytes, rest @ ..] = taken;
        let [packets_queue, bytes_queue, packets_writer, bytes_writer, packets_expired, bytes_expired] = rest;
        counts.metrics += metrics;
        counts.events += events;
        counts.service_checks += checks;
        counts.packets += packets;
        counts.bytes += bytes;
        counts.packets_queue += packets_queue;
        counts.bytes_queue += bytes_queue;
        counts.packets_writer += packets_writer;
        counts.bytes_writer += bytes_writer;
        counts.packets_expired += packets_expired;
        counts.bytes_expired += bytes_expired;
    }
}

impl Owner for Py<Emitter> {
    fn count(&self, outcome: &str, characters: u64) {
        self.get()._count(outcome, characters);
    }

    fn put_back(&self, counts: [u64; 11]) {
        self.get()._put_back_counts(counts);
    }

    fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(self)
    }
}

impl Counts {
    /// Calls, then datagrams and bytes sent and dropped.
    fn numbers(&self) -> [u64; 11] {
        [
            self.metrics,
            self.events,
            self.service_checks,
            self.packets,
            self.bytes,
            self.packets_queue,
            self.bytes_queue,
            self.packets_writer,
            self.bytes_writer,
            self.packets_expired,
            self.bytes_expired,
        ]
    }
}
