//! `cadence` and `metrics-exporter-dogstatsd`.

use std::process::Command;

use super::client;
use crate::step::{self, Outcome};

pub(super) fn run() -> Outcome {
    let target = client::installed("rust");
    let mut build = step::cargo(["build", "--quiet", "--locked", "--manifest-path"]);
    build.arg(client::directory("rust").join("Cargo.toml")).arg("--target-dir").arg(&target);
    step::run("build the clients in Rust", &mut build)?;
    let program = |name| Command::new(target.join("debug").join(name));
    client::check("rust/cadence", "udp,unixgram", &mut program("interop-cadence"))?;
    client::check("rust/exporter", client::EVERYWHERE, &mut program("interop-exporter"))
}
