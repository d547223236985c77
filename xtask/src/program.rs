//! The daemon in its release profile, and how large its file may be.

use std::fs;
use std::path::PathBuf;

use crate::step;

/// The most bytes of the daemon, as it is published with all its sinks.
const MOST_BYTES: u64 = 9_000_000;

/// The most bytes of one that was built faster, whose crates are optimised each for itself.
const MOST_BYTES_QUICK: u64 = 12_500_000;

/// Variables of a build that takes less time.
const QUICK: [(&str, &str); 2] = [("CARGO_PROFILE_RELEASE_LTO", "off"), ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")];

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
    build(&[])
}

/// The same, for those who look at what it does and not at how fast.
///
/// # Errors
///
/// It cannot be built, or is larger than it may be.
pub(crate) fn quick() -> Result<Daemon, String> {
    build(&QUICK)
}

fn build(variables: &[(&str, &str)]) -> Result<Daemon, String> {
    let mut build = step::cargo(["build", "--quiet", "--release", "--package", "basenji-agent"]);
    step::run("the daemon", build.envs(variables.iter().copied()))?;
    let path = step::target_dir().join("release/basenji");
    let bytes = fs::metadata(&path).map_err(|error| format!("{}: {error}", path.display()))?.len();
    // Whoever builds with variables of their own has a program of their own.
    let is_quick = !variables.is_empty() || QUICK.iter().any(|(name, _)| std::env::var_os(name).is_some());
    let most = if is_quick { MOST_BYTES_QUICK } else { MOST_BYTES };
    match bytes <= most {
        true => Ok(Daemon { path, bytes }),
        false => Err(format!("the daemon is a file of {bytes} bytes, and {most} are the most that it may have")),
    }
}
