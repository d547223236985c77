//! Ours beside modules of the Agent, which programs in `tests/interop` call: sketches as they go to Datadog, and messages of captures.

use std::process::Command;

use super::client;
use crate::step::{self, Outcome};

pub(super) fn sketches() -> Outcome {
    beside(
        "sketches",
        "BASENJI_SKETCH_REFERENCE",
        "sink::datadog::reference::fresh_sketches_have_the_bytes_of_the_agents_module",
    )
}

pub(super) fn captures() -> Outcome {
    beside(
        "captures",
        "BASENJI_CAPTURE_REFERENCE",
        "capture::reference::captures_of_ours_and_of_the_agents_definitions_say_the_same",
    )
}

/// Builds the program in the directory of that name, and runs the test of the daemon that finds it by `variable`.
fn beside(name: &str, variable: &str, test: &str) -> Outcome {
    if !client::is_there(name, "go", "version") {
        return Ok(());
    }
    let program = client::installed(name).join(name);
    let mut build = Command::new("go");
    build.current_dir(step::root().join("tests/interop").join(name)).args(["build", "-o"]).arg(&program).arg(".");
    step::run(&format!("build the Agent's {name}"), &mut build)?;
    let mut command = step::cargo(["test", "--quiet", "--package", "basenji-agent", "--bin", "basenji"]);
    command.args(["--", "--exact", test]);
    step::run(&format!("{name}, ours and the Agent's"), command.env(variable, program))
}
