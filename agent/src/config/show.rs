//! `basenji config`: what is in force, as a file that would say the same, where each value comes from, and what memory it comes
//! to.

use std::io::{self, Write};
use std::process::ExitCode;

use super::footprint::most_memory;
use super::settings::{KEYS, Settings};
use super::{Environment, Flags, load};
use crate::failure::{Failure, reason};

/// The most columns that a value may take without pushing its origin away from the others.
const WIDEST: usize = 60;

/// Runs the command. Warnings go to standard error.
///
/// # Errors
///
/// What a start of the daemon would report, or that nothing can be written.
pub(crate) fn print(flags: &Flags) -> Result<ExitCode, Failure> {
    let loaded = load(flags, &Environment::of_the_process())?;
    for warning in &loaded.warnings {
        // If standard error has no reader, the warning is lost.
        let _ = writeln!(io::stderr(), "basenji: warning: {warning}");
    }
    let mut text: String = lines(&loaded.settings).iter().map(|line| format!("{line}\n")).collect();
    let most = most_memory(&loaded.settings)?.div_ceil(1 << 20);
    text.push_str(&format!("# With these the daemon takes {most} MiB of memory at most.\n"));
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(format!("cannot write to standard output: {}", reason(&error))))
        }
        _ => Ok(ExitCode::SUCCESS),
    }
}

/// A line a key.
fn lines(settings: &Settings) -> Vec<String> {
    let values: Vec<_> = KEYS.iter().map(|key| format!("{}: {}", key.name, (key.yaml)(settings))).collect();
    let width = values.iter().map(|value| value.chars().count()).filter(|width| *width <= WIDEST).max().unwrap_or(0);
    let lines = KEYS.iter().zip(values).map(|(key, value)| {
        let gap = width.saturating_sub(value.chars().count());
        format!("{value}{}  # {}", " ".repeat(gap), (key.origin)(settings))
    });
    lines.collect()
}
