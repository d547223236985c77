//! Something that is polled, and the log lines about its failures.

use std::io;
use std::thread;
use std::time::Duration;

use tracing::{info, warn};

/// Calls `look` every `pause` for as long as the program runs, at once for the first time.
///
/// # Errors
///
/// The system has no thread left.
pub(super) fn every(pause: Duration, name: &str, mut look: impl FnMut() + Send + 'static) -> io::Result<()> {
    let run = move || {
        loop {
            look();
            thread::sleep(pause);
        }
    };
    thread::Builder::new().name(name.to_owned()).spawn(run).map(drop)
}

/// Logs failures, each once until there is a different one or a success.
#[derive(Debug, Default)]
pub(super) struct Trouble(Option<String>);

impl Trouble {
    /// Something went wrong.
    pub(super) fn is(&mut self, sentence: String) {
        if self.0.as_ref() != Some(&sentence) {
            warn!("{sentence}");
            self.0 = Some(sentence);
        }
    }

    /// It succeeded.
    pub(super) fn is_over(&mut self, what: &str) {
        if self.0.take().is_some() {
            info!("{what} can be read again");
        }
    }
}
