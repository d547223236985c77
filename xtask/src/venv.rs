//! The Python package's directory, and virtual environments.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::step;

/// The package's directory.
pub(crate) fn package() -> PathBuf {
    step::root().join("bindings/python")
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

    /// Where its packages are.
    pub(crate) fn site(&self) -> Result<String, String> {
        let mut site = self.python(["-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]);
        let site = step::output(&mut site).ok_or("the virtual environment does not say where its packages are")?;
        Ok(site.trim().to_owned())
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
