//! C programs without an operating system, linked with libbasenji_core.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Output;

use crate::bare::{Machine, built, root};
use crate::programs::{succeed, text};

/// What cargo is told to build the library, as the page tells it.
pub const BUILD: &str =
    "rustc --package basenji-ffi-core --lib --crate-type staticlib --profile firmware --features freestanding";

/// A C program that is linked with libbasenji_core for a machine.
#[derive(Debug)]
pub struct Program {
    machine: Machine,
    file: PathBuf,
}

impl Program {
    /// Builds the library in `work`, its target directory, and links it with `sources` and newlib. If `whole`, all of the library is linked, which
    /// fails unless the compiler has proved that nothing in it panics; else what the program asks for.
    ///
    /// # Errors
    ///
    /// A tool is missing.
    ///
    /// # Panics
    ///
    /// A tool fails.
    pub fn link<S: AsRef<OsStr>>(
        machine: Machine,
        work: &Path,
        name: &str,
        sources: &[S],
        whole: bool,
    ) -> Result<Program, String> {
        let (mut cargo, mut gcc) = (machine.cargo()?, machine.gcc()?);
        cargo.args(BUILD.split(' ')).args(["--quiet", "--target", machine.target]);
        succeed(cargo.arg("--target-dir").arg(work).current_dir(root()));
        let (built, c) = (built(work, &machine), root().join("tests/firmware/c"));
        let file = built.join(name).with_extension("elf");
        gcc.args(["-std=c11", "-Wall", "-Wextra", "-Werror", "-Os", "--specs=rdimon.specs", "-nostartfiles"]);
        gcc.arg(if whole { "-Wl,--no-gc-sections" } else { "-Wl,--gc-sections" })
            .args(["-ffunction-sections", "-fdata-sections"]);
        gcc.arg("-I").arg(root().join("ffi/include")).arg("-I").arg(&c).arg("-T").arg(c.join("mps2.ld"));
        gcc.arg(c.join("startup.c")).args(sources).arg(built.join("libbasenji_ffi_core.a"));
        succeed(gcc.arg("-o").arg(&file));
        Ok(Program { machine, file })
    }

    /// What it prints on its board, where it has to end with 0.
    ///
    /// # Errors
    ///
    /// QEMU is not there.
    ///
    /// # Panics
    ///
    /// It ends otherwise.
    pub fn run(&self) -> Result<String, String> {
        let output: Output = self.machine.run(&self.file, &[], &[])?;
        let complaint = String::from_utf8_lossy(&output.stderr);
        let printed = text(&output);
        assert!(output.status.success(), "{} on a {}: {printed}{complaint}", self.file.display(), self.machine.name);
        Ok(printed)
    }
}
