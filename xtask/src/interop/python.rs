//! `datadog` for Python.

use super::client;
use crate::step::Outcome;
use crate::venv::Venv;

pub(super) fn run() -> Outcome {
    let venv = Venv::with("interop", &client::directory("python").join("requirements.txt"))?;
    client::check("python", client::EVERYWHERE, &mut venv.python(["send.py"]))
}
