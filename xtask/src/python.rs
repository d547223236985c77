//! `cargo xtask python`: the Python package, built, installed into a virtual environment under `target`, and tested as its users have it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Outcome, step, wheel};

/// The package's directory.
pub(crate) fn package() -> PathBuf {
    step::root().join("bindings/python")
}

pub(crate) fn run(arguments: &[String]) -> Outcome {
    let venv = installed()?;
    if arguments.is_empty() {
        return checks(&venv);
    }
    step::run("Python tests", pytest(&venv).args(arguments))
}

/// Builds, installs and checks everything.
pub(crate) fn test() -> Outcome {
    checks(&installed()?)
}

/// A virtual environment with the wheel and what the tests need.
fn installed() -> Result<Venv, String> {
    let venv = Venv::with("python", &package().join("tests/requirements.txt"))?;
    let wheel = wheel::build(&venv, &[])?;
    let mut install = venv.pip(["install", "--no-deps", "--force-reinstall"]);
    step::run("install the wheel", install.arg(wheel))?;
    Ok(venv)
}

/// The bench beside our client's peers, ready to be run; if it is a `record`, the table of the README is made by it.
pub(crate) fn bench(record: bool) -> Result<Command, String> {
    let bench = step::root().join("tests/bench/python");
    let venv = Venv::with("python-bench", &bench.join("requirements.txt"))?;
    let wheel = wheel::build(&venv, &[])?;
    step::run("install the wheel", venv.pip(["install", "--no-deps", "--force-reinstall"]).arg(wheel))?;
    let mut command = venv.python([]);
    command.arg(bench.join("bench.py"));
    if record {
        command.env("BASENJI_BENCH_README", package().join("README.md"));
    }
    Ok(command)
}

fn checks(venv: &Venv) -> Outcome {
    step::run("Python tests", &mut pytest(venv))?;
    let mut mypy = venv.python(["-m", "mypy", "--strict", "python", "examples"]);
    step::run("types", mypy.current_dir(package()))?;
    // From elsewhere, so that the installed package is compared.
    let allowed = package().join("tests/stubtest_allowlist.txt");
    let mut stubtest = venv.python(["-m", "mypy.stubtest", "basenji", "--ignore-disjoint-bases", "--allowlist"]);
    step::run("stubs against the module", stubtest.arg(allowed).current_dir(venv.path()))
}

fn pytest(venv: &Venv) -> Command {
    let mut pytest = venv.python(["-m", "pytest", "-q"]);
    pytest.current_dir(package());
    // The variables that a client reads.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("DD_") || text.starts_with("DATADOG_") || text.starts_with("BASENJI_PROFILE") {
            pytest.env_remove(&name);
        }
    }
    pytest
}

/// A virtual environment under `target`.
pub(crate) struct Venv(PathBuf);

impl Venv {
    /// The environment of that name with what `requirements` lists; made, or brought up to date, where it is not.
    pub(crate) fn with(name: &str, requirements: &Path) -> Result<Venv, String> {
        let venv = Venv(step::target_dir().join("venv").join(name));
        let wanted =
            fs::read_to_string(requirements).map_err(|error| format!("{}: {error}", requirements.display()))?;
        let stamp = venv.0.join("requirements.txt");
        if fs::read_to_string(&stamp).is_ok_and(|have| have == wanted) {
            return Ok(venv);
        }
        let mut make = Command::new("python3");
        step::run("virtual environment", make.args(["-m", "venv", "--clear"]).arg(&venv.0))?;
        let mut install = venv.pip(["install", "--requirement"]);
        step::run("what Python's tests need", install.arg(requirements))?;
        fs::write(&stamp, wanted).map_err(|error| format!("{}: {error}", stamp.display()))?;
        Ok(venv)
    }

    /// Its directory.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Its Python with these arguments.
    pub(crate) fn python<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Command {
        let mut command = Command::new(self.0.join("bin/python"));
        command.args(arguments);
        command
    }

    /// Its pip, quiet, with these arguments.
    pub(crate) fn pip<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Command {
        let mut command = self.python(["-m", "pip", "--quiet", "--disable-pip-version-check"]);
        command.args(arguments);
        command
    }
}
