//! `cargo xtask interop`: our clients and servers against the real ones of others; a file a suite.

mod agent_modules;
mod client;
mod go;
mod hot_shots;
mod java;
mod node;
mod python;
mod python_suite;
mod rust;
mod shell;
pub(crate) mod sinks;

use crate::packages::Need;
use crate::step::{Outcome, usage};

/// What the suites need beyond the languages themselves.
pub(crate) const NEEDS: &[Need] = &[
    Need { purpose: "clients in a shell", packages: &["netcat-openbsd", "socat"] },
    Need { purpose: "network namespaces", packages: &["iproute2", "util-linux"] },
    Need { purpose: "hot-shots over a Unix socket is C++", packages: &["g++", "make"] },
];

/// Its name, and what runs it.
type Suite = (&'static str, fn() -> Outcome);

/// Clients of others, unchanged, against our daemon, and its sinks against the receivers of others.
const CLIENTS: &[Suite] = &[
    ("shell", shell::run),
    ("python", python::run),
    ("node", node::run),
    ("rust", rust::run),
    ("go", go::run),
    ("java", java::run),
    ("sinks-quick", sinks::quick),
];

/// Clients of others and ours side by side.
const OTHERS: &[Suite] = &[
    ("hot-shots", hot_shots::run),
    ("python-suite", python_suite::run),
    ("sketches", agent_modules::sketches),
    ("captures", agent_modules::captures),
    ("sinks", sinks::all),
];

pub(crate) fn run(arguments: &[String]) -> Outcome {
    let suites = || CLIENTS.iter().chain(OTHERS);
    if !arguments.iter().all(|argument| suites().any(|(name, _)| name == argument)) {
        return Err(usage("interop"));
    }
    crate::packages::ensure(NEEDS)?;
    let is_wanted = |name: &str| arguments.is_empty() || arguments.iter().any(|argument| argument == name);
    suites().filter(|(name, _)| is_wanted(name)).try_for_each(|(_, run)| run())
}

/// Every client of others against our daemon.
pub(crate) fn clients() -> Outcome {
    CLIENTS.iter().try_for_each(|(_, run)| run())
}
