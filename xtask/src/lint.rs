//! `cargo xtask lint`: format, clippy and documentation, warnings denied; and what compiles for another system only.

use std::path::Path;
use std::process::Command;

use crate::step::{self, Outcome, usage};

pub(crate) fn run(arguments: &[String]) -> Outcome {
    if !arguments.is_empty() {
        return Err(usage("lint"));
    }
    step::run("format", &mut step::cargo(["fmt", "--all", "--check"]))?;
    step::run(
        "format of the fuzz targets",
        &mut step::cargo(["fmt", "--manifest-path", "fuzz/Cargo.toml", "--check"]),
    )?;
    step::run(
        "format of the firmware",
        &mut step::cargo(["fmt", "--all", "--manifest-path", "tests/firmware/Cargo.toml", "--check"]),
    )?;
    for bench in ["peers", "sketches"] {
        let manifest = format!("tests/bench/{bench}/Cargo.toml");
        step::run(
            &format!("format of the bench of {bench}"),
            &mut step::cargo(["fmt", "--manifest-path", &manifest, "--check"]),
        )?;
    }
    // The macros of napi-rs export nothing from a test build, so that there all of the addon would be unused.
    let workspace = ["--workspace", "--exclude", "basenji-node", "--all-targets"];
    for targets in [&workspace[..], &["--package", "basenji-node"]] {
        let mut clippy = step::cargo(["clippy"]);
        step::run("clippy", clippy.args(targets).args(["--", "-D", "warnings"]))?;
    }
    windows()?;
    step::run("documentation", step::cargo(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"))?;
    if step::output(Command::new("cargo-deny").arg("--version")).is_none() {
        println!("==> licences and sources: skipped, cargo-deny is not installed (cargo install cargo-deny)\n");
        return Ok(());
    }
    step::run("licences and sources", &mut step::cargo(["deny", "--offline", "check", "licenses", "bans", "sources"]))
}

/// Compiles the library for Windows, whose named pipe no other system has, where this Rust can.
fn windows() -> Outcome {
    const TARGET: &str = "x86_64-pc-windows-gnu";
    let mut ask = Command::new("rustc");
    ask.args(["--print", "target-libdir", "--target", TARGET]);
    if !step::output(&mut ask).is_some_and(|directory| Path::new(directory.trim()).is_dir()) {
        println!(
            "==> the library for Windows: skipped, its standard library is not installed (rustup target add {TARGET})\n"
        );
        return Ok(());
    }
    step::run("the library for Windows", &mut step::cargo(["check", "--package", "basenji", "--target", TARGET]))
}
