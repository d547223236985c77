//! The tests of `datadog`, the peer of our Python client, run against ours.

use crate::step::{self, Outcome};
use crate::venv::Venv;
use crate::wheel;

pub(crate) fn run() -> Outcome {
    let suite = step::root().join("tests/interop/python");
    let venv = Venv::with("python-suite", &suite.join("requirements.txt"))?;
    let wheel = wheel::build(&venv, &[])?;
    step::run("install the wheel", venv.pip(["install", "--no-deps", "--force-reinstall"]).arg(wheel))?;
    let mut tests = venv.python([]);
    tests.arg(suite.join("run.py")).arg(step::target_dir().join("interop/python"));
    step::run("the tests of datadog against basenji", &mut tests)
}
