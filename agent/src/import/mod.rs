//! `basenji import`: the configuration of another daemon, as ours.

mod imported;
mod read;
mod translate;
mod write;

use std::process::ExitCode;

use crate::cli::ImportOptions;
use crate::failure::{Failure, reason};

/// Runs the command: the profiles on standard output, what they cannot say on standard error.
///
/// # Errors
///
/// The file cannot be read, or statsd_exporter would refuse it as well.
pub(crate) fn run(options: &ImportOptions) -> Result<ExitCode, Failure> {
    let path = options.file.display();
    let text = std::fs::read_to_string(&options.file)
        .map_err(|error| Failure::new(format!("cannot read {path}: {}", reason(&error))))?;
    let config =
        read::read(&text).map_err(|bad| Failure::new(format!("{path}, line {}: {}", bad.line, bad.problem)))?;
    let imported = translate::translate(&config);
    for note in &imported.notes {
        eprintln!("basenji: {path}: {note}");
    }
    print!("{}", write::yaml(&imported));
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests;
