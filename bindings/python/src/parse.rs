//! `basenji.parse`: bytes as the dataclasses of `basenji.messages`.

use basenji::core::wire::{Event, Message, Messages, Metric, OriginFields, ServiceCheck, Text};
use pyo3::IntoPyObjectExt;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyList, PyString, PyTuple};

use crate::dataclass::Dataclass;
use crate::error::parse_error;
use crate::given;
use crate::text::{tags, text, with_datagram};

/// The messages of a datagram in order, one for each line that is not empty.
///
/// `datagram` is bytes, any object with a buffer of bytes, or text, which is taken as UTF-8. Text in it that is not UTF-8 comes out with
/// U+FFFD. Numbers, sample rates included, are as they stand in the line: what a server makes of odd ones is the aggregator's matter.
///
/// Raises `ParseError` for the first line that is no message; its `messages` are those of the other lines, its `errors` all there are.
/// With `return_errors` nothing is raised, and the errors stand in the list in the places of their lines. `TypeError` for what is no
/// datagram.
///
/// >>> from basenji import parse
/// >>> parse("page.views:1|c|@0.5|#env:dev")
/// [Metric(name='page.views', type='c', values=(1.0,), sample_rate=0.5, tags=('env:dev',), timestamp=None, container_id=None, external_data=None, cardinality=None)]
/// >>> parse(b"login.time:fast|ms")
/// Traceback (most recent call last):
/// basenji.errors.ParseError: the value is not a number (a name must not contain ':') (at byte 11): 'login.time:fast|ms'
/// >>> [type(each).__name__ for each in parse(b"_sc|db.up|0\nno message", return_errors=True)]
/// ['ServiceCheck', 'ParseError']
#[pyfunction]
#[pyo3(signature = (datagram, *, return_errors = false))]
pub(crate) fn parse<'py>(
    datagram: &Bound<'py, PyAny>,
    #[pyo3(from_py_with = given::return_errors)] return_errors: bool,
) -> PyResult<Bound<'py, PyList>> {
    let py = datagram.py();
    let (found, errors) = (PyList::empty(py), PyList::empty(py));
    with_datagram(datagram, "datagram", |bytes| {
        collect(py, bytes, &found, if return_errors { &found } else { &errors })
    })?;
    if errors.is_empty() { Ok(found) } else { Err(raised(found, errors)?) }
}

/// Appends the messages of a datagram to one list, the errors of its other lines to another or the same.
pub(crate) fn collect<'py>(
    py: Python<'py>,
    datagram: &[u8],
    found: &Bound<'py, PyList>,
    errors: &Bound<'py, PyList>,
) -> PyResult<()> {
    let mut messages = Messages::new(datagram);
    while let Some(message) = messages.next() {
        match message {
            Ok(message) => found.append(object(py, &message)?)?,
            Err(error) => errors.append(parse_error(py, error, messages.line())?)?,
        }
    }
    Ok(())
}

/// The first error, which carries all that there was.
pub(crate) fn raised(messages: Bound<'_, PyList>, errors: Bound<'_, PyList>) -> PyResult<PyErr> {
    let first = errors.get_item(0)?;
    first.setattr(intern!(first.py(), "messages"), messages)?;
    first.setattr(intern!(first.py(), "errors"), errors)?;
    Ok(PyErr::from_value(first))
}

/// The classes of messages.
struct Classes {
    metric: Dataclass,
    event: Dataclass,
    check: Dataclass,
}

impl Classes {
    fn get(py: Python<'_>) -> PyResult<&Self> {
        static CLASSES: PyOnceLock<Classes> = PyOnceLock::new();
        CLASSES.get_or_try_init(py, || {
            let import = |name| Dataclass::import(py, "basenji.messages", name);
            Ok(Classes { metric: import("Metric")?, event: import("Event")?, check: import("ServiceCheck")? })
        })
    }
}

/// A message as its dataclass.
pub(crate) fn object<'py>(py: Python<'py>, message: &Message<'_>) -> PyResult<Bound<'py, PyAny>> {
    match message {
        Message::Metric(metric) => metric_object(py, metric),
        Message::Event(event) => event_object(py, event),
        Message::ServiceCheck(check) => check_object(py, check),
    }
}

fn metric_object<'py>(py: Python<'py>, metric: &Metric<'_>) -> PyResult<Bound<'py, PyAny>> {
    let values = match metric.values.member() {
        Some(member) => PyTuple::new(py, [text(py, member)])?,
        None => PyTuple::new(py, metric.values.iter().collect::<Vec<f64>>())?,
    };
    let [container_id, external_data, cardinality] = origin(py, metric.origin)?;
    Classes::get(py)?.metric.make(
        py,
        [
            text(py, metric.name).into_any(),
            interned(py, metric.kind.code())?,
            values.into_any(),
            object_of(py, metric.sample_rate)?,
            tags(py, metric.tags)?.into_any(),
            object_of(py, metric.timestamp)?,
            container_id,
            external_data,
            cardinality,
        ],
    )
}

/// An event, with its title and text unescaped.
pub(crate) fn event_object<'py>(py: Python<'py>, event: &Event<'_>) -> PyResult<Bound<'py, PyAny>> {
    let unescaped = |part: Text<'_>| text(py, &part.bytes().collect::<Vec<u8>>()).into_any();
    let [container_id, external_data, cardinality] = origin(py, event.origin)?;
    Classes::get(py)?.event.make(
        py,
        [
            unescaped(event.title),
            unescaped(event.text),
            object_of(py, event.timestamp)?,
            maybe(py, event.hostname)?,
            maybe(py, event.aggregation_key)?,
            interned(py, event.priority.name())?,
            maybe(py, event.source_type)?,
            interned(py, event.alert_type.name())?,
            tags(py, event.tags)?.into_any(),
            container_id,
            external_data,
            cardinality,
        ],
    )
}

/// A service check.
pub(crate) fn check_object<'py>(py: Python<'py>, check: &ServiceCheck<'_>) -> PyResult<Bound<'py, PyAny>> {
    let [container_id, external_data, cardinality] = origin(py, check.origin)?;
    Classes::get(py)?.check.make(
        py,
        [
            text(py, check.name).into_any(),
            object_of(py, check.status as u8)?,
            object_of(py, check.timestamp)?,
            maybe(py, check.hostname)?,
            maybe(py, check.message)?,
            tags(py, check.tags)?.into_any(),
            container_id,
            external_data,
            cardinality,
        ],
    )
}

fn origin<'py>(py: Python<'py>, fields: OriginFields<'_>) -> PyResult<[Bound<'py, PyAny>; 3]> {
    let field = |bytes| maybe(py, bytes);
    Ok([field(fields.local_data)?, field(fields.external_data)?, field(fields.cardinality)?])
}

fn maybe<'py>(py: Python<'py>, bytes: Option<&[u8]>) -> PyResult<Bound<'py, PyAny>> {
    object_of(py, bytes.map(|bytes| text(py, bytes)))
}

fn object_of<'py>(py: Python<'py>, value: impl IntoPyObjectExt<'py>) -> PyResult<Bound<'py, PyAny>> {
    value.into_bound_py_any(py)
}

/// One of the protocol's own words.
fn interned<'py>(py: Python<'py>, word: &str) -> PyResult<Bound<'py, PyAny>> {
    Ok(PyString::intern(py, word).into_any())
}
