//! SIGTERM and SIGINT as news.

use std::io;
use std::process;
use std::thread;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::signal_name;

/// Calls `tell` with the name of the first of these signals. The second one ends the process at once, with 1: whoever
/// sends it does not want to wait for an output that takes nothing any more.
///
/// # Errors
///
/// The system has no thread or no descriptor left.
pub(crate) fn watch(tell: impl FnOnce(&'static str) + Send + 'static) -> io::Result<()> {
    let mut signals = Signals::new([SIGTERM, SIGINT])?;
    thread::Builder::new().name("basenji-signals".to_owned()).spawn(move || {
        let mut signals = signals.forever();
        if let Some(first) = signals.next() {
            tell(signal_name(first).unwrap_or("a signal"));
        }
        if signals.next().is_some() {
            process::exit(1);
        }
    })?;
    Ok(())
}
