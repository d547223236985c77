//! An emitter with a thread of its own: the hosted client behind `basenji.Client` and the fast profile.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use basenji::client::{Client, Dialect, Profile, container_id};
use basenji::core::wire::Cardinality;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::emitter::Emitter;
use crate::error::error;

/// The id of this process's container as the `c:` field has it.
#[pyfunction(name = "container_id")]
pub(crate) fn find_container_id() -> Option<String> {
    container_id("/".as_ref())
}

#[pymethods]
impl Emitter {
    /// Starts the client; `address` is as `basenji.Client` takes it.
    #[pyo3(signature = (*, address, namespace, tags, flush_interval, payload, sample_rate, telemetry, telemetry_interval, telemetry_version, origin_detection, cardinality, drop_in, plain))]
    #[expect(clippy::too_many_arguments, reason = "each is an option of its own")]
    fn _open(
        &self,
        py: Python<'_>,
        address: Option<&str>,
        namespace: Option<&str>,
        tags: Vec<String>,
        flush_interval: f64,
        payload: usize,
        sample_rate: f64,
        telemetry: bool,
        telemetry_interval: f64,
        telemetry_version: Option<&str>,
        origin_detection: Option<bool>,
        cardinality: Option<&str>,
        drop_in: bool,
        plain: bool,
    ) -> PyResult<()> {
        let seconds = |name: &str, seconds: f64| {
            Duration::try_from_secs_f64(seconds)
                .map_err(|_| PyValueError::new_err(format!("{name} must be 0 or more seconds, not {seconds}")))
        };
        let mut builder = Client::builder()
            .profile(if plain { Profile::Plain } else { Profile::Fast })
            .flush_interval(seconds("flush_interval", flush_interval)?)
            .sample_rate(sample_rate)
            .telemetry(telemetry)
            .telemetry_interval(seconds("telemetry_interval", telemetry_interval)?)
            .telemetry_client("py", telemetry_version.unwrap_or(env!("CARGO_PKG_VERSION")));
        if let Some(address) = address {
            builder = builder.to(address).map_err(|refused| error(py, &refused.to_string(), None, None))?;
        }
        if let Some(namespace) = namespace.filter(|namespace| !namespace.is_empty()) {
            // The peer sets the dot whatever stands before it.
            let dot = if namespace.ends_with('.') && !drop_in { "" } else { "." };
            builder = builder.prefix(format!("{namespace}{dot}"));
        }
        if drop_in {
            builder = builder.dialect(Dialect { safe: true, ..Dialect::DATADOGPY });
        }
        if let Some(on) = origin_detection {
            builder = builder.origin_detection(on);
        }
        if let Some(text) = cardinality {
            let cardinality = Cardinality::parse(text.as_bytes()).ok_or_else(|| {
                PyValueError::new_err(format!("cardinality must be none, low, orchestrator or high, not '{text}'"))
            })?;
            builder = builder.cardinality(cardinality);
        }
        if payload > 0 {
            builder = builder.payload(payload);
        }
        let client = tags.into_iter().fold(builder, basenji::client::Builder::tag).build();
        let client = client.map_err(|refused| error(py, &refused.to_string(), None, None))?;
        if !plain {
            self.quick.open(client.clone());
        }
        self.client.store(Some(Arc::new(client)));
        Ok(())
    }

    /// Whether the client has been started.
    fn _is_open(&self) -> bool {
        self.client.load().is_some()
    }

    /// Sends what was called before, waiting up to `timeout` seconds; whether nothing waits any more.
    fn _wait(&self, py: Python<'_>, timeout: Option<f64>) -> bool {
        let Some(client) = self.client.load_full() else { return true };
        py.detach(|| match timeout.map(Duration::try_from_secs_f64) {
            Some(Ok(timeout)) => client.wait_for_pending(timeout),
            _ => client.flush(),
        })
    }

    /// Ends the client: sends what was called before, for a bounded time.
    fn _close(&self, py: Python<'_>) {
        self.quick.close();
        let retired = std::mem::take(&mut *self.retired.lock().unwrap_or_else(PoisonError::into_inner));
        let client = self.client.load_full();
        py.detach(|| retired.iter().chain(&client).for_each(|client| client.close()));
    }

    /// Has the next call start another client; what was called before is sent.
    fn _retire(&self, py: Python<'_>) {
        self.quick.close();
        if let Some(client) = self.client.swap(None) {
            py.detach(|| client.flush());
            self.retired.lock().unwrap_or_else(PoisonError::into_inner).push(client);
        }
    }

    /// Ends the clients that have been retired; their handles send nothing any more.
    fn _end_retired(&self, py: Python<'_>) {
        let retired = std::mem::take(&mut *self.retired.lock().unwrap_or_else(PoisonError::into_inner));
        py.detach(|| retired.iter().for_each(|client| client.close()));
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
