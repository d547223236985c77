//! `basenji.Aggregator`.

use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use basenji::core::Time;
use basenji::core::aggregate::{Aggregator, Source};
use basenji::core::wire::{Message, Messages, Metric, MetricKind, OriginFields, Tags, Values};
use basenji::server::{Bucket, Growing};
use basenji::settings::{AGGREGATION, SERIES};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::sync::{MutexExt, PyOnceLock};
use pyo3::types::{PyDict, PyList, PyString, PyType};

use crate::error::parse_error;
use crate::gate;
use crate::given::{self, given, maybe_number, maybe_texts, number, text, wrong};
use crate::parse::{object, raised};
use crate::series::series_of;
use crate::setting_error::setting_error;
use crate::settings::{Maybe, config};
use crate::text::with_datagram;

/// Metrics in, one finished point a series and bucket out: the aggregation of a server, without sockets or a clock.
///
/// It may be used by several threads. What is not given has its default, which stands in brackets:
///
/// - `tags`: Tags that every metric, event and service check gets beside its own (none)
/// - `contexts`: Most series at a time; new ones are refused and counted beyond it, known ones go on (1000000)
/// - `context_bytes`: Most bytes of their names and tags (268435456 bytes)
/// - `cells`: Most samples, set members and sketch bins at a time, of eight bytes each (16777216)
/// - `bucket_secs`: Seconds of a bucket, whose samples become one point a series (10 s)
/// - `counter_expiry_secs`: Seconds that a counter without samples goes on to emit zeros (300 s)
/// - `context_expiry_secs`: Seconds that a series without samples stays known; a counter stays known for its own expiry more (20 s)
/// - `counter_zeros`: Whether counters without samples emit zeros (True)
/// - `key_by_origin`: Whether series of different container ids, external data and cardinality are kept apart (False)
/// - `aggregates`: What histograms and timings emit: max, min, median, avg, sum, count, 95percentile and the like, at most 16 (max, median, avg, count, 95percentile)
/// - `histogram_exact_samples`: Samples of a bucket that a histogram keeps one by one; of more the median and percentiles are at most 2.4 % off (1024)
/// - `set_exact_members`: Members of a bucket that a set counts exactly; more are estimated (1024)
/// - `set_precision`: Binary logarithm of the registers of that estimate, whose standard error is 1.04 / sqrt(2^precision) (14)
/// - `sketch_bins`: Most bins of a sketch (4096)
///
/// Wherever there is `now`, it is in seconds since 1970, and the clock's if it is left out. Values that are not finite are skipped and counted, a
/// sample rate outside (0, 1] counts as 1.
///
/// >>> from basenji import Aggregator
/// >>> aggregator = Aggregator(tags=["env:dev"])
/// >>> aggregator.record("page.views:1|c|@0.5\npage.views:3|c", now=1700000000)
/// []
/// >>> aggregator.gauge("queue.length", 12, tags=["queue:mail"], now=1700000001)
/// >>> for series in aggregator.flush(now=1700000010):
/// ...     print(series.timestamp, series)
/// 1700000000 page.views 5 (count) #env:dev
/// 1700000000 queue.length 12 (gauge) #env:dev,queue:mail
///
/// Raises SettingError, a ValueError, for an option out of its range; TypeError for one of a wrong type.
#[pyclass(frozen, name = "Aggregator", module = "basenji")]
pub(crate) struct PyAggregator {
    aggregator: Mutex<Aggregator<Growing>>,
    /// What everything gets, joined by commas.
    tags: Vec<u8>,
}

#[pymethods]
impl PyAggregator {
    #[new]
    #[pyo3(signature = (**options))]
    fn new(options: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let mut config = config(options, &[AGGREGATION, SERIES])?;
        config.aggregation.seed = seed();
        let aggregator = Aggregator::new(Growing::new(config.memory), config.aggregation);
        Ok(PyAggregator { aggregator: Mutex::new(aggregator), tags: config.tags.join(",").into_bytes() })
    }

