//! The server as a native object; the public class, with its documentation, is in `python/basenji/server.py`.
//!
//! The server's own threads receive and aggregate, and never need the interpreter. Python's threads wait for the mailbox without the
//! interpreter's lock, and look for signals now and then.

use std::mem;
use std::path::PathBuf;
use std::process;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::{Duration, Instant};

use basenji::server::{Bucket, Builder, Kind, Server, Stats};
use basenji::settings::{AGGREGATION, SERIES, SERVER};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::given::{given, maybe_number, maybe_whole, text};
use crate::mailbox::Mailbox;
use crate::parse::collect;
use crate::series::flushed;
use crate::setting_error::{code, server_error, start_error};
use crate::settings::{Maybe, config};

/// How long a wait takes no notice of a signal.
const DEAF: Duration = Duration::from_millis(50);

/// A server and the way from its threads to Python's.
#[pyclass(frozen, module = "basenji._basenji")]
pub(crate) struct NativeServer {
    /// Until it is stopped.
    server: RwLock<Option<Server>>,
    /// What was counted in all.
    stopped: OnceLock<Stats>,
    mailbox: Arc<Mailbox>,
    /// The process that has its threads.
    process: u32,
}

#[pymethods]
impl NativeServer {
    /// Binds and starts.
    #[new]
    #[pyo3(signature = (*, host, port, socket_path, stream_path, messages, **options))]
    fn new(
        py: Python<'_>,
        host: &Bound<'_, PyAny>,
        port: Maybe<'_, '_>,
        socket_path: Maybe<'_, '_>,
        stream_path: Maybe<'_, '_>,
        messages: &Bound<'_, PyAny>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let config = config(options, &[SERVER, SERIES, AGGREGATION])?;
        let messages: bool = given(messages, "messages", "bool")?;
        let host = text(host, "host")?;
        let path =
            |object: Maybe<'_, '_>, name| object.map(|object| given::<PathBuf, _>(object, name, "a path")).transpose();
        let (socket_path, stream_path) = (path(socket_path, "socket_path")?, path(stream_path, "stream_path")?);
        let mut builder: Builder = Server::builder().config(|defaults| *defaults = config);
        if let Some(port) = maybe_whole::<u16>(port, "port", 0, u16::MAX.into())? {
            let bare = host.contains(':') && !host.starts_with('[');
            let address = if bare { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
            // A name is resolved here, which may take its time.
            builder = py.detach(|| builder.udp(address)).map_err(|error| start_error(py, &error))?;
        }
        #[cfg(unix)]
        {
            builder = socket_path.into_iter().fold(builder, Builder::unix_datagram);
            builder = stream_path.into_iter().fold(builder, Builder::unix_stream);
        }
        #[cfg(not(unix))]
        if socket_path.or(stream_path).is_some() {
            let error = basenji::server::StartError::Unsupported { what: "a server on a Unix socket" };
            return Err(start_error(py, &error));
        }
        let mailbox = Arc::new(Mailbox::default());
        let (letters, sink) = (Arc::clone(&mailbox), Arc::clone(&mailbox));
        builder = builder.on_datagram(move |datagram| letters.arrive(datagram, messages));
        let server = py.detach(|| builder.start(move |bucket: &Bucket| sink.put(bucket)));
        let server = RwLock::new(Some(server.map_err(|error| start_error(py, &error))?));
        Ok(NativeServer { server, stopped: OnceLock::new(), mailbox, process: process::id() })
    }

    /// The kinds and addresses of the listeners; none once it is closed.
    fn listeners(&self, py: Python<'_>) -> PyResult<Vec<(&'static str, String)>> {
        self.with_server(py, |server| {
            let listeners = server.map(Server::listeners).unwrap_or_default().iter();
            listeners.map(|listener| (listener.kind.name(), listener.address.to_string())).collect()
        })
    }

    /// The UDP port; 0 without one.
    fn port(&self, py: Python<'_>) -> PyResult<u16> {
        self.with_server(py, |server| server.map_or(0, Server::port))
    }

    /// Flushes what was sent before; nothing once it is closed.
    fn flush(&self, py: Python<'_>) -> PyResult<()> {
        self.with_server(py, |server| server.map_or((), Server::flush))
    }

    /// Reads what has arrived, flushes and ends; once only, and whoever else closes it waits.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        self.check_process(py)?;
        py.detach(|| {
            let mut server = self.server.write().unwrap_or_else(PoisonError::into_inner);
            if let Some(server) = server.take() {
                let _ = self.stopped.set(server.stop());
                self.mailbox.close();
            }
        });
        Ok(())
    }

    fn is_closed(&self, py: Python<'_>) -> PyResult<bool> {
        self.check_process(py)?;
        Ok(py.detach(|| self.mailbox.is_closed()))
    }

