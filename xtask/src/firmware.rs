//! `cargo xtask firmware`: what parts of the core take of a microcontroller, measured on the boards that QEMU has.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::packages;
use crate::packages::Need;
use crate::prerequisites::{Version, version_of};
use crate::step::{self, Outcome, usage};

/// What firmware needs to be built and run.
pub(crate) const NEEDS: &[Need] = &[
    Need {
        purpose: "firmware: core for bare Arm, a linker and a C library for it",
        packages: &["rustc-web", "cargo-web", "rust-web-src", "gcc-arm-none-eabi", "libnewlib-arm-none-eabi"],
    },
    Need { purpose: "boards for the firmware to run on", packages: &["qemu-system-arm"] },
];

/// Debian's compiler, which brings the source of `core`.
const DEBIANS_RUSTC: &str = "/usr/bin/rustc";

/// Whether a compiler for bare Arm is there that is new enough; if not, says why.
pub(crate) fn has_compiler() -> bool {
    let has_target = |target: &&str| {
        let libdir = step::output(Command::new("rustc").args(["--print", "target-libdir", "--target", target]));
        libdir.is_some_and(|directory| Path::new(&directory).is_dir())
    };
    if ["thumbv7m-none-eabi", "thumbv7em-none-eabihf"].iter().all(has_target) {
        return true;
    }
    let manifest = fs::read_to_string(step::root().join("tests/firmware/Cargo.toml")).unwrap_or_default();
    let least = manifest.lines().find_map(|line| Version::first_in(line.strip_prefix("rust-version = ")?));
    let least = least.unwrap_or(Version(0, 0));
    match version_of(DEBIANS_RUSTC) {
        Some(version) if version >= least => return true,
        Some(version) => println!("    skipped: firmware, which needs Rust {least}; Debian's rustc-web is {version}"),
        None => println!("    skipped: firmware, for which there is no Rust for bare Arm"),
    }
    println!("    rustup target add thumbv7m-none-eabi thumbv7em-none-eabihf does as well\n");
    false
}

pub(crate) fn run(arguments: &[String]) -> Outcome {
    let writes = match arguments {
        [] => false,
        [flag] if flag == "--write" => true,
        _ => return Err(usage("firmware")),
    };
    if !packages::ensure(NEEDS)? || !has_compiler() {
        return Err("without these packages there is nothing to measure".into());
    }
    let mut command = step::cargo(["run", "--quiet", "--package", "basenji-tests", "--example", "footprint", "--"]);
    command.args(writes.then_some("--write"));
    step::run("flash, RAM, stack and instructions", &mut command)
}
