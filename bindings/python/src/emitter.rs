//! `Emitter`: the native half of a client. A Python class inherits from it, has the options, and does what is rare.
//!
//! It is one of two: `Plain` writes the peer's lines and sends each, with Python's help where the socket is not its own; a `Client` of the hosted
//! crate aggregates, packs and sends in the background.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use arc_swap::ArcSwapOption;
use basenji::client::{Client, Dialect, Memory, MetricCall, Troubles, Value, with_tags};
use basenji::core::client::{Rates, line};
use basenji::core::wire::{MetricKind, Tags};
use pyo3::exceptions::{PyOSError, PyUnicodeEncodeError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyTuple};

use crate::datagram::{Datagram, characters};
use crate::direct::{Direct, Sent};
use crate::forks::generation;
use crate::gate;
use crate::gathered::Gathered;
use crate::plain::{Plain, lock};
use crate::quick::Quick;
use crate::turns::Held as InHand;
use crate::values::{self, Held};

/// The native half of a client.
#[pyclass(subclass, frozen, module = "basenji._basenji")]
pub(crate) struct Emitter {
    pub(crate) plain: Mutex<Plain>,
    /// What the plain client aggregates.
    pub(crate) gathered: Mutex<Gathered>,
    pub(crate) client: ArcSwapOption<Client>,
    /// Clients that were changed for others; handles of them go on.
    pub(crate) retired: Mutex<Vec<Arc<Client>>>,
    /// Calls of the client that were made before.
    pub(crate) quick: Quick,
    /// The [`generation`] of the process that what waits belongs to.
    process: AtomicU32,
    /// Whether it is of `basenji.Client`, which need not look like another one.
    pub(crate) own: AtomicBool,
    /// What was lost and why, if the client keeps troubles.
    pub(crate) troubles: Arc<Troubles>,
    /// The datagrams that the program's own transport is to send.
    pub(crate) handed: OnceLock<Memory>,
}

/// One call for a metric, as Python has it.
pub(crate) struct Call<'a, 'py> {
    pub(crate) kind: MetricKind,
    pub(crate) name: &'a Bound<'py, PyAny>,
    pub(crate) value: Held<'py>,
    pub(crate) tags: values::Tags<'py>,
    pub(crate) rate: Option<f64>,
    pub(crate) timestamp: Option<Held<'py>>,
    pub(crate) cardinality: Option<&'a str>,
    /// Whether the call is to be sampled; a call that was sampled before is always sent.
    pub(crate) sampling: bool,
}

impl Emitter {
    /// Whether it is of `basenji.Client`.
    pub(crate) fn is_own(&self) -> bool {
        self.own.load(Ordering::Relaxed)
    }

    /// Makes a call on the hosted client, which aggregates it.
    #[inline]
    fn gather(&self, client: &Client, call: &Call<'_, '_>) -> PyResult<()> {
        let name = values::text(call.name, "metric")?;
        let (value, timestamp) = (call.value.value()?, call.timestamp.as_ref().map(Held::value).transpose()?);
        let sample_rate = call.rate.unwrap_or_else(|| client.sample_rate());
        let cardinality = call.cardinality.map(str::as_bytes);
        values::with_texts(&call.tags, |tags| {
            if let (MetricKind::Gauge, Value::F64(value), None, None) = (call.kind, value, timestamp, cardinality) {
                // The call remembers where the gauge's context was.
                return client.gauge(name, value, tags);
            }
            let name = name.as_bytes();
            with_tags(tags, |tags| {
                let metric = MetricCall { name, kind: call.kind, value, tags, sample_rate, timestamp, cardinality };
                if call.sampling { client.metric(&metric) } else { client.sampled_metric(&metric) }
            });
        })
    }

