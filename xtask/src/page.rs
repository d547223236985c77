//! `cargo xtask page`: the live page in headless Chromium, and the pictures of the documentation.

use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

use crate::step::{self, Outcome, usage};
use crate::venv::Venv;

/// What the browser may be called.
const BROWSERS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

pub(crate) fn run(arguments: &[String]) -> Outcome {
    match arguments {
        [] => test(),
        [flag] if flag == "--pictures" => pictures(),
        _ => Err(usage("page")),
    }
}

/// Runs the tests; without a browser they are skipped, with a word about it.
pub(crate) fn test() -> Outcome {
    match prepare()? {
        None => Ok(()),
        Some(mut node) => {
            if let Some(python) = peer() {
                node.env("PEER_PYTHON", python);
            }
            step::run(
                "the live page in a browser",
                node.args(["--test", "page.test.mjs", "stranger.test.mjs", "clients.test.mjs"]),
            )
        }
    }
}

/// The Python of an environment with the client that others use; without it its test is skipped, with a word about it.
fn peer() -> Option<PathBuf> {
    let venv = Venv::with("page", &step::root().join("agent/tests/browser/requirements.txt"));
    venv.ok().map(|venv| venv.path().join("bin/python"))
}

/// Takes the pictures anew.
fn pictures() -> Outcome {
    let directory = step::root().join("agent/pictures");
    fs::create_dir_all(&directory).map_err(|error| format!("{}: {error}", directory.display()))?;
    let mut node = prepare()?.ok_or("pictures need a browser")?;
    step::run("take the pictures", node.arg("pictures.mjs").env("PICTURES", &directory))
}

/// Builds the daemon and installs what drives a browser; a Node that knows where they are.
fn prepare() -> Result<Option<Command>, String> {
    let Some(browser) = browser() else {
        println!(
            "==> the live page in a browser\n    skipped: there is no Chromium; on Debian: apt-get install chromium\n"
        );
        return Ok(None);
    };
    step::run("build the daemon", &mut step::cargo(["build", "-p", "basenji-agent"]))?;
    let directory = step::target_dir().join("browser");
    fs::create_dir_all(&directory).map_err(|error| format!("{}: {error}", directory.display()))?;
    // Modules are looked for beside the file that wants them.
    for entry in fs::read_dir(step::root().join("agent/tests/browser")).map_err(|error| error.to_string())?.flatten() {
        let copied = fs::copy(entry.path(), directory.join(entry.file_name()));
        copied.map_err(|error| format!("{}: {error}", entry.path().display()))?;
    }
    let mut install = Command::new("npm");
    install
        .args(["install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"])
        .current_dir(&directory);
    step::run("install what drives a browser", &mut install)?;
    let mut node = Command::new("node");
    node.current_dir(&directory)
        .env("BASENJI", step::target_dir().join("debug/basenji"))
        .env("CHROMIUM", browser)
        .env("ROOT", step::root())
        .env("TARGET", step::target_dir())
        .env("MODULES", &directory);
    Ok(Some(node))
}

fn browser() -> Option<PathBuf> {
    let directories: Vec<PathBuf> = env::split_paths(&env::var_os("PATH")?).collect();
    BROWSERS.iter().find_map(|name| directories.iter().map(|path| path.join(name)).find(|path| path.exists()))
}
