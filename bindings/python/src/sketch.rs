//! `basenji.Sketch`.

use std::sync::{Mutex, MutexGuard, PoisonError};

use basenji::OwnedSketch;
use basenji::core::sketch::{BIN_LIMIT, Bin, Sketch, Summary};
use basenji::core::state::Form;
use pyo3::exceptions::{PyBufferError, PyException, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::MutexExt;
use pyo3::types::{PyBytes, PyDict, PyFloat, PyInt, PyString, PyType};

use crate::buffer::{BYTES, Buffer, ITEMS};
use crate::error::state_error;
use crate::gate;
use crate::given::{self, wrong};

/// The Datadog Agent's sketch of a distribution: bins of logarithmic width, from which quantiles are read that are at most 2.4 % off.
///
/// Sketches merge without loss, with those of the Agent too, can be pickled, and may be used by several threads. `values` are taken as by
/// `add`; `bins` is the most bins that it may have, 1 to 4096: if there were more, the lowest become one, so that high quantiles stay
/// as they are. Memory is taken for the bins that there are.
///
/// >>> from basenji import Sketch
/// >>> sketch = Sketch([12, 15, 11, 250, 13])
/// >>> sketch.merge(Sketch([9]))
/// >>> sketch.count, sketch.min, sketch.max, sketch.quantile(1)
/// (6, 9.0, 250.0, 250.0)
/// >>> abs(sketch.quantile(0.5) / 12 - 1) < 0.024
/// True
///
/// Raises TypeError for what is no number, ValueError for `bins` out of their range.
#[pyclass(frozen, name = "Sketch", module = "basenji")]
pub(crate) struct PySketch(Mutex<OwnedSketch>);

// The default below is a literal, because `help(Sketch)` shows no other.
const _: () = assert!(BIN_LIMIT == 4096);

#[pymethods]
impl PySketch {
    #[new]
    #[pyo3(signature = (values = None, *, bins = 4096))]
    fn new(values: Option<&Bound<'_, PyAny>>, #[pyo3(from_py_with = given::bins)] bins: i64) -> PyResult<Self> {
        let sketch = PySketch(Mutex::new(OwnedSketch::new(limit(bins)?)));
        values.map_or(Ok(()), |values| sketch.add(values, 1.0))?;
        Ok(sketch)
    }

    /// Adds all that another sketch has counted, which stays as it is.
    fn merge(&self, other: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = other.py();
        let other = other.cast::<PySketch>().map_err(|_| wrong(other, "other", "a Sketch"))?.get();
        // One lock at a time: the other sketch may be this one, or be merging this one.
        let other = other.lock(py).clone();
        self.lock(py).merge(&other);
        Ok(())
    }

    /// The value below which the share `q`, 0 to 1, of all values lies; 0 if there are none.
    ///
    /// Raises ValueError for a `q` out of its range.
    fn quantile(&self, py: Python<'_>, #[pyo3(from_py_with = given::q)] q: f64) -> PyResult<f64> {
        if !(0.0..=1.0).contains(&q) {
            return Err(PyValueError::new_err(format!("q must be from 0 to 1, not {q}")));
        }
        Ok(self.lock(py).quantile(q))
    }

    /// Forgets everything.
    fn clear(&self, py: Python<'_>) {
        self.lock(py).clear();
    }

    /// How many values there were, each as often as its weight says.
    #[getter]
    fn count(&self, py: Python<'_>) -> u64 {
        self.summary(py).count
    }

    /// The sum of the values.
    #[getter]
    fn sum(&self, py: Python<'_>) -> f64 {
        self.summary(py).sum
    }

    /// The smallest value; 0 if there are none.
    #[getter]
    fn min(&self, py: Python<'_>) -> f64 {
        self.summary(py).min
    }

    /// The largest value; 0 if there are none.
    #[getter]
    fn max(&self, py: Python<'_>) -> f64 {
        self.summary(py).max
    }

    /// The average; 0 if there are none.
    #[getter]
    fn avg(&self, py: Python<'_>) -> f64 {
        self.summary(py).avg
    }

    /// The keys of the bins, ascending: the column `k` of the Agent's payload.
    #[getter]
    fn keys(&self, py: Python<'_>) -> Vec<i32> {
        self.lock(py).keys().collect()
    }

    /// The counts of the bins in the order of the keys: the column `n` of the Agent's payload.
    #[getter]
    fn counts(&self, py: Python<'_>) -> Vec<u32> {
        self.lock(py).counts().collect()
    }

    /// All of it in plain numbers, for JSON: ``bins``, ``count``, ``sum``, ``min``, ``max``, ``avg``, and the columns ``k`` and ``n``.
    ///
    /// >>> from basenji import Sketch
    /// >>> Sketch([1]).to_dict()
    /// {'bins': 4096, 'count': 1, 'sum': 1.0, 'min': 1.0, 'max': 1.0, 'avg': 1.0, 'k': [1338], 'n': [1]}
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let sketch = self.lock(py).clone();
        let Summary { count, sum, min, max, avg } = sketch.summary();
        let dict = PyDict::new(py);
        dict.set_item("bins", sketch.limit())?;
        dict.set_item("count", count)?;
        for (name, value) in [("sum", sum), ("min", min), ("max", max), ("avg", avg)] {
            dict.set_item(name, value)?;
        }
        dict.set_item("k", sketch.keys().collect::<Vec<_>>())?;
        dict.set_item("n", sketch.counts().collect::<Vec<_>>())?;
        Ok(dict)
    }

    /// The sketch of what `to_dict` has returned.
    ///
    /// Raises KeyError, TypeError or ValueError that names what is missing or wrong.
    #[classmethod]
    fn from_dict(_: &Bound<'_, PyType>, columns: &Bound<'_, PyAny>) -> PyResult<Self> {
        let columns = columns.cast::<PyDict>().map_err(|_| wrong(columns, "columns", "a dict"))?;
        fn field<'py, T: for<'a> FromPyObject<'a, 'py, Error = PyErr>>(
            columns: &Bound<'py, PyDict>,
            name: &str,
        ) -> PyResult<T> {
            let value = columns.as_any().get_item(name)?;
            let wrong = |error: PyErr| PyErr::from_type(error.get_type(columns.py()), format!("{name}: {error}"));
            value.extract().map_err(wrong)
        }
        let finite = |name| match field::<f64>(columns, name)? {
            number if number.is_finite() => Ok(number),
            number => Err(PyValueError::new_err(format!("{name} must be a finite number, not {number}"))),
        };
        let limit = limit(field(columns, "bins")?)?;
        let (keys, counts): (Vec<i16>, Vec<u32>) = (field(columns, "k")?, field(columns, "n")?);
        if keys.len() != counts.len() || keys.len() > limit || counts.contains(&0) {
            let most = format!("k and n must be of one length, at most {limit}, and all of n must be 1 or more");
            return Err(PyValueError::new_err(most));
        }
        let summary = Summary {
            count: field::<u64>(columns, "count")?.min(Summary::MOST),
            // Beyond a double's range it is infinite, and not a number where both ends were passed.
            sum: field(columns, "sum")?,
            min: finite("min")?,
            max: finite("max")?,
            avg: finite("avg")?,
        };
        let bins = keys.into_iter().zip(counts).map(|(key, n)| Bin { key, n });
        Ok(PySketch(Mutex::new(OwnedSketch::from_bins(limit, summary, bins))))
    }

    /// All of it in a form that others read: ``"compact"``, Basenji's own, which keeps all; ``"agent"``, the Datadog Agent's `Dogsketch`;
    /// ``"otlp"``, OpenTelemetry's exponential histogram data point; ``"prometheus"``, its native histogram; ``"clickhouse"``, its state of
    /// `quantilesDD(1 / 129, ...)`.
    ///
    /// >>> from basenji import Sketch
    /// >>> there = Sketch.from_bytes(Sketch([12, 250]).to_bytes())
    /// >>> there.merge(Sketch([9]))
    /// >>> there.count, there.max
    /// (3, 250.0)
    ///
    /// Raises ValueError for another form.
    #[pyo3(signature = (form = String::from("compact")), text_signature = "($self, form='compact')")]
    fn to_bytes<'py>(
        &self,
        py: Python<'py>,
        #[pyo3(from_py_with = given::form)] form: String,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let form = self::form(&form)?;
        let sketch = self.lock(py).clone();
        Ok(PyBytes::new(py, &sketch.to_bytes(form)))
    }

    /// The sketch that was written in a form, in any language of Basenji or by what the form is named after.
    ///
    /// Raises StateError for what is corrupt, with its place, ValueError for another form.
    #[classmethod]
    #[pyo3(signature = (data, form = String::from("compact")), text_signature = "(data, form='compact')")]
    fn from_bytes(
        _: &Bound<'_, PyType>,
        data: &Bound<'_, PyAny>,
        #[pyo3(from_py_with = given::form)] form: String,
    ) -> PyResult<Self> {
        let (bytes, form) = (bytes(data)?, self::form(&form)?);
        let read = OwnedSketch::from_bytes(&bytes, form);
        read.map(|sketch| PySketch(Mutex::new(sketch))).map_err(|error| state_error(data.py(), error))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyDict>,))> {
        Ok((py.get_type::<PySketch>().getattr("from_dict")?, (self.to_dict(py)?,)))
    }

    /// Whether both have counted the same.
    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        let Ok(other) = other.cast::<PySketch>() else { return false };
        let py = other.py();
        let other = other.get().lock(py).clone();
        *self.lock(py) == other
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        let Summary { count, sum, min, max, avg } = self.summary(py);
        format!("<Sketch count={count} sum={sum:?} min={min:?} max={max:?} avg={avg:?}>")
    }
}

