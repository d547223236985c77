//! Network namespaces of a test's own: what is sent in there stays in there, and every port is free.

use std::env;
use std::ffi::OsStr;
use std::process::Command;

/// Set where a namespace has been entered.
const ENTERED: &str = "BASENJI_NAMESPACE";

/// Whether this process was started by [`command`].
pub fn is_entered() -> bool {
    env::var_os(ENTERED).is_some()
}

/// Whether this kernel lets this user make namespaces.
///
/// # Errors
///
/// The sentence that says why not.
pub fn available() -> Result<(), String> {
    let output =
        command("true").output().map_err(|error| format!("unshare and ip are needed for a namespace: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("the kernel lets nobody make a namespace: {}", String::from_utf8_lossy(&output.stderr).trim()))
}

/// `program` in new network and mount namespaces, with a loopback that works.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--net", "--mount", "--", "sh", "-ec", r#"ip link set lo up; exec "$@""#, "sh"]);
    command.arg(program).env(ENTERED, "1");
    command
}
