//! A client of others against the daemon: `tests/examples/clients.rs` runs it and compares.

use std::path::PathBuf;
use std::process::Command;

use crate::step::{self, Outcome};

/// UDP and both kinds of Unix socket.
pub(super) const EVERYWHERE: &str = "udp,unixgram,unixstream";

/// The directory of a client, under `tests/interop/clients`.
pub(super) fn directory(name: &str) -> PathBuf {
    step::root().join("tests/interop/clients").join(name)
}

/// Where what a client needs is installed.
pub(super) fn installed(name: &str) -> PathBuf {
    step::target_dir().join("interop").join(name)
}

/// Whether `program` can be asked for its version; says that `name` is skipped where not.
pub(super) fn is_there(name: &str, program: &str, argument: &str) -> bool {
    let is_there = step::output(Command::new(program).arg(argument)).is_some();
    if !is_there {
        println!("==> {name}\n    skipped: there is no `{program}` here\n");
    }
    is_there
}

/// Runs the client in the directory of that name over each of the transports, and compares what the daemon has shown with what was expected.
pub(super) fn check(name: &str, transports: &str, client: &mut Command) -> Outcome {
    let mut command = step::cargo(["run", "--quiet", "--package", "basenji-tests", "--example", "clients", "--"]);
    command.arg(directory(name)).arg(transports).arg(client.get_program()).args(client.get_args());
    command.envs(client.get_envs().filter_map(|(name, value)| Some((name, value?))));
    step::run(&format!("{name} against the daemon"), &mut command)
}
