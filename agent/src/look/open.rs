//! `basenji open`: the live page of a running daemon, in the browser of this desktop.

use std::process::{Command, ExitCode, Stdio};

use super::{address, ask, show};
use crate::cli::OpenOptions;
use crate::failure::Failure;

/// The command that opens an address on this system.
const OPENER: &str = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };

/// Runs the command: shows the page's address, and opens it unless that is all that is wanted.
///
/// # Errors
///
/// There is no daemon, or it has no page.
pub(crate) fn open(options: &OpenOptions) -> Result<ExitCode, Failure> {
    let address = address(&options.daemon)?;
    // A page that needs a token answers, too, and says so itself.
    ask(address, "/page/main.js")?;
    let link = format!("http://{address}/");
    if !show(&format!("{link}\n"))? || options.print {
        return Ok(ExitCode::SUCCESS);
    }
    let opener =
        Command::new(OPENER).arg(&link).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    match opener {
        Ok(status) if status.success() => Ok(ExitCode::SUCCESS),
        _ => Err(Failure::new(format!("there is no browser that {OPENER} can start; open {link} yourself"))),
    }
}
