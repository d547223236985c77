//! `basenji.Uniques`.

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use basenji::OwnedUniques;
use basenji::core::aggregate::Members;
use pyo3::prelude::*;
use pyo3::sync::MutexExt;
use pyo3::types::{PyBytes, PyString, PyType};

use crate::error::state_error;
use crate::gate;
use crate::given::wrong;
use crate::sketch::bytes;
use crate::values::text;

/// How many different members there were, in 16 kB: exact for a handful, off by 0.8 % on average for many.
///
/// They merge without loss, in every language of Basenji, can be pickled, and may be used by several threads. `members` are taken as by `add`.
///
/// >>> from basenji import Uniques
/// >>> users = Uniques(["ann", "bob"])
/// >>> users.merge(Uniques(["bob", "eve"]))
/// >>> users.count
/// 3
///
/// Raises TypeError for a member that is neither str nor bytes.
#[pyclass(frozen, name = "Uniques", module = "basenji")]
pub(crate) struct PyUniques {
    /// Of members that there were before, as long as nobody asks for registers: these take more memory.
    hashes: Box<[u64]>,
    uniques: OnceLock<Mutex<OwnedUniques>>,
}

#[pymethods]
impl PyUniques {
    #[new]
    #[pyo3(signature = (members = None))]
    fn new(members: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let uniques = PyUniques::from(OwnedUniques::default());
        if let Some(members) = members {
            if members.is_instance_of::<PyString>() || members.is_instance_of::<PyBytes>() {
                return Err(wrong(members, "members", "several of str or bytes"));
            }
            for member in gate::iter(members)? {
                uniques.add(&member?)?;
            }
        }
        Ok(uniques)
    }

    /// Counts a member, if it is a new one: a str by its bytes in UTF-8, or bytes.
    fn add(&self, member: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = member.py();
        if let Ok(bytes) = member.cast::<PyBytes>() {
            self.lock(py).add(bytes.as_bytes());
        } else if member.is_instance_of::<PyString>() {
            self.lock(py).add(text(member, "member")?.as_bytes());
        } else {
            return Err(wrong(member, "member", "str or bytes"));
        }
        Ok(())
    }

    /// Adds the members that another one has counted, which stays as it is.
    fn merge(&self, other: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = other.py();
        let other = other.cast::<PyUniques>().map_err(|_| wrong(other, "other", "a Uniques"))?.get();
        // One lock at a time: the other one may be this one, or be merging this one.
        let other = other.lock(py).clone();
        self.lock(py).merge(&other);
        Ok(())
    }

    /// Forgets everything.
    fn clear(&self, py: Python<'_>) {
        self.lock(py).clear();
    }

    /// About how many different members there were.
    #[getter]
    fn count(&self, py: Python<'_>) -> u64 {
        self.lock(py).count()
    }

    /// The registers in bytes, which every language of Basenji reads.
    fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        let uniques = self.lock(py).clone();
        PyBytes::new(py, &uniques.to_bytes())
    }

    /// What `to_bytes` has written, in any language.
    ///
    /// Raises StateError for what is corrupt, with its place.
    #[classmethod]
    fn from_bytes(_: &Bound<'_, PyType>, data: &Bound<'_, PyAny>) -> PyResult<Self> {
        let read = OwnedUniques::from_bytes(&bytes(data)?);
        read.map(PyUniques::from).map_err(|error| state_error(data.py(), error))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,))> {
        Ok((py.get_type::<PyUniques>().getattr("from_bytes")?, (self.to_bytes(py),)))
    }

    /// Whether both have the same registers.
    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        let Ok(other) = other.cast::<PyUniques>() else { return false };
        let py = other.py();
        let other = other.get().lock(py).clone();
        *self.lock(py) == other
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        format!("<Uniques count={}>", self.count(py))
    }
}

impl PyUniques {
    /// The members of a set.
    pub(crate) fn of_set(members: Members<'_>) -> Self {
        match members.precision() {
            0 => {
                let hashes = members.words().iter().copied().filter(|hash| *hash != 0).collect();
                PyUniques { hashes, uniques: OnceLock::new() }
            }
            _ => PyUniques::from(OwnedUniques::from(members)),
        }
    }

    fn lock(&self, py: Python<'_>) -> MutexGuard<'_, OwnedUniques> {
        let uniques = self.uniques.get_or_init(|| Mutex::new(Members::from_parts(&self.hashes, 0).into()));
        uniques.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner)
    }
}

impl From<OwnedUniques> for PyUniques {
    fn from(uniques: OwnedUniques) -> Self {
        PyUniques { hashes: Box::default(), uniques: Mutex::new(uniques).into() }
    }
}
