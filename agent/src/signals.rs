//! SIGTERM, SIGINT and SIGHUP, handed to the main thread.

use std::io;
use std::process;
use std::thread;
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::signal_name;

/// A signal that was received.
pub(crate) enum Signal {
    /// The daemon is to end; the name of the signal.
    End(&'static str),
    /// The configuration is to be read again.
    Reload,
}

/// For how long signals to end are one request: `timeout`, and wrappers that pass a signal on, send it to the process and to the group that it is in.
const ONE_REQUEST: Duration = Duration::from_millis(500);

/// Calls `tell` with the first signal to end, and with each one to reload. A second request to end ends the process at
/// once, with 1: its sender does not want to wait for an output that is stuck.
///
/// # Errors
///
/// The system has no thread or no descriptor left.
pub(crate) fn watch(tell: impl Fn(Signal) + Send + 'static) -> io::Result<()> {
    let mut signals = Signals::new([SIGTERM, SIGINT, SIGHUP])?;
    thread::Builder::new().name("basenji-signals".to_owned()).spawn(move || {
        let mut asked: Option<Instant> = None;
        for signal in signals.forever() {
            match signal {
                SIGHUP => tell(Signal::Reload),
                _ => match asked {
                    None => {
                        asked = Some(Instant::now());
                        tell(Signal::End(signal_name(signal).unwrap_or("a signal")));
                    }
                    Some(asked) if asked.elapsed() < ONE_REQUEST => (),
                    Some(_) => {
                        #[cfg(unix)]
                        crate::terminal::restore();
                        process::exit(1)
                    }
                },
            }
        }
    })?;
    Ok(())
}
