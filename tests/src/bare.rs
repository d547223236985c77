//! Machines without an operating system: how one compiles for them, and the boards that QEMU has of them.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A processor on a board.
#[derive(Debug, Clone, Copy)]
pub struct Machine {
    /// What people call it.
    pub name: &'static str,
    /// Rust's name for it.
    pub target: &'static str,
    /// What gcc is told of it.
    pub flags: &'static [&'static str],
    /// QEMU's board.
    board: &'static str,
}

/// A processor without floating point.
pub const CORTEX_M3: Machine = Machine {
    name: "Cortex-M3",
    target: "thumbv7m-none-eabi",
    flags: &["-mcpu=cortex-m3", "-mthumb"],
    board: "mps2-an385",
};

/// A processor with floats, but no doubles, and with arguments in their registers.
pub const CORTEX_M4F: Machine = Machine {
    name: "Cortex-M4F",
    target: "thumbv7em-none-eabihf",
    flags: &["-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"],
    board: "mps2-an386",
};

/// Seconds after which a program in QEMU hangs.
const PATIENCE: &str = "120";

/// The root of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests stand in the root")
}

impl Machine {
    /// The cargo that can build for this machine, without arguments.
    ///
    /// # Errors
    ///
    /// There is none: what is missing.
    pub fn cargo(&self) -> Result<Command, String> {
        let (has_core, compiler) = (has_core_for(self.target), Path::new("/usr/bin/cargo"));
        let mut cargo = if has_core {
            Command::new(env!("CARGO"))
        } else if Path::new("/usr/lib/rustlib/src/rust/library/core").is_dir() && compiler.is_file() {
            // Debian's compiler brings the source of `core`, which then is built with the program.
            let version = version_of("/usr/bin/rustc").unwrap_or_default();
            if version < least() {
                let [major, minor] = version;
                let [least_major, least_minor] = least();
                return Err(format!(
                    "{}: Debian's rustc-web is {major}.{minor}, the firmware needs {least_major}.{least_minor}; `rustup target add {0}` does as well",
                    self.target
                ));
            }
            let mut cargo = Command::new(compiler);
            cargo.env("RUSTC", "/usr/bin/rustc").env("RUSTDOC", "/usr/bin/rustdoc");
            cargo.env("RUSTC_BOOTSTRAP", "1").env("CARGO_UNSTABLE_BUILD_STD", "core");
            cargo
        } else {
            let missing =
                "neither `rustup target add` of it nor Debian's rustc-web, cargo-web and rust-web-src are there";
            return Err(format!("{}: {missing}", self.target));
        };
        clean(&mut cargo);
        Ok(cargo)
    }

    /// gcc for this machine, without other arguments.
    ///
    /// # Errors
    ///
    /// It is not there.
    pub fn gcc(&self) -> Result<Command, String> {
        let mut gcc = present("arm-none-eabi-gcc")?;
        gcc.args(self.flags);
        Ok(gcc)
    }

    /// Runs `program` on its board to the end, with `options` for QEMU and `arguments` for the program.
    ///
    /// # Errors
    ///
    /// QEMU is not there.
    pub fn run(&self, program: &Path, options: &[&str], arguments: &[&str]) -> Result<Output, String> {
        let emulator = present("qemu-system-arm")?;
        let mut semihosting = String::from("enable=on,target=native");
        let name = program.file_name().and_then(OsStr::to_str).unwrap_or("program");
        [name].iter().chain(arguments).for_each(|argument| semihosting += &format!(",arg={argument}"));
        let mut command = Command::new("timeout");
        command.arg(PATIENCE).arg(emulator.get_program()).args(["-M", self.board, "-display", "none"]);
        command.args(["-monitor", "none", "-serial", "none", "-semihosting-config", &semihosting]).args(options);
        command.arg("-kernel").arg(program).stdin(Stdio::null());
        command.output().map_err(|error| format!("timeout: {error}"))
    }
}

/// The oldest Rust that the firmware is built with, as its manifest says.
fn least() -> [u32; 2] {
    let manifest = include_str!("../firmware/Cargo.toml");
    let line = manifest.lines().find_map(|line| line.strip_prefix("rust-version = "));
    numbers(line.expect("the manifest says which Rust it needs").trim_matches('"')).expect("a version is two numbers")
}

/// The version of a compiler, if it can be run.
fn version_of(rustc: &str) -> Option<[u32; 2]> {
    let output = Command::new(rustc).arg("--version").output().ok()?;
    numbers(String::from_utf8_lossy(&output.stdout).split(' ').nth(1)?)
}

/// Major and minor version.
fn numbers(version: &str) -> Option<[u32; 2]> {
    let mut numbers = version.split('.').map(str::parse);
    Some([numbers.next()?.ok()?, numbers.next()?.ok()?])
}

/// Keeps what was set for the build of the tests out of another one.
pub fn clean(cargo: &mut Command) {
    for name in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET", "LD_LIBRARY_PATH"] {
        cargo.env_remove(name);
    }
}

/// Where the programs of `tests/firmware` are after `cargo build`, in `work` as its target directory.
pub fn built(work: &Path, machine: &Machine) -> PathBuf {
    work.join(machine.target).join("firmware")
}

/// `program` if it can be run.
fn present(program: &str) -> Result<Command, String> {
    let found = Command::new(program).arg("--version").output();
    if found.is_ok() { Ok(Command::new(program)) } else { Err(format!("{program} is not installed")) }
}

/// Whether the compiler that runs the tests has a `core` for `target`.
fn has_core_for(target: &str) -> bool {
    let output = Command::new("rustc").args(["--print", "target-libdir", "--target", target]).output();
    output.is_ok_and(|output| Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_dir())
}
