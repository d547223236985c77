//! `cargo xtask siege`: the real daemon inside a memory limit, under every attack at once, for a time.

use crate::program;
use crate::step::{self, Outcome, usage};

pub(crate) fn run(arguments: &[String]) -> Outcome {
    match arguments {
        [] => one(60),
        [seconds] if seconds.parse::<u32>().is_ok_and(|seconds| seconds > 0) => {
            one(seconds.parse().unwrap_or_default())
        }
        _ => Err(usage("siege")),
    }
}

/// Besieges it for so many seconds.
pub(crate) fn one(seconds: u32) -> Outcome {
    let daemon = program::published()?;
    let mut run = step::cargo(["run", "--quiet", "--package", "basenji-tests", "--example", "siege", "--"]);
    run.arg(daemon.path).arg(seconds.to_string());
    step::run(&format!("siege: {seconds} s"), &mut run)
}
