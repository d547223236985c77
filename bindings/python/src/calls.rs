//! The methods that are called often: raw functions of CPython's fast calling convention, put onto `Emitter` as its methods.

use std::ffi::CStr;
use std::panic::{AssertUnwindSafe, catch_unwind};

use basenji::core::wire::MetricKind;
use pyo3::exceptions::{PyRuntimeError, PyTypeError, PyUnicodeEncodeError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyType;

use crate::arguments::{Given, MOST, Name, sort};
use crate::emitter::{Call, Emitter, is_cardinality};
use crate::gate;
use crate::gathered::{Owned, gathered};
use crate::plain::lock;
use crate::quick::Found;
use crate::values::{self, Held};

use Name::{Cardinality, Metric, SampleRate, Tags, Timestamp, Value};

/// One method.
struct Method {
    name: &'static str,
    kind: MetricKind,
    parameters: &'static [Name],
    required: usize,
    negates: bool,
    /// Whether a call without a value is for a handle.
    has_handle: bool,
    doc: &'static CStr,
}

const PLAIN: &[Name] = &[Metric, Value, Tags, SampleRate, Cardinality];
const TIMED: &[Name] = &[Metric, Value, Timestamp, Tags, SampleRate, Cardinality];

const METHODS: [Method; 10] = [
    Method {
        name: "increment",
        kind: MetricKind::Count,
        parameters: PLAIN,
        required: 1,
        negates: false,
        has_handle: false,
        doc: c"increment($self, metric, value=1, tags=None, sample_rate=None, cardinality=None)\n--\n\nAdds to a count.\n\nRaises TypeError for a name or tag that is no str; never for a network fault.",
    },
    Method {
        name: "decrement",
        kind: MetricKind::Count,
        parameters: PLAIN,
        required: 1,
        negates: true,
        has_handle: false,
        doc: c"decrement($self, metric, value=1, tags=None, sample_rate=None, cardinality=None)\n--\n\nTakes from a count.\n\nRaises TypeError for a name or tag that is no str; never for a network fault.",
    },
    Method {
        name: "count",
        kind: MetricKind::Count,
        parameters: PLAIN,
        required: 2,
        negates: false,
        has_handle: false,
        doc: c"count($self, metric, value, tags=None, sample_rate=None, cardinality=None)\n--\n\nAdds to a count.\n\nRaises TypeError for a name or tag that is no str; never for a network fault.",
    },
    Method {
        name: "gauge",
        kind: MetricKind::Gauge,
        parameters: PLAIN,
        required: 1,
        negates: false,
        has_handle: true,
        doc: c"gauge($self, metric, value=..., tags=None, sample_rate=None, cardinality=None)\n--\n\nSets a gauge; without a value a handle of it.\n\nRaises TypeError for a name or tag that is no str; never for a network fault.",
    },
    Method {
        name: "histogram",
        kind: MetricKind::Histogram,
        parameters: PLAIN,
        required: 1,
        negates: false,
        has_handle: true,
        doc: c"histogram($self, metric, value=..., tags=None, sample_rate=None, cardinality=None)\n--\n\nA sample of a histogram; without a value a handle of it.\n\nRaises TypeError for a name or tag that is no str; never for a network fault.",
    },
    Method {
        name: "distribution",
        kind: MetricKind::Distribution,
        parameters: PLAIN,
        required: 1,
        negates: false,
        has_handle: true,
        doc: c"distribution($self, metric, value=..., tags=None, sample_rate=None, cardinality=None)\n--\n\nA sample of a distribution; without a value a handle of it.\n\nRaises TypeError for a name or tag that is no str; never for a network fault.",
    },
    Method {
        name: "timing",
        kind: MetricKind::Timing,
        parameters: PLAIN,
        required: 1,
        negates: false,
        has_handle: true,
        doc: c"timing($self, metric, value=..., tags=None, sample_rate=None, cardinality=None)\n--\n\nA timing, in milliseconds by convention; without a value a handle of it.\n\nRaises TypeError for a name or tag that is no str; never for a network fault.",
    },
    Method {
        name: "set",
        kind: MetricKind::Set,
        parameters: PLAIN,
        required: 2,
        negates: false,
        has_handle: false,
        doc: c"set($self, metric, value, tags=None, sample_rate=None, cardinality=None)\n--\n\nA member of a set.\n\nRaises TypeError for a name or tag that is no str; never for a network fault.",
    },
    Method {
        name: "gauge_with_timestamp",
        kind: MetricKind::Gauge,
        parameters: TIMED,
        required: 3,
        negates: false,
        has_handle: false,
        doc: c"gauge_with_timestamp($self, metric, value, timestamp, tags=None, sample_rate=None, cardinality=None)\n--\n\nA gauge of a second since 1970.\n\nRaises TypeError for a name or tag that is no str; never for a network fault.",
    },
    Method {
        name: "count_with_timestamp",
        kind: MetricKind::Count,
        parameters: TIMED,
        required: 2,
        negates: false,
        has_handle: false,
        doc: c"count_with_timestamp($self, metric, value, timestamp=0, tags=None, sample_rate=None, cardinality=None)\n--\n\nA count of a second since 1970.\n\nRaises TypeError for a name or tag that is no str; never for a network fault.",
    },
];

/// Puts the methods onto the class.
pub(crate) fn add(class: &Bound<'_, PyType>) -> PyResult<()> {
    const FUNCTIONS: [ffi::PyCFunctionFastWithKeywords; METHODS.len()] = [
        enter::<0>, enter::<1>, enter::<2>, enter::<3>, enter::<4>, enter::<5>, enter::<6>, enter::<7>, enter::<8>,
        enter::<9>,
    ];
    const NAMES: [&CStr; METHODS.len()] = [
        c"increment",
        c"decrement",
        c"count",
        c"gauge",
        c"histogram",
        c"distribution",
        c"timing",
        c"set",
        c"gauge_with_timestamp",
        c"count_with_timestamp",
    ];
    for ((method, name), function) in METHODS.iter().zip(NAMES).zip(FUNCTIONS) {
        // It lives as long as the class, which is for ever.
        let definition = Box::leak(Box::new(ffi::PyMethodDef {
            ml_name: name.as_ptr(),
            ml_meth: ffi::PyMethodDefPointer { PyCFunctionFastWithKeywords: function },
            ml_flags: ffi::METH_FASTCALL | ffi::METH_KEYWORDS,
            ml_doc: method.doc.as_ptr(),
        }));
        // SAFETY: class and definition are whole, and a descriptor of the class checks what it is called on.
        let descriptor = unsafe {
            Bound::from_owned_ptr_or_err(class.py(), ffi::PyDescr_NewMethod(class.as_type_ptr(), definition))
        }?;
        class.setattr(method.name, descriptor)?;
    }
    Ok(())
}

/// The one boundary: no panic and no error passes it but as an exception.
unsafe extern "C" fn enter<const METHOD: usize>(
    slf: *mut ffi::PyObject,
    arguments: *const *mut ffi::PyObject,
    positional: ffi::Py_ssize_t,
    keywords: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: CPython calls with a thread state.
    let py = unsafe { Python::assume_attached() };
    // SAFETY: the descriptor has checked that it is an emitter.
    let slf = unsafe { Borrowed::from_ptr(py, slf).cast_unchecked::<Emitter>() };
    let work = || {
        let method = const { &METHODS[METHOD] };
        let parameters = (method.parameters, method.required);
        let mut given = [None; MOST];
        // SAFETY: as CPython passes them.
        unsafe { sort(py, method.name, parameters, (arguments, positional as usize), keywords, &mut given) }?;
        match known(slf.get(), method, &given) {
            Found::Made => Ok(None),
            found => call(&slf, method, &given, found),
        }
    };
    let error = match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(None)) => return py.None().into_ptr(),
        Ok(Ok(Some(handle))) => return handle.into_ptr(),
        Ok(Err(error)) => error,
        Err(_) => PyRuntimeError::new_err("basenji: a bug; please report it"),
    };
    error.restore(py);
    std::ptr::null_mut()
}