impl PySketch {
    /// Counts a number or each of several, `weight` times.
    pub(crate) fn add(&self, values: &Bound<'_, PyAny>, weight: f64) -> PyResult<()> {
        if weight.is_nan() || weight < 1.0 {
            return Err(PyValueError::new_err(format!("weight must be 1 or more, not {weight}")));
        }
        let py = values.py();
        if values.is_instance_of::<PyFloat>() || values.is_instance_of::<PyInt>() {
            let value = gate::float(values)?;
            self.lock(py).add(value, weight);
            return Ok(());
        }
        // What cannot show its memory in this way is tried as an iterable.
        let (buffer, refused) = match Buffer::of(values, ITEMS) {
            Ok(buffer) => (buffer, None),
            Err(error) if error.is_instance_of::<PyException>(py) => (None, Some(error)),
            Err(error) => return Err(error),
        };
        if let Some(numbers) = buffer.as_ref().and_then(Buffer::numbers) {
            py.detach(move || {
                let mut sketch = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                if weight == 1.0 {
                    sketch.add_pieces(numbers.len(), |add| numbers.for_each_chunk(add));
                } else {
                    numbers.for_each_chunk(|chunk| chunk.iter().for_each(|value| sketch.add(*value, weight)));
                }
            });
            return Ok(());
        }
        let numbers = numbers(values, refused)?;
        let mut sketch = self.lock(py);
        if weight == 1.0 {
            sketch.add_all(&numbers);
        } else {
            numbers.into_iter().for_each(|value| sketch.add(value, weight));
        }
        Ok(())
    }

