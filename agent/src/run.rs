//! `basenji run`: the daemon, from the first socket to the last flush.

use std::fmt::Display;
use std::io::{self, ErrorKind, IsTerminal};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use basenji::server::{Amount, Death, ListenerKind, Monitor, ParseReport, Server, SinkStats, Stats};
use tracing::{debug, error, info, warn};

use crate::capture::Copier;
use crate::cli::RunOptions;
use crate::config::{Environment, Format, Http, Keep, Loaded, Settings};
use crate::failure::{Failure, reason};
use crate::forward::Forward;
use crate::http::{Look, Policy};
use crate::live::{self, History, Live as Page};
use crate::losses::Descriptors;
use crate::reload::Live;
use crate::signals::Signal;
use crate::sink::{self, Board, Json, Line, Output, Screen, Show, Table};
#[cfg(unix)]
use crate::terminal::{Key, Keys};
use crate::watchers::Watchers;
use crate::{config, http, log, losses, signals};

/// Of the allocator: addresses are limited in places, and threads that receive allocate nothing.
const ARENAS: u8 = 2;

/// What the main thread waits for.
enum News {
    /// A flush was shown, or could not be.
    Shown(io::Result<()>),
    /// A thread of the server has panicked.
    Died(Death),
    /// A signal asks the daemon to end, or to read its configuration again.
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

/// The counters at the last check, up to which there were warnings.
struct Watch {
    seen: Stats,
    descriptors: Descriptors,
    lines: Vec<Line>,
    board: Board,
    monitor: Monitor,
    /// Whether standard output is the only sink.
    is_only: bool,
}

impl Watch {
    /// Warns of what was lost since the last check.
    fn look(&mut self) -> Stats {
        let (stats, lines) = (self.monitor.stats(), self.board.lines(&self.monitor));
        losses::warn_of(&self.seen, &stats);
        self.descriptors.warn_of(&stats);
        losses::name_the_refused(&self.seen, &stats, &self.monitor);
        sink::warn_of(&self.lines, &lines);
        (self.seen, self.lines) = (stats, lines);
        stats
    }

