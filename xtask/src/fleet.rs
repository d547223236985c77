//! `cargo xtask fleet`: many daemons, engines that stop and lose answers, and what is true at the end.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::interop::sinks;
use crate::step::{self, Outcome, usage};
use crate::{bench, program};

/// A fleet for a record: the engines are down for two minutes.
const LONG: [&str; 8] = ["--simulated", "48", "--real", "6", "--flushes", "12", "--pause", "30"];

/// One for every test run.
const SHORT: [&str; 8] = ["--simulated", "6", "--real", "2", "--flushes", "9", "--pause", "1"];

pub(crate) fn run(arguments: &[String]) -> Outcome {
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => one(&LONG, true).map(|_| ()),
        ["--short"] => short(),
        ["--bytes"] => bytes(),
        ["--record"] => {
            let Some(text) = one(&LONG, true)? else { return Ok(()) };
            let path = step::root().join("tests/bench/record/fleet.md");
            let page = format!(
                "# The fleet\n\n- command: `cargo xtask fleet --record`\n{}\n{}\nA set merges in ClickHouse alone; the other two get its size.\n",
                bench::machine(),
                text
            );
            fs::write(&path, page).map_err(|error| format!("{}: {error}", path.display()))?;
            println!("recorded in {}", path.display());
            Ok(())
        }
        _ => Err(usage("fleet")),
    }
}

/// A few daemons for half a minute.
pub(crate) fn short() -> Outcome {
    one(&SHORT, false).map(|_| ())
}

/// What a series costs on the wire.
fn bytes() -> Outcome {
    let mut python = Command::new("python3");
    python.arg(step::root().join("tests/fleet/bytes.py")).arg(program::published()?.path);
    step::run("bytes of a flush", python.arg("300"))
}

/// Runs one; what it has printed, if everything is there that it needs, or can be built if it `may_build`.
fn one(options: &[&str], may_build: bool) -> Result<Option<String>, String> {
    let Some(engines) = sinks::engines(may_build)? else { return Ok(None) };
    let simulator = simulator()?;
    let mut python = Command::new("python3");
    python.arg(step::root().join("tests/fleet/fleet.py")).arg(&engines.daemon).arg(simulator);
    python.args([&engines.python, &engines.victoria_metrics, &engines.prometheus]).args(options);
    println!("==> fleet: {}", options.join(" "));
    bench::teed(&mut python).map(Some).map_err(|error| format!("fleet: {error}"))
}

/// The tests of the daemon, one of which is the simulator.
fn simulator() -> Result<PathBuf, String> {
    let build =
        ["test", "--quiet", "--package", "basenji-agent", "--bin", "basenji", "--no-run", "--message-format=json"];
    let text = step::output(&mut step::cargo(build)).ok_or("the tests of the daemon do not build")?;
    let path = text.lines().filter_map(|line| line.split_once("\"executable\":\"")?.1.split('"').next()).next_back();
    path.map(PathBuf::from).ok_or_else(|| "cargo does not say where the tests of the daemon are".to_owned())
}
