//! `cargo xtask image`: the program of `agent/deploy/Containerfile`, without an engine for containers: built as one static file, and run in an empty root.

use std::process::Command;

use crate::packages::{self, Need};
use crate::step::{self, Outcome, usage};

/// A static program has a C library that can be linked so.
const TARGET: &str = "x86_64-unknown-linux-musl";

pub(crate) fn run(arguments: &[String]) -> Outcome {
    if !arguments.is_empty() {
        return Err(usage("image"));
    }
    packages::ensure(&[Need { purpose: "a static program", packages: &["musl-tools"] }])?;
    let installed = step::output(Command::new("rustup").args(["target", "list", "--installed"])).unwrap_or_default();
    if !installed.lines().any(|target| target == TARGET) {
        println!("==> the static program\n    skipped: rustup target add {TARGET}\n");
        return Ok(());
    }
    let mut build = step::cargo(["build", "--quiet", "--release", "--package", "basenji-agent", "--target", TARGET]);
    step::run("the daemon as one static file", &mut build)?;
    let mut run = step::cargo(["run", "--quiet", "--package", "basenji-tests", "--example", "image", "--"]);
    step::run("the same in an empty root", run.arg(step::target_dir().join(TARGET).join("release/basenji")))
}