/// Makes the call if it has no options and was made before.
#[inline]
fn known(emitter: &Emitter, method: &Method, given: &Given<'_, '_>) -> Found {
    let has_handle = method.has_handle && given[Value as usize].is_none();
    let is_given = |name: Name| given[name as usize].is_some_and(|object| !object.is_none());
    match given[Metric as usize] {
        Some(name) if !has_handle && ![SampleRate, Timestamp, Cardinality].into_iter().any(is_given) => {
            emitter.quick.call(method.kind, name, (given[Value as usize], method.negates), given[Tags as usize])
        }
        _ => Found::Other,
    }
}

fn call<'py>(
    slf: &Bound<'py, Emitter>,
    method: &Method,
    given: &Given<'_, 'py>,
    found: Found,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let get = |name: Name| given[name as usize].as_ref().filter(|object| !object.is_none());
    if method.has_handle && given[Value as usize].is_none() {
        let py = slf.py();
        let (name, tags) = (given[Metric as usize].as_deref(), get(Tags).map(|tags| &**tags));
        return gate::method(slf, pyo3::intern!(py, "_handle"), (method.name, name, tags)).map(Some);
    }
    if slf.get().client.load().is_none() {
        let plain = lock(&slf.get().plain);
        let (gathers, starts, enabled) = (plain.gathers, plain.starts, plain.enabled);
        drop(plain);
        if !enabled {
            return Ok(None);
        }
        if starts {
            gate::method(slf, pyo3::intern!(slf.py(), "_start_fast"), ())?;
        } else if gathers && gather(slf, method, given)? {
            return Ok(None);
        }
    }
    let value = match given[Value as usize].as_ref() {
        None if method.negates => Held::Integer(-1),
        None => Held::Integer(1),
        Some(value) if value.is_none() => return Ok(None),
        Some(value) if method.negates => Held::negated(value)?,
        Some(value) => Held::of(value)?,
    };
    let Some(name) = given[Metric as usize].as_ref() else { return Ok(None) };
    if given[Timestamp as usize].is_some_and(|time| time.is_none()) {
        return Err(PyTypeError::new_err("timestamp must be a number, not NoneType"));
    }
    let call = Call {
        kind: method.kind,
        name,
        value,
        tags: get(Tags).map_or_else(|| Ok(values::Tags::new()), |tags| values::tags(tags, slf.get().is_own()))?,
        rate: get(SampleRate).map(|rate| values::rate(rate)).transpose()?,
        timestamp: get(Timestamp).map(|time| values::timestamp(time)).transpose()?,
        cardinality: get(Cardinality).map(|text| values::text(text, "cardinality")).transpose()?,
        sampling: true,
    };
    Emitter::metric(slf, &call)?;
    if found == Found::New {
        slf.get().quick.learn(call.kind, call.name, &call.tags);
    }
    Ok(None)
}

