//! C programs without an operating system, linked with libbasenji_core.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::bare::{Machine, built, root};
use crate::programs::{succeed, text};

/// What cargo is told to build the library, as the page tells it.
pub const BUILD: &str =
    "rustc --package basenji-ffi-core --lib --crate-type staticlib --profile firmware --features freestanding";

/// Builds the library for a machine in `work`, its target directory, and says where it is.
fn library(machine: &Machine, work: &Path) -> Result<PathBuf, String> {
    let mut cargo = machine.cargo()?;
    cargo.args(BUILD.split(' ')).args(["--quiet", "--target", machine.target]);
    succeed(cargo.arg("--target-dir").arg(work).current_dir(root()));
    Ok(built(work, machine).join("libbasenji_ffi_core.a"))
}

/// Bytes of flash that the library takes of a program that calls these functions.
///
/// # Errors
///
/// A tool is missing.
///
/// # Panics
///
/// A tool fails.
pub fn flash(machine: &Machine, work: &Path, calls: &[&str]) -> Result<u64, String> {
    let (library, mut gcc) = (library(machine, work)?, machine.gcc()?);
    let program = library.with_file_name("calls.elf");
    gcc.args(["-nostdlib", "-nostartfiles", "-Wl,--gc-sections"])
        .args(calls.iter().map(|call| format!("-Wl,-u,{call}")));
    succeed(gcc.arg(format!("-Wl,-e,{}", calls[0])).arg(library).arg("-o").arg(&program));
    let sizes = text(&succeed(Command::new("arm-none-eabi-size").arg(program)));
    // Text, with what is constant, and data; a line of names stands above.
    let numbers = sizes.lines().nth(1).expect("a line of numbers").split_whitespace().take(2);
    Ok(numbers.map(|number| number.parse::<u64>().expect("a number")).sum())
}

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
        let (library, mut gcc) = (library(&machine, work)?, machine.gcc()?);
        let (file, c) = (library.with_file_name(name).with_extension("elf"), root().join("tests/firmware/c"));
        gcc.args(["-std=c11", "-Wall", "-Wextra", "-Werror", "-Os", "--specs=rdimon.specs", "-nostartfiles"]);
        gcc.arg(if whole { "-Wl,--no-gc-sections" } else { "-Wl,--gc-sections" })
            .args(["-ffunction-sections", "-fdata-sections"]);
        gcc.arg("-I").arg(root().join("ffi/include")).arg("-I").arg(&c).arg("-T").arg(c.join("mps2.ld"));
        gcc.arg(c.join("startup.c")).args(sources).arg(library);
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
