//! An emitter with a thread of its own: the hosted client behind `basenji.Client` and the fast profile.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use basenji::client::{Memory, container_id};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use crate::emitter::Emitter;
use crate::options::build;

/// The default timeout of a flush and of an end.
const CLOSE: Duration = Duration::from_secs(2);

/// The longest time limit, a day: what is longer is as good as none.
const LONGEST: f64 = 86400.0;

/// A time limit in seconds; less than none is none.
fn seconds_or(seconds: Option<f64>, default: Duration) -> Duration {
    seconds.map_or(default, |seconds| {
        Duration::from_secs_f64(if seconds.is_nan() { 0.0 } else { seconds.clamp(0.0, LONGEST) })
    })
}

/// The id of this process's container as the `c:` field has it.
#[pyfunction(name = "container_id")]
pub(crate) fn find_container_id() -> Option<String> {
    container_id("/".as_ref())
}

#[pymethods]
impl Emitter {
    /// Starts the client with these options, by name; those that are `None` have their defaults.
    ///
    /// With `handed` its datagrams are for `_take_datagrams`.
    #[pyo3(signature = (options, drop_in, handed = false))]
    fn _open(&self, options: &Bound<'_, PyDict>, drop_in: bool, handed: bool) -> PyResult<()> {
        self.own.store(!drop_in, Ordering::Relaxed);
        let handed = handed.then(|| self.handed.get_or_init(Memory::handed));
        let client = build(options, drop_in, &self.troubles, handed)?;
        let profile = options.get_item("profile")?;
        if !profile.is_some_and(|profile| profile.extract::<&str>().is_ok_and(|profile| profile == "plain")) {
            self.quick.open(client.clone());
        }
        self.client.store(Some(Arc::new(client)));
        Ok(())
    }

    /// The datagrams that wait for the program's own transport, after `timeout` seconds at most.
    fn _take_datagrams<'py>(&self, py: Python<'py>, timeout: f64) -> Vec<Bound<'py, PyBytes>> {
        let Some(handed) = self.handed.get() else { return Vec::new() };
        let datagrams = py.detach(|| {
            handed.wait_for(1, seconds_or(Some(timeout), Duration::ZERO));
            handed.take()
        });
        datagrams.iter().map(|datagram| PyBytes::new(py, datagram)).collect()
    }

    /// What was lost and why since the last time, as sentences.
    fn _take_troubles(&self) -> Vec<String> {
        self.troubles.take()
    }

    /// Whether the client has been started.
    fn _is_open(&self) -> bool {
        self.client.load().is_some()
    }

    /// Sends what was called before, waiting up to `timeout` seconds; whether nothing waits any more.
    fn _wait(&self, py: Python<'_>, timeout: Option<f64>) -> bool {
        let retired = self.retired.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let client = self.client.load_full();
        let end = Instant::now() + seconds_or(timeout, CLOSE);
        py.detach(|| {
            let left = || end.saturating_duration_since(Instant::now());
            // Each has its turn, also where one before has waited in vain.
            let mut sent = true;
            for client in retired.iter().chain(&client) {
                sent &= client.flush_within(left());
            }
            sent
        })
    }

    /// Ends the client: sends what was called before, for at most `timeout` seconds; whether all of it was sent.
    #[pyo3(signature = (timeout = None))]
    fn _close(&self, py: Python<'_>, timeout: Option<f64>) -> bool {
        self.quick.close();
        let retired = std::mem::take(&mut *self.retired.lock().unwrap_or_else(PoisonError::into_inner));
        let client = self.client.load_full();
        let end = Instant::now() + seconds_or(timeout, CLOSE);
        let left = || end.saturating_duration_since(Instant::now());
        py.detach(|| {
            let mut sent = true;
            for client in retired.iter().chain(&client) {
                sent &= client.close_within(left());
            }
            sent
        })
    }

    /// Has the next call start another client; what was called before is sent.
    fn _retire(&self, py: Python<'_>) {
        self.quick.close();
        if let Some(client) = self.client.swap(None) {
            py.detach(|| client.flush_within(CLOSE));
            self.retired.lock().unwrap_or_else(PoisonError::into_inner).push(client);
        }
    }

    /// Ends the clients that have been retired; their handles send nothing any more.
    fn _end_retired(&self, py: Python<'_>) {
        let retired = std::mem::take(&mut *self.retired.lock().unwrap_or_else(PoisonError::into_inner));
        py.detach(|| {
            for client in &retired {
                client.close_within(CLOSE);
            }
        });
    }

    /// What the client has counted: metrics, events, service checks, refused calls, then datagrams and bytes sent and dropped.
    fn _stats(&self) -> Option<[u64; 8]> {
        let counters = self.client.load_full()?.stats();
        let dropped = counters.dropped();
        Some([
            counters.metrics.total(),
            counters.events,
            counters.service_checks,
            counters.dropped_on_receive,
            counters.sent.packets,
            counters.sent.bytes,
            dropped.packets,
            dropped.bytes,
        ])
    }
}
