//! The numbers of an emitter that Python reads and sets.

use pyo3::prelude::*;

use crate::emitter::Emitter;
use crate::plain::lock;

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
}
