//! Events and service checks.

use basenji::client::{CheckCall, EventCall, with_tags};
use basenji::core::client::line;
use basenji::core::wire::Tags;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

use crate::emitter::Emitter;
use crate::gate;
use crate::plain::lock;
use crate::values::{self, Held, optional};

/// The optional text arguments in the order of the methods below.
type Optional<'py> = Option<Bound<'py, PyString>>;

fn bytes<'a>(text: &'a Optional<'_>) -> PyResult<Option<&'a [u8]>> {
    text.as_ref().map(|text| text.to_str().map(str::as_bytes)).transpose()
}

#[pymethods]
impl Emitter {
    /// The line of an event; `None` if it is on its way.
    #[pyo3(signature = (title, message, alert_type, aggregation_key, source_type_name, date_happened, priority, tags, hostname, cardinality))]
    #[expect(clippy::too_many_arguments, reason = "they are those of the peer's method")]
    fn _event<'py>(
        &self,
        title: &Bound<'py, PyAny>,
        message: &Bound<'py, PyAny>,
        alert_type: &Bound<'py, PyAny>,
        aggregation_key: &Bound<'py, PyAny>,
        source_type_name: &Bound<'py, PyAny>,
        date_happened: &Bound<'py, PyAny>,
        priority: &Bound<'py, PyAny>,
        tags: &Bound<'py, PyAny>,
        hostname: &Bound<'py, PyAny>,
        cardinality: Option<&str>,
    ) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let py = title.py();
        let timestamp = if gate::is_true(date_happened)? { Some(values::timestamp(date_happened)?) } else { None };
        let (alert_type, aggregation_key) = (optional(alert_type)?, optional(aggregation_key)?);
        let (source_type, priority, hostname) = (optional(source_type_name)?, optional(priority)?, optional(hostname)?);
        let call = EventCall {
            title: values::text(title, "title")?.as_bytes(),
            text: values::text(message, "message")?.as_bytes(),
            // Seconds are whole, whichever way they are given.
            timestamp: timestamp.as_ref().map(Held::value).transpose()?,
            hostname: bytes(&hostname)?,
            aggregation_key: bytes(&aggregation_key)?,
            priority: bytes(&priority)?,
            source_type: bytes(&source_type)?,
            alert_type: bytes(&alert_type)?,
            tags: Tags::NONE,
            cardinality: cardinality.map(str::as_bytes),
        };
        let tags = values::tags(tags, self.is_own())?;
        values::with_texts(&tags, |tags| match &*self.client.load() {
            Some(client) => {
                with_tags(tags, |tags| client.event(&EventCall { tags, ..call }));
                None
            }
            None => {
                let tags: Vec<&[u8]> = tags.iter().map(|tag| tag.as_bytes()).collect();
                let call = EventCall { tags: Tags::List(&tags), ..call };
                let mut plain = lock(&self.plain);
                plain.with_line(
                    |dialect, identity, writer| line::event(dialect, identity, &call, writer),
                    |_, _, _, line| PyBytes::new(py, line),
                )
            }
        })
    }

    /// The line of a service check; `None` if it is on its way.
    #[pyo3(signature = (check_name, status, tags, timestamp, cardinality, hostname, message))]
    #[expect(clippy::too_many_arguments, reason = "they are those of the peer's method")]
    fn _service_check<'py>(
        &self,
        check_name: &Bound<'py, PyAny>,
        status: &Bound<'py, PyAny>,
        tags: &Bound<'py, PyAny>,
        timestamp: &Bound<'py, PyAny>,
        cardinality: Option<&str>,
        hostname: &Bound<'py, PyAny>,
        message: &Bound<'py, PyAny>,
    ) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let py = status.py();
        let time = if gate::is_true(timestamp)? { Some(Held::of(timestamp)?) } else { None };
        let (name, status, hostname) = (gate::str(check_name)?, Held::of(status)?, optional(hostname)?);
        let message = if message.is_none() { "" } else { values::text(message, "message")? };
        let call = CheckCall {
            name: name.to_str()?.as_bytes(),
            status: status.value()?,
            timestamp: time.as_ref().map(Held::value).transpose()?,
            hostname: bytes(&hostname)?,
            message: Some(message.as_bytes()),
            tags: Tags::NONE,
            cardinality: cardinality.map(str::as_bytes),
        };
        let tags = values::tags(tags, self.is_own())?;
        values::with_texts(&tags, |tags| match &*self.client.load() {
            Some(client) => {
                with_tags(tags, |tags| client.service_check(&CheckCall { tags, ..call }));
                None
            }
            None => {
                let tags: Vec<&[u8]> = tags.iter().map(|tag| tag.as_bytes()).collect();
                let call = CheckCall { tags: Tags::List(&tags), ..call };
                let mut plain = lock(&self.plain);
                plain.with_line(
                    |dialect, identity, writer| line::check(dialect, identity, &call, writer),
                    |_, _, _, line| PyBytes::new(py, line),
                )
            }
        })
    }

    /// Writes one metric that has been aggregated, or that comes from `_report`; whether it was sent or deliberately was not.
    #[pyo3(signature = (metric, metric_type, value, tags, sample_rate, timestamp=None, sampling=true, cardinality=None))]
    #[expect(clippy::too_many_arguments, reason = "they are those of the peer's method")]
    fn _report<'py>(
        slf: &Bound<'py, Self>,
        metric: &Bound<'py, PyAny>,
        metric_type: &str,
        value: &Bound<'py, PyAny>,
        tags: &Bound<'py, PyAny>,
        sample_rate: &Bound<'py, PyAny>,
        timestamp: Option<&Bound<'py, PyAny>>,
        sampling: bool,
        cardinality: Option<&str>,
    ) -> PyResult<bool> {
        let kind = basenji::core::wire::MetricKind::from_code(metric_type.as_bytes());
        let Some(kind) = kind.filter(|_| !value.is_none()) else { return Ok(true) };
        let call = crate::emitter::Call {
            kind,
            name: metric,
            value: Held::of(value)?,
            tags: values::tags(tags, slf.get().is_own())?,
            rate: if sample_rate.is_none() { None } else { Some(values::rate(sample_rate)?) },
            timestamp: timestamp.map(values::timestamp).transpose()?,
            cardinality,
            sampling,
        };
        Emitter::metric(slf, &call)
    }
}
