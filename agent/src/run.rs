//! `basenji run`: the daemon, from the first socket to the last flush.

use std::fmt::Display;
use std::io::{self, ErrorKind, IsTerminal};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use basenji::server::{ListenerKind, ParseReport, Server, Stats};
use tracing::{debug, info, warn};

use crate::cli::RunOptions;
use crate::config::{Format, Http, Loaded, Settings};
use crate::failure::{Failure, reason};
use crate::http::{Routes, Scope};
use crate::reload::Live;
use crate::signals::Signal;
use crate::sink::{Json, Output, Screen, Show, Table};
use crate::{config, http, log, losses, signals};

/// What the main thread waits for.
enum News {
    /// A flush was shown, or could not be.
    Shown(io::Result<()>),
    /// Somebody wants the daemon to end, or to read its configuration again.
    Signal(Signal),
}

/// For how long the daemon goes on by itself.
struct Patience {
    once: bool,
    start: Instant,
    interval: Duration,
}

impl Patience {
    /// Whether a flush was the only one that is wanted: it shows messages, or the end of a whole bucket of silence.
    fn ends_with(&self, stats: &Stats) -> bool {
        self.once && (stats.messages.total() > 0 || self.start.elapsed() >= self.interval)
    }
}

/// Runs the command.
///
/// # Errors
///
/// The server cannot start, or standard output fails otherwise than by being closed.
pub(crate) fn run(options: &RunOptions) -> Result<ExitCode, Failure> {
    let Loaded { settings, warnings } = config::load(&options.flags, |name| std::env::var_os(name))?;
    let is_table = match *settings.format {
        Format::Auto => io::stdout().is_terminal(),
        Format::Table => true,
        Format::Json => false,
    };
    let screen = if is_table { Screen::find() } else { None };
    let log = log::start(*settings.log_level, screen.clone());
    warnings.iter().for_each(|warning| warn!("{warning}"));
    let show: Box<dyn Show> = match is_table {
        true => Box::new(Table::new(screen.clone())),
        false => Box::new(Json::new(*settings.key_by_origin)),
    };

    let (news, incoming) = channel();
    let signal = news.clone();
    // Nobody listens to what is told after the end of this function.
    signals::watch(move |one| drop(signal.send(News::Signal(one))))
        .map_err(|error| Failure::new(format!("cannot watch for signals: {}", reason(&error))))?;
    let output = Output::new(show, move |result| drop(news.send(News::Shown(result))));
    let interval = settings.flush_interval.small();
    let patience =
        Patience { once: options.once, start: Instant::now(), interval: Duration::from_secs(interval.into()) };
    let is_quiet = Arc::new(AtomicBool::new(*settings.disable_verbose_logs));
    let quiet = Arc::clone(&is_quiet);
    let server = config::builder(&settings)?
        .on_parse_error(move |report: &ParseReport| match quiet.load(Ordering::Relaxed) {
            true => debug!("line refused: {report}"),
            false => warn!("line refused: {report}"),
        })
        .start(output)
        .map_err(config::failure)?;
    announce(&server, &settings);
    serve(&server, &settings)?;
    if let Some(screen) = screen {
        // A terminal that is gone will be noticed by the table.
        let _ = screen.promise(interval);
    }

    let mut seen = Stats::default();
    let mut live = Live { settings, flags: &options.flags, log, is_quiet };
    let waited = wait(&incoming, &server, &mut seen, &patience, || live.reload(&server));
    let stats = server.stop();
    losses::warn_of(&seen, &stats);
    // The last flush has news, too.
    let shown = waited.and_then(|()| {
        incoming.try_iter().try_for_each(|news| match news {
            News::Shown(result) => result,
            News::Signal(_) => Ok(()),
        })
    });
    match shown {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::new(format!("cannot write to standard output: {}", reason(&error))))
        }
        _ => {
            info!(messages = stats.messages.total(), refused_lines = stats.parse_errors.total(), "stopped");
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Logs where the server can be reached, one line a socket.
fn announce(server: &Server, settings: &Settings) {
    let asked = settings.so_rcvbuf.given().map(|bytes| bytes.size());
    for listener in server.listeners() {
        let address = &listener.address;
        match listener.kind {
            ListenerKind::Udp => info!(udp = %address, "listening"),
            ListenerKind::UnixDatagram => info!(unix_datagram = %address, "listening"),
            ListenerKind::UnixStream => info!(unix_stream = %address, "listening"),
        }
        // Linux tells twice what it grants.
        let granted = listener.granted_buffer.map(|bytes| if cfg!(target_os = "linux") { bytes / 2 } else { bytes });
        match (granted, asked) {
            (Some(granted), Some(asked)) if granted < asked => {
                warn!(
                    "the kernel holds {granted} bytes for {address} instead of {asked}; net.core.rmem_max is its limit"
                );
            }
            (Some(granted), _) => debug!("the kernel holds {granted} bytes for {address}"),
            _ => {}
        }
    }
}

/// Serves HTTP where it is wanted. The port that it has by default may be another daemon's, which is no reason not to
/// start.
///
/// # Errors
///
/// A port that was asked for cannot be had.
fn serve(server: &Server, settings: &Settings) -> Result<(), Failure> {
    let routes = |scope| Routes {
        scope,
        monitor: server.monitor(),
        listeners: server.listeners().to_vec(),
        start: Instant::now(),
    };
    let failed = |address, origin: &dyn Display, error| {
        Failure::new(format!("cannot serve HTTP at {address} ({origin}): {}", reason(&error)))
    };
    if let Http::At(address) = *settings.http {
        match http::serve(address, routes(Scope::All)) {
            Ok(address) => info!(http = %address, "serving"),
            Err(error) if settings.http.is_given() => return Err(failed(address, &settings.http.origin, error)),
            Err(error) => info!("no HTTP at {address}: {}", reason(&error)),
        }
    }
    if let port @ 1.. = settings.health_port.0 {
        let address = config::everywhere(u16::try_from(port).unwrap_or_default());
        match http::serve(address, routes(Scope::Health)) {
            Ok(address) => info!(health = %address, "serving"),
            Err(error) => return Err(failed(address, &settings.health_port.origin, error)),
        }
    }
    Ok(())
}

/// Waits until there is a reason to stop.
///
/// # Errors
///
/// What standard output reports.
fn wait(
    incoming: &Receiver<News>,
    server: &Server,
    seen: &mut Stats,
    patience: &Patience,
    mut reload: impl FnMut(),
) -> io::Result<()> {
    for news in incoming {
        match news {
            News::Shown(result) => {
                result?;
                let stats = server.stats();
                losses::warn_of(seen, &stats);
                *seen = stats;
                if patience.ends_with(&stats) {
                    return Ok(());
                }
            }
            News::Signal(Signal::Reload) => reload(),
            News::Signal(Signal::End(name)) => {
                debug!("{name}");
                return Ok(());
            }
        }
    }
    Ok(())
}