    /// Writes a call's line and sends it; whether it was sent or deliberately was not.
    #[inline]
    fn send(slf: &Bound<'_, Emitter>, call: &Call<'_, '_>) -> PyResult<bool> {
        let name = values::text(call.name, "metric")?;
        let (value, timestamp) = (call.value.value()?, call.timestamp.as_ref().map(Held::value).transpose()?);
        let is_timestamped =
            timestamp.is_some_and(is_positive) && matches!(call.kind, MetricKind::Count | MetricKind::Gauge);
        let sample_rate = call.rate.unwrap_or_else(|| lock(&slf.get().plain).default_rate);
        if call.sampling && sample_rate != 1.0 && !Rates::AllButOne.keeps(sample_rate, draw(slf.py())?) {
            return Ok(true);
        }
        slf.get().look_around(slf)?;
        let mut plain = lock(&slf.get().plain);
        let cardinality = call.cardinality.map(str::as_bytes);
        let sent = values::with_texts(&call.tags, |tags| {
            let mut few: [&[u8]; 16] = [b""; 16];
            let many: Vec<&[u8]>;
            let tags = match few.get_mut(..tags.len()) {
                Some(few) => {
                    few.iter_mut().zip(tags).for_each(|(slot, tag)| *slot = tag.as_bytes());
                    &*few
                }
                None => {
                    many = tags.iter().map(|tag| tag.as_bytes()).collect();
                    &many
                }
            };
            let tags = Tags::List(tags);
            let call =
                MetricCall { name: name.as_bytes(), kind: call.kind, value, tags, sample_rate, timestamp, cardinality };
            plain.with_line(
                |dialect, identity, writer| line::metric(dialect, identity, &call, writer),
                |direct, counts, buffered, line| match direct {
                    None if buffered.on => match buffered.keep(line, is_timestamped) {
                        None => Sent::Yes { report: false },
                        Some(packet) => Sent::Full(packet, buffered.in_hand.take()),
                    },
                    None => Sent::Handed(line.to_vec()),
                    Some(direct) => match direct.send(line) {
                        Ok(_) => {
                            if counts.telemetry {
                                counts.packets += 1;
                                counts.bytes += characters(line);
                            }
                            Sent::Yes { report: counts.is_due() }
                        }
                        Err(error) => {
                            counts.packets_writer += 1;
                            counts.bytes_writer += characters(line);
                            Sent::No(error, line.to_vec())
                        }
                    },
                },
            )
        })?;
        drop(plain);
        let py = slf.py();
        match sent {
            None => Ok(false),
            Some(Sent::Yes { report: false }) => Ok(true),
            Some(Sent::Yes { report: true }) => {
                gate::method(slf, pyo3::intern!(py, "_report_telemetry"), ()).map(|_| true)
            }
            Some(Sent::Full(packet, number)) => {
                let datagram = Bound::new(py, Emitter::datagram(slf, &packet, None))?;
                gate::is_true(&Emitter::in_hand(slf, number, || {
                    gate::method(slf, pyo3::intern!(py, "_queue_or_send"), (datagram, is_timestamped))
                })?)
            }
            Some(Sent::Handed(line)) => {
                let line = PyBytes::new(py, &line);
                slf.get().look_around(slf)?;
                gate::is_true(&gate::method(slf, pyo3::intern!(py, "_send"), (line, is_timestamped))?)
            }
            Some(Sent::No(error, line)) => {
                let line = PyBytes::new(py, &line);
                gate::method(slf, pyo3::intern!(py, "_send_failed"), (os_error(&error), line)).map(|_| false)
            }
        }
    }

    /// A datagram that this one counts; with the counters that it reports, if it is a report.
    pub(crate) fn datagram(slf: &Bound<'_, Emitter>, packet: &[u8], report: Option<[u64; 11]>) -> Datagram {
        Datagram::of(slf.py(), Box::new(slf.clone().unbind()), packet, report)
    }

    /// Calls `work` while the thread has something in hand by this number; tells afterwards what there is to complain about.
    pub(crate) fn in_hand<'py>(
        slf: &Bound<'py, Emitter>,
        number: u64,
        work: impl FnOnce() -> PyResult<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let held = InHand::begin();
        let outcome = work();
        lock(&slf.get().plain).buffered.in_hand.let_go(number);
        drop(held);
        let outcome = outcome?;
        gate::method(slf, pyo3::intern!(slf.py(), "_tell"), ())?;
        Ok(outcome)
    }

    /// Before what waits in Python is touched: in a child of whose fork Python was not told, as in uWSGI's, it is the parent's to send.
    pub(crate) fn look_around(&self, slf: &Bound<'_, Emitter>) -> PyResult<()> {
        if self._is_inherited() {
            gate::method(slf, pyo3::intern!(slf.py(), "post_fork_child"), ())?;
        }
        Ok(())
    }

    /// Makes a call for a metric; whether it was sent or deliberately was not.
    #[inline]
    pub(crate) fn metric(slf: &Bound<'_, Emitter>, call: &Call<'_, '_>) -> PyResult<bool> {
        let emitter = slf.get();
        let done = match &*emitter.client.load() {
            Some(client) => emitter.gather(client, call).map(|()| true),
            None => {
                if let Some(cardinality) = call.cardinality.filter(|text| !is_cardinality(text)) {
                    gate::method(slf, pyo3::intern!(slf.py(), "_odd_cardinality"), (cardinality,))?;
                }
                {
                    let mut plain = lock(&emitter.plain);
                    if !plain.enabled {
                        return Ok(true);
                    }
                    if plain.counts.telemetry {
                        plain.counts.metrics += 1;
                    }
                }
                Emitter::send(slf, call)
            }
        };
        match done.map_err(|error| gate::settled(slf.py(), error)) {
            Err(error) if error.is_instance_of::<PyUnicodeEncodeError>(slf.py()) => {
                gate::method(slf, pyo3::intern!(slf.py(), "_refused"), (error.value(slf.py()),)).map(|_| false)
            }
            done => done,
        }
    }
}

