//! `cargo xtask simulate`: worlds from seeds around the inside of a server, and the shortest story of one that breaks a promise.

use crate::step::{self, Outcome, usage};

/// Worlds without an argument, and in `cargo xtask test`, where they have a minute at most.
const WORLDS: &str = "10000";

/// Seconds that the tests give them.
const SECONDS: &str = "60";

pub(crate) fn run(arguments: &[String]) -> Outcome {
    if let [flag, count] = arguments
        && flag == "--worlds"
        && count.parse::<u64>().is_ok()
    {
        return worlds("worlds from seeds", &["0", count]);
    }
    if arguments.iter().any(|argument| argument.parse::<u64>().is_err()) {
        return Err(usage("simulate"));
    }
    match arguments {
        [] => worlds("worlds from seeds", &["0", WORLDS]),
        seeds => seeds.iter().try_for_each(|seed| worlds(&format!("the world of seed {seed}"), &[seed.as_str(), "1"])),
    }
}

/// Ten thousand worlds, or as many as a minute has.
pub(crate) fn some() -> Outcome {
    worlds("worlds from seeds", &["0", WORLDS, SECONDS])
}

fn worlds(what: &str, arguments: &[&str]) -> Outcome {
    let mut simulate =
        step::cargo(["run", "--quiet", "--release", "--package", "basenji-tests", "--example", "simulate", "--"]);
    // Compiled as fast as it runs well.
    simulate.envs([("CARGO_PROFILE_RELEASE_LTO", "off"), ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")]);
    step::run(what, simulate.args(arguments))
}
