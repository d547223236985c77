//! `cargo xtask distributions`: what becomes of samples on their way to a dashboard, into `docs/distributions.md`.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::step::{self, Outcome, usage};
use crate::venv::Venv;
use crate::{bench, node, python};

pub(crate) fn run(arguments: &[String]) -> Outcome {
    if !arguments.is_empty() {
        return Err(usage("distributions"));
    }
    let directory = step::target_dir().join("distributions");
    // What an earlier run left would be taken for what was sent now.
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).map_err(|error| format!("{}: {error}", directory.display()))?;
    step::run("samples", example("samples").arg(&directory))?;
    // A client that cannot be had has no row.
    for client in [ours_of_python, ours_of_node, datadogpy, datadog_go, hot_shots, cadence] {
        client(&directory).unwrap_or_else(|error| println!("{error}\n"));
    }
    step::run("record, tables and pictures", example("record").arg(&directory))?;
    // Hundreds of megabytes.
    fs::remove_dir_all(&directory).map_err(|error| format!("{}: {error}", directory.display()))
}

fn example(part: &str) -> Command {
    step::cargo(["run", "--quiet", "--package", "basenji-tests", "--example", "distributions", "--", part])
}

fn ours_of_python(directory: &Path) -> Outcome {
    let send = step::root().join("tests/bench/distributions/send_basenji.py");
    step::run("Basenji for Python", python::installed()?.python([]).arg(send).arg(directory))
}

fn ours_of_node(directory: &Path) -> Outcome {
    node::install()?;
    let send = step::root().join("tests/bench/distributions/send_basenji.js");
    step::run("Basenji for Node", node::command("node").arg(send).arg(directory).arg("."))
}

fn datadogpy(directory: &Path) -> Outcome {
    let here = step::root().join("tests/bench/distributions");
    let venv = Venv::with("distributions", &here.join("requirements.txt"))?;
    step::run("datadogpy", venv.python([]).arg(here.join("send.py")).arg(directory))
}

fn datadog_go(directory: &Path) -> Outcome {
    let mut go = Command::new("go");
    go.current_dir(step::root().join("tests/bench/distributions")).args(["run", "."]).arg(directory);
    step::run("datadog-go", &mut go)
}

fn hot_shots(directory: &Path) -> Outcome {
    let packages = node::peers()?;
    let mut node = node::command("node");
    node.arg(step::root().join("tests/bench/distributions/send.js")).arg(directory).arg(packages);
    step::run("hot-shots", &mut node)
}

fn cadence(directory: &Path) -> Outcome {
    step::run("cadence", bench::peers("distributions").arg(directory))
}
