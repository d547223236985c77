//! `cargo xtask firmware`: what parts of the core take of a microcontroller, measured on the boards that QEMU has.

use crate::packages::Need;
use crate::{Outcome, packages, step, usage};

/// What firmware needs to be built and run.
pub(crate) const NEEDS: &[Need] = &[
    Need {
        purpose: "firmware: core for bare Arm, a linker and a C library for it",
        packages: &["rustc-web", "cargo-web", "rust-web-src", "gcc-arm-none-eabi", "libnewlib-arm-none-eabi"],
    },
    Need { purpose: "boards for the firmware to run on", packages: &["qemu-system-arm"] },
];

pub(crate) fn run(arguments: &[String]) -> Outcome {
    let writes = match arguments {
        [] => false,
        [flag] if flag == "--write" => true,
        _ => return Err(usage("firmware")),
    };
    if !packages::ensure(NEEDS)? {
        return Err("without these packages there is nothing to measure".into());
    }
    let mut command = step::cargo(["run", "--quiet", "--package", "basenji-tests", "--example", "footprint", "--"]);
    command.args(writes.then_some("--write"));
    step::run("flash, RAM, stack and instructions", &mut command)
}
