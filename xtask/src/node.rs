//! `cargo xtask node`: the Node package, built in place from this checkout and tested, then packed and tested as its users have it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::step::{self, Outcome, usage};

/// The package's directory.
pub(crate) fn package() -> PathBuf {
    step::root().join("bindings/node")
}

pub(crate) fn run(arguments: &[String]) -> Outcome {
    install()?;
    if arguments.is_empty() {
        return checks();
    }
    step::run("Node tests", command("node").arg("--test").args(arguments))
}

/// Random lives of a process: a thousand, or as many as are asked for, from a seed on.
pub(crate) fn lives(arguments: &[String]) -> Outcome {
    if arguments.len() > 2 || arguments.iter().any(|number| number.parse::<u32>().is_err()) {
        return Err(usage("node-lives"));
    }
    install()?;
    let count = arguments.first().map_or("1000", String::as_str);
    let mut node = command("node");
    node.args(["test/support/lives.js", count]).args(arguments.get(1));
    step::run("random lives of a Node process", &mut node)
}

/// Builds, installs and checks everything.
pub(crate) fn test() -> Outcome {
    install()?;
    checks()
}

/// What the tests need, and the addon: `npm install` builds it.
pub(crate) fn install() -> Outcome {
    let mut install = command("npm");
    install.args(["install", "--no-audit", "--no-fund", "--loglevel=error"]);
    step::run("install and build the Node package", &mut install)
}

/// The clients that ours is measured beside and compared with; their addon is built with the headers of the Node that is installed.
const PEERS: &[&str] = &["hot-shots@17.1.1"];

/// Installs the peers and gives their directory.
pub(crate) fn peers() -> Result<PathBuf, String> {
    let directory = step::target_dir().join("node-peers");
    fs::create_dir_all(&directory).map_err(|error| format!("{}: {error}", directory.display()))?;
    let mut add = command("npm");
    add.args(["install", "--no-audit", "--no-fund", "--no-save", "--loglevel=error", "--prefix"]).arg(&directory);
    let binary = step::output(command("node").args(["-p", "require('path').join(process.execPath, '../..')"]));
    if let Some(prefix) = binary.filter(|prefix| Path::new(prefix).join("include/node/node.h").exists()) {
        add.env("npm_config_nodedir", prefix);
    }
    step::run("install the peers", add.args(PEERS))?;
    Ok(directory)
}

/// A peer of the bench alone; without what its tracer is made of.
const TRACER: &str = "dd-trace@5.132.0";

/// The bench, beside the peers; without the tracer's client where it cannot be had.
pub(crate) fn bench(script: &str) -> Result<Command, String> {
    install()?;
    let peers = peers()?;
    let mut add = command("npm");
    add.args([
        "install",
        "--no-audit",
        "--no-fund",
        "--no-save",
        "--loglevel=error",
        "--omit=optional",
        "--ignore-scripts",
    ]);
    let tracer = step::run("install the tracer", add.arg("--prefix").arg(peers.join("dd-trace")).arg(TRACER));
    tracer.unwrap_or_else(|error| println!("{error}"));
    let mut node = command("node");
    node.arg(package().join(script)).current_dir(peers);
    Ok(node)
}

fn checks() -> Outcome {
    step::run("Node tests", command("node").arg("--test").args(tests()?))?;
    step::run("types", command("npx").args(["--no-install", "tsc", "--noEmit", "--project", "test/types"]))
}

/// The files of tests, in order.
fn tests() -> Result<Vec<PathBuf>, String> {
    let directory = package().join("test");
    let entries = fs::read_dir(&directory).map_err(|error| format!("{}: {error}", directory.display()))?;
    let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|file| file.to_string_lossy().ends_with(".test.js"));
    files.sort();
    Ok(files)
}

/// `program` in the package's directory, without the variables that a client reads.
pub(crate) fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    command.current_dir(package());
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("DD_") || text.starts_with("DATADOG_") || text.starts_with("BASENJI_PROFILE") {
            command.env_remove(&name);
        }
    }
    command
}
