//! Running one command as a step that can be read afterwards: what, how long, and how it failed.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// The outcome of a chore: success, or the sentence that says why it stopped.
pub(crate) type Outcome = Result<(), String>;

/// The sentence for arguments that a chore does not take; `main` adds those that it does.
pub(crate) fn usage(chore: &str) -> String {
    format!("usage: cargo xtask {chore}")
}

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask stands in the root").to_owned()
}

/// Where cargo builds: `CARGO_TARGET_DIR` or `target` in the root.
pub(crate) fn target_dir() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// The cargo that runs this chore, in the root, with these arguments.
pub(crate) fn cargo<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root()).args(arguments);
    command
}

/// Runs `command` without standard input.
///
/// # Errors
///
/// It cannot be started, or it ends with anything but exit code 0.
pub(crate) fn run(what: &str, command: &mut Command) -> Outcome {
    println!("==> {what}");
    println!("    {}", shown(command));
    let start = Instant::now();
    let status = command.stdin(Stdio::null()).status();
    let seconds = start.elapsed().as_secs_f64();
    match status {
        Ok(status) if status.success() => {
            println!("    done in {seconds:.1} s\n");
            Ok(())
        }
        Ok(status) => Err(format!("\"{what}\" failed after {seconds:.1} s with {status}: {}", shown(command))),
        Err(error) => Err(format!("\"{what}\" could not start {:?}: {error}", command.get_program())),
    }
}

/// What `command` prints on standard output, trimmed; `None` if it fails or is not there.
pub(crate) fn output(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The command as one would type it.
fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let mut words = vec![program.to_string_lossy()];
    words.extend(command.get_args().map(|argument| argument.to_string_lossy()));
    words.join(" ")
}
