//! Finished series as the dataclasses of `basenji.series`.

use basenji::core::sketch::Summary;
use basenji::server::{Bucket, Point, Series};
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyList, PyString};

use crate::dataclass::Dataclass;
use crate::parse::{check_object, event_object};
use crate::sketch::PySketch;
use crate::text::{tags, text};
use crate::uniques::PyUniques;

/// The classes of what a flush hands over.
struct Classes {
    series: Dataclass,
    flushed: Dataclass,
}

impl Classes {
    fn get(py: Python<'_>) -> PyResult<&Self> {
        static CLASSES: PyOnceLock<Classes> = PyOnceLock::new();
        CLASSES.get_or_try_init(py, || {
            let import = |name| Dataclass::import(py, "basenji.series", name);
            Ok(Classes { series: import("Series")?, flushed: import("Flushed")? })
        })
    }
}

/// A bucket as a `Flushed`.
pub(crate) fn flushed<'py>(py: Python<'py>, bucket: &Bucket) -> PyResult<Bound<'py, PyAny>> {
    let (events, checks) = (PyList::empty(py), PyList::empty(py));
    bucket.events().try_for_each(|event| events.append(event_object(py, &event)?))?;
    bucket.service_checks().try_for_each(|check| checks.append(check_object(py, &check)?))?;
    let at = bucket.flushed_at().as_millis() as f64 / 1000.0;
    Classes::get(py)?.flushed.make(
        py,
        [
            at.into_bound_py_any(py)?,
            series_of(py, bucket)?.to_tuple().into_any(),
            events.to_tuple().into_any(),
            checks.to_tuple().into_any(),
        ],
    )
}

/// The series of a bucket, in order.
pub(crate) fn series_of<'py>(py: Python<'py>, bucket: &Bucket) -> PyResult<Bound<'py, PyList>> {
    let list = PyList::empty(py);
    bucket.series().try_for_each(|series| list.append(object(py, &series)?))?;
    Ok(list)
}

fn object<'py>(py: Python<'py>, series: &Series<'_>) -> PyResult<Bound<'py, PyAny>> {
    let none = || py.None().into_bound(py);
    let (mut value, mut aggregates, mut sketch, mut uniques) = (none(), none(), none(), none());
    let mut summary = [none(), none(), none(), none(), none()];
    match &series.point {
        Point::Count(number) | Point::Gauge(number) => value = number.into_bound_py_any(py)?,
        Point::Set(count) => {
            value = count.into_bound_py_any(py)?;
            uniques = Bound::new(py, PyUniques::of_set(series.members))?.into_any();
        }
        Point::Histogram(histogram) => {
            summary = numbers(py, &histogram.summary)?;
            let named = PyDict::new(py);
            for (aggregate, number) in histogram.aggregates {
                named.set_item(aggregate.to_string(), number)?;
            }
            aggregates = named.into_any();
        }
        Point::Distribution(bins) => {
            summary = numbers(py, &bins.summary())?;
            sketch = Bound::new(py, PySketch::copy_of(bins))?.into_any();
        }
    }
    let [count, sum, min, max, avg] = summary;
    Classes::get(py)?.series.make(
        py,
        [
            text(py, series.name).into_any(),
            PyString::intern(py, series.kind.name()).into_any(),
            tags(py, series.tags)?.into_any(),
            series.timestamp.into_bound_py_any(py)?,
            series.interval.into_bound_py_any(py)?,
            (!series.host.is_empty()).then(|| text(py, series.host)).into_bound_py_any(py)?,
            value,
            count,
            sum,
            min,
            max,
            avg,
            aggregates,
            sketch,
            uniques,
        ],
    )
}

fn numbers<'py>(py: Python<'py>, summary: &Summary) -> PyResult<[Bound<'py, PyAny>; 5]> {
    let Summary { count, sum, min, max, avg } = *summary;
    let number = |number: f64| number.into_bound_py_any(py);
    Ok([count.into_bound_py_any(py)?, number(sum)?, number(min)?, number(max)?, number(avg)?])
}