    /// What was counted so far, by name.
    fn stats<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let stats = self.with_server(py, |server| match server {
            Some(server) => server.stats(),
            None => self.stopped.get().copied().unwrap_or_default(),
        })?;
        let dict = numbers(py, &stats)?;
        let (missed, dropped) = py.detach(|| self.mailbox.losses());
        dict.set_item("flushes_missed", missed)?;
        dict.set_item("datagrams_missed", dropped)?;
        Ok(dict)
    }

    /// The number that the next flush with something in it will have.
    fn next_number(&self, py: Python<'_>) -> PyResult<u64> {
        self.check_process(py)?;
        Ok(py.detach(|| self.mailbox.next_number()))
    }

    /// The first `Flushed` from `number` on and the number after it. `None` after `timeout` seconds without, or once closed.
    fn read<'py>(
        &self,
        py: Python<'py>,
        number: u64,
        timeout: Maybe<'_, 'py>,
    ) -> PyResult<Option<(u64, Bound<'py, PyAny>)>> {
        let found = self.wait(py, timeout, |mailbox, timeout| mailbox.read(number, timeout))?;
        found.map(|(next, bucket)| Ok((next, flushed(py, &bucket)?))).transpose()
    }

    /// How many datagrams have arrived.
    fn arrived(&self, py: Python<'_>) -> PyResult<u64> {
        self.check_process(py)?;
        Ok(py.detach(|| self.mailbox.arrived()))
    }

    /// Whether more than `seen` datagrams have arrived, waiting up to `timeout` seconds.
    fn wait_for_more(&self, py: Python<'_>, seen: u64, timeout: &Bound<'_, PyAny>) -> PyResult<bool> {
        let more = |mailbox: &Mailbox, timeout| mailbox.wait_for_more(seen, timeout).then_some(());
        Ok(self.wait(py, Some(timeout), more)?.is_some())
    }

    /// The messages and errors of the datagrams that have arrived since the last call, waiting up to `timeout` seconds if there are none.
    fn take_messages<'py>(&self, py: Python<'py>, timeout: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyList>> {
        let some = |mailbox: &Mailbox, timeout| Some(mailbox.take_datagrams(timeout)).filter(|taken| !taken.is_empty());
        let datagrams = self.wait(py, Some(timeout), some)?.unwrap_or_default();
        let found = PyList::empty(py);
        collect(py, &datagrams, &found, &found)?;
        Ok(found)
    }

    /// A socket's descriptor that becomes readable with each flush and at the end; whoever asks closes it.
    fn watch(&self, py: Python<'_>) -> PyResult<i32> {
        self.check_process(py)?;
        Ok(py.detach(|| self.mailbox.watch())?)
    }
}

impl NativeServer {
    /// A child of a fork has neither the threads nor, perhaps, the locks.
    fn check_process(&self, py: Python<'_>) -> PyResult<()> {
        if process::id() == self.process {
            return Ok(());
        }
        let message = format!(
            "the server runs in the process {}, which has started it, and not in this one, its child; start one here",
            self.process
        );
        Err(server_error(py, &message, code::CLOSED, None))
    }

    /// Calls `work` with the server, `None` once it is closed.
    fn with_server<T: Send>(&self, py: Python<'_>, work: impl FnOnce(Option<&Server>) -> T + Send) -> PyResult<T> {
        self.check_process(py)?;
        // While it is being closed, the lock is held for as long as that takes.
        Ok(py.detach(|| work(self.server.read().unwrap_or_else(PoisonError::into_inner).as_ref())))
    }

    /// Waits until `look`, which waits itself for the time it is given, finds something; `None` after `timeout` seconds or once closed.
    fn wait<T: Send>(
        &self,
        py: Python<'_>,
        timeout: Maybe<'_, '_>,
        look: impl Fn(&Mailbox, Duration) -> Option<T> + Sync,
    ) -> PyResult<Option<T>> {
        self.check_process(py)?;
        let end = match maybe_number(timeout, "timeout")? {
            None => None,
            Some(seconds) if seconds.is_nan() => {
                return Err(PyValueError::new_err("timeout must be a number, not nan"));
            }
            // What no clock can tell is for ever.
            Some(seconds) => {
                Duration::try_from_secs_f64(seconds.max(0.0)).ok().and_then(|time| Instant::now().checked_add(time))
            }
        };
        loop {
            let left = end.map_or(DEAF, |end| end.saturating_duration_since(Instant::now()));
            let (found, closed) = py.detach(|| (look(&self.mailbox, left.min(DEAF)), self.mailbox.is_closed()));
            py.check_signals()?;
            if found.is_some() || left.is_zero() {
                return Ok(found);
            }
            if closed {
                // What came last came before the end.
                return Ok(py.detach(|| look(&self.mailbox, Duration::ZERO)));
            }
        }
    }
}

impl Drop for NativeServer {
    fn drop(&mut self) {
        let server = self.server.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if process::id() == self.process {
            // Its threads never need the interpreter, whose lock this one may have.
            drop(server);
            self.mailbox.close();
        } else {
            // The threads to be waited for are the parent's.
            mem::forget(server);
        }
    }
}

fn numbers<'py>(py: Python<'py>, stats: &Stats) -> PyResult<Bound<'py, PyDict>> {
    fn by<'py, K: Kind>(py: Python<'py>, get: impl Fn(K) -> u64) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        K::ALL.iter().try_for_each(|&kind| dict.set_item(kind.tag_value(), get(kind)))?;
        Ok(dict)
    }
    let dict = PyDict::new(py);
    dict.set_item("datagrams", by(py, |kind| stats.datagrams.get(kind))?)?;
    dict.set_item("bytes", by(py, |kind| stats.bytes.get(kind))?)?;
    dict.set_item("truncated", by(py, |kind| stats.truncated.get(kind))?)?;
    dict.set_item("messages", by(py, |kind| stats.messages.get(kind))?)?;
    dict.set_item("parse_errors", by(py, |kind| stats.parse_errors.get(kind))?)?;
    dict.set_item("refused", by(py, |kind| stats.refused.get(kind))?)?;
    for (name, value) in [
        ("kernel_drops", stats.kernel_drops),
        ("bad_fields", stats.bad_fields),
        ("skipped_values", stats.skipped_values),
        ("odd_rates", stats.odd_rates),
        ("events_dropped", stats.events_dropped),
        ("checks_dropped", stats.checks_dropped),
        ("series_dropped", stats.series_dropped),
        ("flushes", stats.flushes),
        ("contexts", stats.contexts),
        ("connections", stats.connections),
    ] {
        dict.set_item(name, value)?;
    }
    Ok(dict)
}