    /// Takes in the metrics of a datagram (text or bytes-like), or one `Metric`; events and service checks are given back.
    ///
    /// Raises ParseError for the first line that is no message, as `parse` does, when all other lines have been taken in; its `messages` are the
    /// events and service checks. With `return_errors` nothing is raised, and the errors stand in the list.
    ///
    /// >>> from basenji import Aggregator, Metric
    /// >>> aggregator = Aggregator()
    /// >>> [check.name for check in aggregator.record(b"a:1|c\n_sc|db.up|0")]
    /// ['db.up']
    /// >>> aggregator.record(Metric("a", "c", (2.0,)))
    /// []
    /// >>> aggregator.flush_all()[0].value
    /// 3.0
    #[pyo3(signature = (message, *, now = None, return_errors = false))]
    fn record<'py>(
        &self,
        message: &Bound<'py, PyAny>,
        now: Maybe<'_, '_>,
        #[pyo3(from_py_with = given::return_errors)] return_errors: bool,
    ) -> PyResult<Bound<'py, PyList>> {
        let py = message.py();
        let now = time(now)?;
        let (found, errors) = (PyList::empty(py), PyList::empty(py));
        if is_metric(message)? {
            self.record_metric(message, now)?;
            return Ok(found);
        }
        with_datagram(message, "message", |datagram| {
            if py.detach(|| self.record_all(datagram, now)) {
                return Ok(());
            }
            let mut messages = Messages::new(datagram);
            while let Some(message) = messages.next() {
                match message {
                    Ok(Message::Metric(_)) => {}
                    Ok(message) => found.append(object(py, &message)?)?,
                    Err(error) => {
                        let error = parse_error(py, error, messages.line())?;
                        if return_errors { &found } else { &errors }.append(error)?;
                    }
                }
            }
            Ok(())
        })?;
        if errors.is_empty() { Ok(found) } else { Err(raised(found, errors)?) }
    }

    /// Adds `value`, 1 if it is left out, to a counter, each as often as `sample_rate` says.
    #[pyo3(signature = (name, value = None, tags = None, *, sample_rate = None, now = None))]
    fn count(
        &self,
        name: &Bound<'_, PyAny>,
        value: Maybe<'_, '_>,
        tags: Maybe<'_, '_>,
        sample_rate: Maybe<'_, '_>,
        now: Maybe<'_, '_>,
    ) -> PyResult<()> {
        let value = maybe_number(value, "value")?.unwrap_or(1.0);
        self.call(MetricKind::Count, name, Values::List(&[value]), (tags, sample_rate, now))
    }

    /// Sets a gauge.
    #[pyo3(signature = (name, value, tags = None, *, now = None))]
    fn gauge(
        &self,
        name: &Bound<'_, PyAny>,
        value: &Bound<'_, PyAny>,
        tags: Maybe<'_, '_>,
        now: Maybe<'_, '_>,
    ) -> PyResult<()> {
        self.call(MetricKind::Gauge, name, Values::List(&[number(value, "value")?]), (tags, None, now))
    }

    /// Puts a member, `str()` of what is given, into a set.
    #[pyo3(signature = (name, value, tags = None, *, now = None))]
    fn set(
        &self,
        name: &Bound<'_, PyAny>,
        value: &Bound<'_, PyAny>,
        tags: Maybe<'_, '_>,
        now: Maybe<'_, '_>,
    ) -> PyResult<()> {
        let member = gate::str(value)?.to_string_lossy().into_owned();
        self.call(MetricKind::Set, name, Values::Member(member.as_bytes()), (tags, None, now))
    }

    /// The points of all buckets that are over at `now`.
    #[pyo3(signature = (now = None))]
    fn flush<'py>(&self, py: Python<'py>, now: Maybe<'_, '_>) -> PyResult<Bound<'py, PyList>> {
        let now = time(now)?;
        self.points(py, |aggregator, bucket| bucket.extend(aggregator.flush(now)))
    }

    /// The same with the bucket that is open.
    #[pyo3(signature = (now = None))]
    fn flush_all<'py>(&self, py: Python<'py>, now: Maybe<'_, '_>) -> PyResult<Bound<'py, PyList>> {
        let now = time(now)?;
        self.points(py, |aggregator, bucket| bucket.extend(aggregator.flush_all(now)))
    }

    /// When the bucket of `now` ends.
    #[pyo3(signature = (now = None))]
    fn next_flush_at(&self, py: Python<'_>, now: Maybe<'_, '_>) -> PyResult<f64> {
        let now = time(now)?;
        Ok(self.lock(py).next_flush_at(now).as_millis() as f64 / 1000.0)
    }

    /// Takes in what another one holds, which must have equal options but for `tags` and `contexts`. Of a gauge the value received later holds.
    ///
    /// Raises SettingError, a ValueError, for itself and for one with other options.
    fn merge(&self, other: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = other.py();
        let other = other.cast::<PyAggregator>().map_err(|_| wrong(other, "other", "an Aggregator"))?.get();
        if std::ptr::eq(self, other) {
            return Err(setting_error(py, "other must be another Aggregator"));
        }
        let merged = py.detach(|| {
            let lock = |of: &PyAggregator| of.aggregator.lock().unwrap_or_else(PoisonError::into_inner).clone();
            // One lock at a time: the other one may be merging this one.
            let theirs = lock(other);
            let mut ours = self.aggregator.lock().unwrap_or_else(PoisonError::into_inner);
            // What is refused is counted, see `stats`.
            let equal = ours.settings() == theirs.settings();
            equal.then(|| ours.merge(&theirs).unwrap_or_default())
        });
        merged.ok_or_else(|| setting_error(py, "aggregators to be merged must have equal options"))
    }

    /// What is held now, and what was refused and skipped since it was made.
    fn stats<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
        let stats = self.lock(py).stats();
        CLASS.import(py, "basenji.series", "AggregatorStats")?.call1((
            stats.contexts,
            stats.refused_contexts,
            stats.refused_values,
            stats.skipped_values,
            stats.odd_rates,
        ))
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        format!("<Aggregator contexts={}>", self.lock(py).stats().contexts)
    }
}

