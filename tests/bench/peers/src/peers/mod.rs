//! Whose calls are measured.

mod basenji;
mod c;
mod cadence;
mod dogstatsd;
mod exporter;

use crate::subject::Subject;

/// Whose client is measured.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ours {
    /// The one for Rust.
    Rust,
    /// The same through the C ABI.
    C,
}

/// All subjects, ours first.
pub(crate) fn all(ours: Ours) -> Vec<Subject> {
    let ours = if ours == Ours::Rust { basenji::subjects() } else { c::subjects() };
    [ours, cadence::subjects(), dogstatsd::subjects(), exporter::subjects()].into_iter().flatten().collect()
}