/// A number from Python's own generator, so that a program that seeds it knows which calls are sent.
#[cold]
fn draw(py: Python<'_>) -> PyResult<f64> {
    gate::float(&gate::call(&gate::import(py, "random", "random")?, &PyTuple::empty(py))?)
}

/// The `OSError` with its number and the system's text, by which Python makes the right one of its classes.
#[cold]
fn os_error(error: &std::io::Error) -> PyErr {
    let (number, text) = (error.raw_os_error(), error.to_string());
    // Rust repeats the number behind the text.
    let text = text.split(" (os error").next().unwrap_or_default().to_owned();
    PyOSError::new_err((number, text))
}

/// Whether a timestamp is one that is written.
pub(crate) fn is_positive(time: Value<'_>) -> bool {
    match time {
        Value::I64(time) => time > 0,
        Value::U64(time) => time > 0,
        Value::F64(time) => time > 0.0,
        Value::Text(text) => !text.is_empty(),
        Value::Samples(_) => false,
    }
}

pub(crate) fn is_cardinality(text: &str) -> bool {
    ["none", "low", "orchestrator", "high"].contains(&text)
}

#[pymethods]
impl Emitter {
    #[new]
    #[pyo3(signature = (*_arguments, **_options))]
    fn new(_arguments: &Bound<'_, PyTuple>, _options: Option<&Bound<'_, PyDict>>) -> Self {
        Emitter {
            plain: Plain::new(),
            gathered: Mutex::default(),
            client: ArcSwapOption::empty(),
            retired: Mutex::default(),
            quick: Quick::new(),
            process: AtomicU32::new(generation()),
            own: AtomicBool::new(false),
            troubles: Arc::default(),
            handed: OnceLock::new(),
        }
    }

    #[getter]
    fn namespace(&self) -> Option<String> {
        let prefix = &lock(&self.plain).prefix;
        prefix.strip_suffix('.').map(str::to_owned)
    }

    #[setter]
    fn set_namespace(&self, namespace: Option<&str>) {
        let namespace = namespace.filter(|text| !text.is_empty());
        lock(&self.plain).prefix = namespace.map_or_else(String::new, |text| format!("{text}."));
    }

    #[getter]
    fn default_sample_rate(&self) -> f64 {
        lock(&self.plain).default_rate
    }

    #[setter]
    fn set_default_sample_rate(&self, rate: f64) {
        lock(&self.plain).default_rate = rate;
    }

    #[getter]
    fn cardinality(&self) -> Option<String> {
        lock(&self.plain).cardinality.clone()
    }

    #[setter]
    fn set_cardinality(&self, cardinality: Option<String>) {
        lock(&self.plain).cardinality = cardinality;
    }

    #[getter(_container_id)]
    fn container_id(&self) -> Option<String> {
        lock(&self.plain).container_id.clone()
    }

    #[setter(_container_id)]
    fn set_container_id(&self, id: Option<String>) {
        lock(&self.plain).container_id = id;
    }

    #[getter(_external_data)]
    fn external_data(&self) -> Option<String> {
        lock(&self.plain).external_data.clone()
    }

    #[setter(_external_data)]
    fn set_external_data(&self, data: Option<String>) {
        lock(&self.plain).external_data = data;
    }

    #[getter(_enabled)]
    fn enabled(&self) -> bool {
        lock(&self.plain).enabled
    }

    #[setter(_enabled)]
    fn set_enabled(&self, enabled: bool) {
        lock(&self.plain).enabled = enabled;
    }

    /// Whether the plain client aggregates.
    #[setter(_gathers)]
    fn set_gathers(&self, gathers: bool) {
        lock(&self.plain).gathers = gathers;
    }

    /// Whether the first call starts a client that has not been started.
    #[setter(_starts)]
    fn set_starts(&self, starts: bool) {
        lock(&self.plain).starts = starts;
    }

    /// Whether lines are written in our own dialect, in which nothing can break a line.
    #[setter(_safe)]
    fn set_safe(&self, safe: bool) {
        lock(&self.plain).dialect = if safe { Dialect::BASENJI } else { Dialect::DATADOGPY };
    }

    /// Whether what waits in Python is another process's.
    fn _is_inherited(&self) -> bool {
        self.process.load(Ordering::Relaxed) != generation()
    }

    /// Makes what waits in Python this process's.
    fn _take_over(&self) {
        lock(&self.plain).buffered.in_hand.forget();
        self.process.store(generation(), Ordering::Relaxed);
    }

    /// The constant tags.
    fn _set_tags(&self, tags: Vec<String>) {
        lock(&self.plain).tags = tags;
    }

    /// The connected, non-blocking datagram socket to send to; below 0 for none, so that `_send` gets each line.
    fn _set_socket(&self, fd: i32) -> PyResult<()> {
        let direct = if fd < 0 { None } else { Some(Direct::duplicate(fd)?) };
        let old = std::mem::replace(&mut lock(&self.plain).direct, direct);
        drop(old);
        Ok(())
    }
}