macro_rules! samples {
    ($($name:ident: $kind:ident, $doc:literal;)+) => {
        #[pymethods]
        impl PyAggregator {
            $(
                #[doc = $doc]
                #[pyo3(signature = (name, value, tags = None, *, sample_rate = None, now = None))]
                fn $name(
                    &self,
                    name: &Bound<'_, PyAny>,
                    value: &Bound<'_, PyAny>,
                    tags: Maybe<'_, '_>,
                    sample_rate: Maybe<'_, '_>,
                    now: Maybe<'_, '_>,
                ) -> PyResult<()> {
                    let values = [number(value, "value")?];
                    self.call(MetricKind::$kind, name, Values::List(&values), (tags, sample_rate, now))
                }
            )+
        }
    };
}

samples! {
    histogram: Histogram, "Takes a sample into a histogram.";
    distribution: Distribution, "Takes a sample into a distribution.";
    timing: Timing, "Takes a sample, in milliseconds, into a timing.";
}

impl PyAggregator {
    fn lock(&self, py: Python<'_>) -> MutexGuard<'_, Aggregator<Growing>> {
        self.aggregator.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in the metrics of a datagram; whether there was nothing else.
    fn record_all(&self, datagram: &[u8], now: Time) -> bool {
        let source = Source { host: b"", tags: Tags::Text(&self.tags) };
        let mut aggregator = self.aggregator.lock().unwrap_or_else(PoisonError::into_inner);
        let mut only = true;
        for message in Messages::new(datagram) {
            match message {
                // What is refused is counted, see `stats`.
                Ok(Message::Metric(metric)) => aggregator.record(&metric, &source, now).unwrap_or_default(),
                _ => only = false,
            }
        }
        only
    }

    /// Takes in what a call says, with tags, sample rate and time as they were given.
    fn call(
        &self,
        kind: MetricKind,
        name: &Bound<'_, PyAny>,
        values: Values<'_>,
        (tags, sample_rate, now): (Maybe<'_, '_>, Maybe<'_, '_>, Maybe<'_, '_>),
    ) -> PyResult<()> {
        let (text, own) = (text(name, "name")?, maybe_texts(tags, "tags")?.unwrap_or_default());
        if text.is_empty() {
            return Err(PyValueError::new_err("name must not be empty"));
        }
        let sample_rate = maybe_number(sample_rate, "sample_rate")?.unwrap_or(1.0);
        let now = time(now)?;
        let tags: Vec<&[u8]> = own.iter().map(String::as_bytes).collect();
        let (tags, origin) = (Tags::List(&tags), OriginFields::default());
        let metric = Metric { name: text.as_bytes(), kind, values, sample_rate, tags, timestamp: None, origin };
        self.take(name.py(), &metric, now);
        Ok(())
    }

    /// Takes in a `basenji.Metric`.
    fn record_metric(&self, message: &Bound<'_, PyAny>, now: Time) -> PyResult<()> {
        let field = |field: &str| gate::get(message, &PyString::new(message.py(), field));
        let maybe = |name: &str| given::<Option<String>, _>(&field(name)?, &format!("message.{name}"), "str or None");
        let name = text(&field("name")?, "message.name")?;
        let code = text(&field("type")?, "message.type")?;
        let kind = MetricKind::from_code(code.as_bytes()).ok_or_else(|| {
            let code = code.escape_default();
            PyValueError::new_err(format!("message.type must be one of c, g, ms, h, d, s, not '{code}'"))
        })?;
        let values = field("values")?;
        let (mut numbers, mut members): (Vec<f64>, Vec<String>) = (Vec::new(), Vec::new());
        match kind {
            MetricKind::Set => members = given(&values, "message.values", "a sequence of one str")?,
            _ => numbers = given(&values, "message.values", "a sequence of numbers")?,
        }
        if name.is_empty() || members.len() + numbers.len() == 0 || members.len() > 1 {
            let what = "message must have a name, and a value at least; of a set only one";
            return Err(PyValueError::new_err(what));
        }
        let own: Vec<String> = given(&field("tags")?, "message.tags", "a sequence of str")?;
        let tags: Vec<&[u8]> = own.iter().map(String::as_bytes).collect();
        let origin = [maybe("container_id")?, maybe("external_data")?, maybe("cardinality")?];
        let [local_data, external_data, cardinality] =
            origin.each_ref().map(|field| field.as_deref().map(str::as_bytes));
        let metric = Metric {
            name: name.as_bytes(),
            kind,
            values: members.first().map_or(Values::List(&numbers), |member| Values::Member(member.as_bytes())),
            sample_rate: number(&field("sample_rate")?, "message.sample_rate")?,
            tags: Tags::List(&tags),
            timestamp: given(&field("timestamp")?, "message.timestamp", "an int or None")?,
            origin: OriginFields { local_data, external_data, cardinality },
        };
        self.take(message.py(), &metric, now);
        Ok(())
    }

    fn take(&self, py: Python<'_>, metric: &Metric<'_>, now: Time) {
        let source = Source { host: b"", tags: Tags::Text(&self.tags) };
        // What is refused is counted, see `stats`.
        let _ = self.lock(py).record(metric, &source, now);
    }

    /// What `flush` puts into a bucket.
    fn points<'py>(
        &self,
        py: Python<'py>,
        flush: impl FnOnce(&mut Aggregator<Growing>, &mut Bucket) + Send,
    ) -> PyResult<Bound<'py, PyList>> {
        let bucket = py.detach(|| {
            let mut bucket = Bucket::default();
            flush(&mut self.aggregator.lock().unwrap_or_else(PoisonError::into_inner), &mut bucket);
            bucket
        });
        series_of(py, &bucket)
    }
}

/// A random number, so that strangers cannot choose names that collide; the same in all of the process, whose aggregators can be merged.
fn seed() -> u64 {
    static SEED: OnceLock<u64> = OnceLock::new();
    *SEED.get_or_init(|| RandomState::new().hash_one(0))
}

/// Whether it is a `basenji.Metric`; who has one has imported its class.
fn is_metric(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    if object.is_instance_of::<PyString>() {
        return Ok(false);
    }
    static METRIC: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    object.is_instance(METRIC.import(object.py(), "basenji.messages", "Metric")?)
}

/// Seconds since 1970, or what the clock says.
fn time(now: Maybe<'_, '_>) -> PyResult<Time> {
    match maybe_number(now, "now")? {
        None => Ok(Time::from_millis(
            SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64),
        )),
        Some(seconds) if (0.0..1e12).contains(&seconds) => Ok(Time::from_millis((seconds * 1000.0).round() as u64)),
        Some(seconds) => Err(PyValueError::new_err(format!("now must be seconds since 1970, not {seconds}"))),
    }
}
