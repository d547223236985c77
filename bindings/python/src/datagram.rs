//! A datagram of the plain client on its way. It is counted once, as sent or as dropped, whatever becomes of the Python code that has it.

use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::forks::generation;

/// Who counts datagrams.
pub(crate) trait Owner: Send + Sync {
    /// Counts one of so many characters as sent or as dropped.
    fn count(&self, outcome: &str, characters: u64);
    /// Takes back the counters of a report that was not sent.
    fn put_back(&self, counts: [u64; 11]);
    /// Shows the garbage collector what it holds.
    fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError>;
}

/// What the peer's telemetry calls the bytes of a datagram: its characters.
pub(crate) fn characters(line: &[u8]) -> u64 {
    // All bytes of a character but its first are 10xxxxxx.
    line.iter().filter(|byte| **byte & 0xc0 != 0x80).count() as u64
}

/// One datagram; if nobody has settled it when it is let go of, it counts as dropped by the writer.
#[pyclass(frozen, module = "basenji._basenji")]
pub(crate) struct Datagram {
    owner: Box<dyn Owner>,
    #[pyo3(get)]
    packet: Py<PyBytes>,
    characters: u64,
    /// The counters that it reports, which are put back if it is not sent.
    report: Option<[u64; 11]>,
    settled: AtomicBool,
    /// The process that it belongs to: a child of a fork lets go of it uncounted.
    process: u32,
}

impl Datagram {
    /// A datagram of `owner`; with the counters that it reports, if it is a report.
    pub(crate) fn of(py: Python<'_>, owner: Box<dyn Owner>, packet: &[u8], report: Option<[u64; 11]>) -> Self {
        Datagram {
            owner,
            packet: PyBytes::new(py, packet).unbind(),
            characters: characters(packet),
            report,
            settled: AtomicBool::new(false),
            process: generation(),
        }
    }
}

#[pymethods]
impl Datagram {
    /// Counts it as ``sent``, or as dropped: by the ``queue``, the ``writer``, or as ``expired``; not at all as ``kept``. The first outcome holds.
    pub(crate) fn settle(&self, outcome: &str) {
        if self.settled.swap(true, Ordering::Relaxed) || self.process != generation() || outcome == "kept" {
            return;
        }
        if let Some(counts) = self.report.filter(|_| outcome != "sent") {
            self.owner.put_back(counts);
        }
        self.owner.count(outcome, self.characters);
    }

    #[allow(clippy::needless_pass_by_value, reason = "pyo3 gives it so")]
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.owner.traverse(&visit)
    }
}

impl Drop for Datagram {
    fn drop(&mut self) {
        self.settle("writer");
    }
}
