//! `cargo xtask interop`: our clients and servers against the real ones of others; a file a suite.

mod hot_shots;
mod python_suite;

use crate::{Outcome, usage};

/// Its name, and what runs it.
type Suite = (&'static str, fn() -> Outcome);

const SUITES: &[Suite] = &[("hot-shots", hot_shots::run), ("python-suite", python_suite::run)];

pub(crate) fn run(arguments: &[String]) -> Outcome {
    let is_wanted = |name: &str| arguments.is_empty() || arguments.iter().any(|argument| argument == name);
    if !arguments.iter().all(|argument| SUITES.iter().any(|(name, _)| name == argument)) {
        return Err(usage("interop"));
    }
    SUITES.iter().filter(|(name, _)| is_wanted(name)).try_for_each(|(_, run)| run())
}
