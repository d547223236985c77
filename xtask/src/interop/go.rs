//! `datadog-go`, the present version and the calls of Datadog's guide to Kubernetes with the import path that it names.

use std::fs;
use std::process::Command;

use super::client;
use crate::step::{self, Outcome};

pub(super) fn run() -> Outcome {
    if !client::is_there("go", "go", "version") {
        return Ok(());
    }
    let programs = client::installed("go");
    fs::create_dir_all(&programs).map_err(|error| format!("{}: {error}", programs.display()))?;
    let mut build = Command::new("go");
    build.current_dir(client::directory("go")).args(["build", "-o"]).arg(&programs).arg("./...");
    step::run("build the clients in Go", &mut build)?;
    client::check("go/datadog", client::EVERYWHERE, &mut Command::new(programs.join("datadog")))?;
    client::check("go/legacy", "udp,unixgram", &mut Command::new(programs.join("legacy")))?;
    client::check("go/guide", "default-port,unixgram", &mut Command::new(programs.join("guide")))
}