    /// Whether what standard output reports is a reason to end: only where there is no other sink.
    fn judge(&self, result: io::Result<()>) -> io::Result<()> {
        match result {
            Err(error) if !self.is_only => {
                warn!("nothing more is shown, standard output has failed: {}", reason(&error));
                Ok(())
            }
            result => result,
        }
    }
}

/// How series are shown; `is_delivered` tells whether they go elsewhere, too.
fn format(settings: &Settings, is_delivered: bool) -> Format {
    match *settings.format {
        Format::Auto if io::stdout().is_terminal() => Format::Table,
        Format::Auto if is_delivered => Format::Off,
        Format::Auto => Format::Json,
        format => format,
    }
}

/// Runs the command.
///
/// # Errors
///
/// The server cannot start, or standard output fails otherwise than by being closed.
pub(crate) fn run(options: &RunOptions) -> Result<ExitCode, Failure> {
    basenji::server::limit_arenas(ARENAS);
    let Loaded { settings, mut warnings } = config::load(&options.flags, &Environment::of_the_process())?;
    let format = format(&settings, sink::is_any_wanted(&settings));
    let screen = if format == Format::Table { Screen::find() } else { None };
    // Before the sinks, which may have something to say as they are built.
    let log = log::start(*settings.log_level, screen.clone());
    let mut sinks = sink::build(&settings, &mut warnings)?;
    warnings.iter().for_each(|warning| warn!("{warning}"));
    for (sink, row) in sinks.iter().flat_map(|sink| sink.health.rows().into_iter().map(|row| (sink.name, row))) {
        info!(sink, target = row.target, "delivering");
    }
    let table = (format == Format::Table).then(|| Table::new(screen.clone()));
    let show: Option<Box<dyn Show>> = match format {
        Format::Table => table.clone().map(|table| Box::new(table) as Box<dyn Show>),
        Format::Json => Some(Box::new(Json::new(*settings.key_by_origin))),
        _ => None,
    };

    let (news, incoming) = channel();
    let signal = news.clone();
    // After the end of this function the channel has no reader.
    signals::watch(move |one| drop(signal.send(News::Signal(one))))
        .map_err(|error| Failure::new(format!("cannot watch for signals: {}", reason(&error))))?;
    let is_only = sinks.is_empty();
    let died = news.clone();
    sinks.extend(show.map(|show| Output::install(show, move |result| drop(news.send(News::Shown(result))))));
    if sinks.is_empty() {
        return Err(Failure::usage(format!(
            "series would go nowhere: basenji_format is off ({})",
            settings.format.origin
        )));
    }
    let live = page(&settings)?;
    let watchers = watchers(&settings, live.as_ref());
    let copier = watchers.as_ref().map(|watchers| Arc::clone(&watchers.copier));
    sinks.extend(live.as_ref().map(|live| live.history.install()));
    let board = Board::new(&sinks);
    let looks = sinks.iter().filter_map(|sink| sink.looks.clone()).collect();
    let interval = settings.bucket_secs.small();
    let patience =
        Patience { once: options.once, start: Instant::now(), interval: Duration::from_secs(interval.into()) };
    let is_quiet = Arc::new(AtomicBool::new(*settings.disable_verbose_logs));
    let quiet = Arc::clone(&is_quiet);
    let forward = Forward::start(&settings)?;
    let builder = config::builder(&settings, watchers, forward.clone())?;
    let builder = sinks.into_iter().fold(builder, |builder, one| builder.sink(one.name, one.sink));
    #[cfg(debug_assertions)]
    let builder = crate::mines::lay(builder);
    let refused = live.as_ref().map(|live| Arc::clone(&live.refused));
    let builder = match &live {
        Some(live) => builder.sketch_histograms(live.history.is_wanted()),
        None => builder,
    };
    let server = builder
        .on_parse_error(move |report: &ParseReport| {
            refused.iter().for_each(|refused| refused.take(report));
            match quiet.load(Ordering::Relaxed) {
                true => debug!("line refused: {report}"),
                false => warn!("line refused: {report}"),
            }
        })
        .on_death(move |death| drop(died.send(News::Died(death.clone()))))
        .start_sinks()
        .map_err(config::failure)?;
    announce(&server, &settings);
    serve(&server, &board, (live, forward, copier), &settings)?;
    #[cfg(unix)]
    let _keys = table.filter(|_| screen.is_some()).and_then(steer);
    if let Some(screen) = screen {
        // The table will notice a terminal that is gone.
        let _ = screen.promise(interval);
    }

    let mut watch = Watch {
        seen: Stats::default(),
        descriptors: Descriptors::default(),
        lines: Vec::new(),
        board,
        monitor: server.monitor(),
        is_only,
    };
    let mut live = Live { settings, flags: &options.flags, log, is_quiet, looks };
    let waited = wait(&incoming, &mut watch, &patience, || live.reload(&server));
    watch.board.prepare_stop();
    let stats = server.stop();
    // The last flush may have warnings, too.
    let ended = incoming.try_iter().fold(waited, |ended, news| match (ended, news) {
        (End::Wanted, News::Shown(result)) => watch.judge(result).map_or_else(End::Unshown, |()| End::Wanted),
        (End::Wanted, News::Died(death)) => End::Dead(death),
        (ended, _) => ended,
    });
    watch.look();
    ended.verdict(&watch.monitor.sinks())?;
    info!(messages = stats.messages.total(), refused_lines = stats.parse_errors.total(), "stopped");
    Ok(ExitCode::SUCCESS)
}

/// Why the daemon ends.
#[derive(Debug)]
enum End {
    /// A signal or an option asks it to.
    Wanted,
    /// Standard output has failed.
    Unshown(io::Error),
    /// A thread of the server has died.
    Dead(Death),
}

impl End {
    /// The exit code of the command, once the server has stopped.
    ///
    /// # Errors
    ///
    /// One sentence, if something went wrong; a reader that has closed standard output is no failure.
    fn verdict(&self, sinks: &[SinkStats]) -> Result<(), Failure> {
        match self {
            End::Dead(death) => return Err(Failure::new(death.to_string())),
            End::Unshown(error) if error.kind() != ErrorKind::BrokenPipe => {
                return Err(Failure::new(format!("cannot write to standard output: {}", reason(error))));
            }
            _ => {}
        }
        let left: Amount = sinks.iter().map(|sink| sink.abandoned).sum();
        if left == Amount::default() {
            return Ok(());
        }
        let slow: Vec<_> = sinks.iter().filter(|sink| sink.abandoned != Amount::default()).collect();
        let names: Vec<_> = slow.iter().map(|sink| &sink.name[..]).collect();
        let what = sink::words(left);
        Err(Failure::new(format!("{what} were not shown: the stop has waited long enough for {}", names.join(", "))))
    }
}

/// Lets keys steer a table on the screen.
#[cfg(unix)]
fn steer(table: Table) -> Option<Keys> {
    let shown = table.clone();
    let keys = Keys::start(move |key| match key {
        // As Ctrl-C does.
        Some(Key::Char('q')) if !shown.is_typing() => signal_hook::low_level::raise(signal_hook::consts::SIGINT),
        key => shown.press(key),
    })?;
    table.expect_keys();
    Some(keys)
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
        // Linux reports twice the size that it grants.
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

/// The live page, if it is wanted.
///
/// # Errors
///
/// The system has no random numbers for a token.
fn page(settings: &Settings) -> Result<Option<Page>, Failure> {
    let Http::At(address) = *settings.http else { return Ok(None) };
    if !*settings.page {
        return Ok(None);
    }
    let history = live::Settings {
        budget: settings.history_limit.size(),
        interval: settings.bucket_secs.small(),
        always: *settings.history == Keep::Always,
    };
    // Only programs on this machine reach its loopback address.
    let token = match address.ip().is_loopback() {
        true => None,
        false => Some(live::new_token().map_err(|error| {
            Failure::new(format!("there are no random numbers for the page's token: {}", reason(&error)))
        })?),
    };
    let (refused, tap) = (Arc::default(), Arc::default());
    Ok(Some(Page { history: History::new(history), refused, tap, token }))
}

/// Who may see datagrams as they come: who knows the page's token, or programs on this machine.
fn watchers(settings: &Settings, live: Option<&Page>) -> Option<Watchers> {
    let Http::At(address) = *settings.http else { return None };
    let is_safe = live.is_some() || address.ip().is_loopback();
    is_safe.then(|| Watchers { copier: Arc::default(), tap: live.map(|live| Arc::clone(&live.tap)) })
}

/// Serves HTTP where it is wanted. The port that it has by default may be another daemon's, and then the daemon
/// starts without it.
///
/// # Errors
///
/// A port that was asked for is not free.
fn serve(
    server: &Server,
    board: &Board,
    (live, forward, copier): (Option<Page>, Option<Arc<Forward>>, Option<Arc<Copier>>),
    settings: &Settings,
) -> Result<(), Failure> {
    let look = Look {
        monitor: server.monitor(),
        board: board.clone(),
        listeners: server.listeners().to_vec(),
        start: Instant::now(),
        live,
        forward,
        copier,
    };
    let failed = |address, origin: &dyn Display, error| {
        Failure::new(format!("cannot serve HTTP at {address} ({origin}): {}", reason(&error)))
    };
    if let Http::At(address) = *settings.http {
        let policy = Policy { hosts: settings.http_hosts.0.clone(), any: false };
        match http::serve(address, http::routes(&look), policy) {
            Ok(address) => {
                info!(http = %address, "serving");
                if let Some(live) = &look.live {
                    info!("the live page is at {}", live.link(address));
                }
            }
            Err(error) if settings.http.is_given() => return Err(failed(address, &settings.http.origin, error)),
            Err(error) => info!("no HTTP at {address}: {}", reason(&error)),
        }
    }
    if let port @ 1.. = settings.health_port.0 {
        let address = config::everywhere(u16::try_from(port).unwrap_or_default());
        // There is nothing to read there.
        let policy = Policy { any: true, ..Policy::default() };
        match http::serve(address, http::probes(&look), policy) {
            Ok(address) => info!(health = %address, "serving"),
            Err(error) => return Err(failed(address, &settings.health_port.origin, error)),
        }
    }
    Ok(())
}

/// Waits until there is a reason to stop.
fn wait(incoming: &Receiver<News>, watch: &mut Watch, patience: &Patience, mut reload: impl FnMut()) -> End {
    loop {
        match incoming.recv_timeout(patience.interval) {
            Ok(News::Signal(Signal::Reload)) => {
                reload();
                continue;
            }
            Ok(News::Signal(Signal::End(name))) => {
                debug!("{name}");
                return End::Wanted;
            }
            Ok(News::Died(death)) => {
                error!("{death}; what the others hold is shown, then the daemon ends");
                return End::Dead(death);
            }
            Ok(News::Shown(result)) => {
                if let Err(error) = watch.judge(result) {
                    return End::Unshown(error);
                }
            }
            // Without standard output nothing tells of a flush.
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return End::Wanted,
        }
        if patience.ends_with(&watch.look()) {
            return End::Wanted;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_whose_reader_has_gone_is_no_failure_and_any_other_fault_of_it_is() {
        let failed = |kind: ErrorKind| End::Unshown(kind.into()).verdict(&[]).is_err();
        assert!(!failed(ErrorKind::BrokenPipe) && failed(ErrorKind::StorageFull));
        assert!(End::Wanted.verdict(&[]).is_ok());
    }
}
