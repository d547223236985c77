//! The daemon in its release profile, and how large its file may be.

use std::path::PathBuf;
use std::{env, fs};

use crate::step;

/// The most bytes of the daemon, as it is published with all its sinks.
const MOST_BYTES: u64 = 9_000_000;

/// The most bytes where a variable asks for a build that takes less time, whose crates are optimised each for itself.
const MOST_BYTES_QUICK: u64 = 12_500_000;

/// A daemon that was built.
pub(crate) struct Daemon {
    pub(crate) path: PathBuf,
    /// Bytes of its file.
    pub(crate) bytes: u64,
}

/// The daemon as it is published.
///
/// # Errors
///
/// It cannot be built, or is larger than it may be.
pub(crate) fn published() -> Result<Daemon, String> {
    // Of the same packages as `cargo run`, which then has the same features, and builds nothing anew.
    step::run("the daemon", &mut step::cargo(["build", "--quiet", "--release", "--bin", "basenji"]))?;
    let path = step::target_dir().join("release/basenji");
    let bytes = fs::metadata(&path).map_err(|error| format!("{}: {error}", path.display()))?.len();
    let is_quick =
        ["LTO", "CODEGEN_UNITS"].iter().any(|name| env::var_os(format!("CARGO_PROFILE_RELEASE_{name}")).is_some());
    let most = if is_quick { MOST_BYTES_QUICK } else { MOST_BYTES };
    match bytes <= most {
        true => Ok(Daemon { path, bytes }),
        false => Err(format!("the daemon is a file of {bytes} bytes, and {most} are the most that it may have")),
    }
}
