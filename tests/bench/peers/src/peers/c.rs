//! Ours through the C ABI: `tests/bench/c/calls.c`, linked with the shared library as it is installed.

use crate::subject::{Group, Start, Subject};

/// The variable that names the compiled program.
const PROGRAM: &str = "BASENJI_C_CALLS";

pub(crate) fn subjects() -> Vec<Subject> {
    let subject = |name, group| Subject { name, ours: true, group, null: false, start: Start::Program(PROGRAM) };
    vec![
        subject("bj_metric_add", Group::Counter),
        subject("bj_metric_record", Group::Samples),
        subject("bj_count, aggregated", Group::Summed),
        subject("bj_count, buffered", Group::Lines),
        subject("bj_count, plain", Group::Plain),
    ]
}
