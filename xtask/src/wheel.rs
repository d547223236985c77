//! `cargo xtask wheel`: the wheel of the Python package, and its size.

use std::fs;
use std::path::PathBuf;

use crate::step::{self, Outcome, usage};
use crate::venv::{Venv, package};

pub(crate) fn run(arguments: &[String]) -> Outcome {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let options = match arguments[..] {
        [] => vec![],
        ["--free-threaded", version] => vec!["--no-default-features".into(), format!("--interpreter=python{version}")],
        _ => return Err(usage("wheel")),
    };
    let venv = Venv::with("python", &package().join("tests/requirements.txt"))?;
    let wheel = build(&venv, &options)?;
    let bytes = fs::metadata(&wheel).map_err(|error| format!("{}: {error}", wheel.display()))?.len();
    println!("{}: {:.2} MB", wheel.display(), bytes as f64 / 1e6);
    Ok(())
}

/// Builds the wheel and says where it is.
pub(crate) fn build(venv: &Venv, options: &[String]) -> Result<PathBuf, String> {
    let out = step::target_dir().join("wheels");
    // The only wheel there is the one that was built.
    let _ = fs::remove_dir_all(&out);
    let mut maturin = venv.python(["-m", "maturin", "build", "--release", "--quiet", "--out"]);
    maturin.arg(&out).arg("--target-dir").arg(step::target_dir()).args(options).current_dir(package());
    step::run("build the wheel", &mut maturin)?;
    let entries = fs::read_dir(&out).map_err(|error| format!("{}: {error}", out.display()))?;
    let mut wheels = entries.filter_map(|entry| Some(entry.ok()?.path()));
    wheels.find(|path| path.extension().is_some_and(|end| end == "whl")).ok_or_else(|| "maturin built no wheel".into())
}