    /// Counts a number once, if nobody else has the sketch; whether it did.
    #[inline]
    pub(crate) fn add_now(&self, value: f64) -> bool {
        self.0.try_lock().map(|mut sketch| sketch.add(value, 1.0)).is_ok()
    }

    /// A copy of another sketch, which takes no more memory than its bins until it is changed.
    pub(crate) fn copy_of(sketch: &Sketch<&[u64]>) -> Self {
        PySketch(Mutex::new(sketch.into()))
    }

    fn lock(&self, py: Python<'_>) -> MutexGuard<'_, OwnedSketch> {
        self.0.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner)
    }

    fn summary(&self, py: Python<'_>) -> Summary {
        self.lock(py).summary()
    }
}

/// The form of that name.
fn form(name: &str) -> PyResult<Form> {
    let names = || Form::ALL.iter().map(|form| form.name()).collect::<Vec<_>>().join(", ");
    Form::from_name(name).ok_or_else(|| PyValueError::new_err(format!("form must be one of {}, not '{name}'", names())))
}

/// The bytes of a state.
pub(crate) fn bytes(data: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    let buffer = Buffer::of(data, BYTES)?.ok_or_else(|| wrong(data, "data", "bytes"))?;
    Ok(buffer.to_vec())
}

/// The most bins of a sketch.
fn limit(bins: i64) -> PyResult<usize> {
    match usize::try_from(bins) {
        Ok(bins) if (1..=BIN_LIMIT).contains(&bins) => Ok(bins),
        _ => Err(PyValueError::new_err(format!("bins must be from 1 to {BIN_LIMIT}, not {bins}"))),
    }
}

/// The numbers of an iterable, or what is one number without being a float or an int; `refused` is why its memory could not be seen.
fn numbers(values: &Bound<'_, PyAny>, refused: Option<PyErr>) -> PyResult<Vec<f64>> {
    let wrong = |place: &str, value: &Bound<'_, PyAny>, error: PyErr| {
        let py = value.py();
        let error = gate::settled(py, error);
        if !error.is_instance_of::<PyTypeError>(py) {
            return error;
        }
        match value.get_type().name() {
            Ok(kind) => PyTypeError::new_err(format!("values{place} must be a number, not {kind}")),
            Err(error) => error,
        }
    };
    if values.is_instance_of::<PyString>() {
        return Err(wrong("", values, PyTypeError::new_err("")));
    }
    let Ok(iterator) = gate::iter(values) else {
        if let Some(error) = refused.filter(|error| !error.is_instance_of::<PyBufferError>(values.py())) {
            return Err(error);
        }
        return Ok(vec![gate::float(values).map_err(|error| wrong("", values, error))?]);
    };
    let mut numbers = Vec::new();
    for (at, value) in iterator.enumerate() {
        let value = value?;
        numbers.push(gate::float(&value).map_err(|error| wrong(&format!("[{at}]"), &value, error))?);
    }
    Ok(numbers)
}
