//! `cargo xtask python`: the Python package, built, installed into a virtual environment under `target`, and tested as its users have it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::prerequisites::version_of;
use crate::step::{self, Outcome, usage};
use crate::venv::{Venv, package};
use crate::wheel;

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

/// Random lives of a process, or forks or ends of each kind, with the Python of the tests and each supported one that pyenv has.
pub(crate) fn lives(arguments: &[String]) -> Outcome {
    let kind: Vec<&str> = match arguments {
        [] => vec!["1000"],
        [count] if count.parse::<u32>().is_ok() => vec![count],
        [kind, count] if ["forks", "ends"].contains(&kind.as_str()) && count.parse::<u32>().is_ok() => {
            vec![kind, count]
        }
        _ => return Err(usage("lives")),
    };
    let venv = installed()?;
    let mut lives = venv.python([]);
    lives.arg(package().join("tests/lives.py")).args(kind).arg(venv.path().join("bin/python"));
    let versions = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".pyenv/versions"));
    let others = versions.and_then(|versions| fs::read_dir(versions).ok()).into_iter().flatten().flatten();
    let pythons = others.map(|version| version.path().join("bin/python"));
    lives.args(pythons.filter(|python| is_supported(python)));
    // One wheel is for all of them: they find it where it is installed for the tests.
    step::run("lives of processes", lives.env("BASENJI_LIVES_PATH", venv.site()?))
}

/// Whether the package is for this Python.
fn is_supported(python: &Path) -> bool {
    let recent = "import sys; sys.exit(sys.version_info < (3, 10))";
    Command::new(python).args(["-c", recent]).status().is_ok_and(|status| status.success())
}

/// A virtual environment with the wheel and what the tests need.
pub(crate) fn installed() -> Result<Venv, String> {
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
    memory(venv)?;
    let mut mypy = venv.python(["-m", "mypy", "--strict", "python", "examples"]);
    step::run("types", mypy.arg("tests/typed.py").current_dir(package()))?;
    // What an editor sees; the native module is not built in place.
    let mut pyright = venv.python(["-m", "pyright", "--pythonpath"]);
    pyright.arg(venv.path().join("bin/python")).args(["tests/typed.py", "examples"]).current_dir(package());
    step::run("types, as editors see them", &mut pyright)?;
    // From elsewhere, so that the installed package is compared.
    let allowed = package().join("tests/stubtest_allowlist.txt");
    let mut stubtest = venv.python(["-m", "mypy.stubtest", "basenji", "--ignore-disjoint-bases", "--allowlist"]);
    step::run("stubs against the module", stubtest.arg(allowed).current_dir(venv.path()))
}

/// What owners say of their memory, where a debug build of Python and valgrind see each access: no address may be read that is not the owner's.
fn memory(venv: &Venv) -> Outcome {
    if version_of("python3-dbg").is_none() || version_of("valgrind").is_none() {
        println!("==> buffers in a debug build of Python: skipped, there is no python3-dbg or no valgrind\n");
        return Ok(());
    }
    let site = venv.site()?;
    let mut tests = Command::new("valgrind");
    // CPython's own code looks at values that valgrind takes for uninitialised.
    tests.args(["--quiet", "--undef-value-errors=no", "--error-exitcode=99", "python3-dbg", "-m", "pytest", "-q"]);
    tests.args(["-p", "no:cacheprovider", "-p", "no:pytest_basenji", "tests/test_buffers.py"]);
    tests.env("PYTHONMALLOC", "malloc").env("PYTHONPATH", site).current_dir(package());
    step::run("buffers in a debug build of Python under valgrind", &mut tests)
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
