//! The sketches that go to Datadog beside those of the Agent's own module, which `tests/interop/sketches` calls.

use std::process::Command;

use super::client;
use crate::step::{self, Outcome};

pub(super) fn run() -> Outcome {
    if !client::is_there("sketches", "go", "version") {
        return Ok(());
    }
    let program = client::installed("sketches").join("sketches");
    let mut build = Command::new("go");
    build.current_dir(step::root().join("tests/interop/sketches")).args(["build", "-o"]).arg(&program).arg(".");
    step::run("build the Agent's sketches", &mut build)?;
    let mut test = step::cargo(["test", "--quiet", "--package", "basenji-agent", "--bin", "basenji"]);
    test.args(["--", "--exact", "sink::datadog::reference::fresh_sketches_have_the_bytes_of_the_agents_module"]);
    step::run("three thousand sketches, ours and the Agent's", test.env("BASENJI_SKETCH_REFERENCE", program))
}