/// Aggregates a call; whether it is one that is aggregated.
fn gather(slf: &Bound<'_, Emitter>, method: &Method, given: &Given<'_, '_>) -> PyResult<bool> {
    let get = |name: Name| given[name as usize].as_ref().filter(|object| !object.is_none());
    let emitter = slf.get();
    if let Some(time) = get(Timestamp)
        && gate::is_true(time)?
    {
        return Ok(false);
    }
    if !gathered(&emitter.gathered).takes(method.kind) {
        return Ok(false);
    }
    let value = given[Value as usize].as_deref();
    if value.is_some_and(|value| value.is_none()) {
        return Ok(true);
    }
    let Some(name) = given[Metric as usize].as_ref() else { return Ok(true) };
    emitter.look_around(slf)?;
    let cardinality = get(Cardinality).map(|text| values::text(text, "cardinality")).transpose()?;
    if let Some(cardinality) = cardinality.filter(|text| !is_cardinality(text)) {
        gate::method(slf, pyo3::intern!(slf.py(), "_odd_cardinality"), (cardinality,))?;
    }
    let tags = get(Tags).map_or_else(|| Ok(values::Tags::new()), |tags| values::tags(tags, false))?;
    let taken = Owned::of(method.kind, value, method.negates).and_then(|value| {
        let name = values::text(name, "metric")?;
        values::with_texts(&tags, |tags| {
            gathered(&emitter.gathered).add(method.kind, name, value, tags, cardinality);
        })
    });
    match taken.map_err(|error| gate::settled(slf.py(), error)) {
        Err(error) if error.is_instance_of::<PyUnicodeEncodeError>(slf.py()) => {
            gate::method(slf, pyo3::intern!(slf.py(), "_refused"), (error.value(slf.py()),)).map(|_| true)
        }
        taken => taken.map(|()| true),
    }
}
