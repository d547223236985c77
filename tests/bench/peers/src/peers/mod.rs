//! Whose calls are measured.

mod basenji;
mod cadence;
mod dogstatsd;
mod exporter;

use crate::subject::Subject;

/// All subjects, ours first.
pub(crate) fn all() -> Vec<Subject> {
    [basenji::subjects(), cadence::subjects(), dogstatsd::subjects(), exporter::subjects()]
        .into_iter()
        .flatten()
        .collect()
}
