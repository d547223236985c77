//! The log: lines on standard error, above the table where there is one.
//!
//! What is logged because of what somebody sends is limited at its source: bad lines by the server to one a second and
//! kind, losses to one line a flush and cause.

use std::io::{self, Write};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::fmt::writer::BoxMakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Registry, fmt, reload};

use crate::config::LogLevel;
use crate::sink::Screen;
use crate::terminal;

/// The log, once it is there.
pub(crate) struct Log {
    filter: reload::Handle<LevelFilter, Registry>,
}

impl Log {
    /// Goes on with another level.
    pub(crate) fn set_level(&self, level: LogLevel) {
        // It fails only where there is no log any more.
        let _ = self.filter.reload(filter(level));
    }
}

/// Starts the log. `screen` is where the table is, if there is one on a terminal.
pub(crate) fn start(level: LogLevel, screen: Option<Screen>) -> Log {
    let is_beside_table = terminal::can_move(&io::stderr());
    let writer = match screen.filter(|_| is_beside_table) {
        Some(screen) => BoxMakeWriter::new(move || AboveTable(screen.clone())),
        None => BoxMakeWriter::new(io::stderr),
    };
    let (filter, handle) = reload::Layer::new(filter(level));
    let lines = fmt::layer()
        .with_target(false)
        .with_ansi(terminal::has_colours(&io::stderr()))
        .with_writer(writer)
        // A log that nobody reads does not end the daemon.
        .log_internal_errors(false);
    tracing_subscriber::registry().with(filter).with(lines).init();
    Log { filter: handle }
}

fn filter(level: LogLevel) -> LevelFilter {
    match level {
        LogLevel::Trace => LevelFilter::TRACE,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Off => LevelFilter::OFF,
    }
}

/// Writes whole lines above the table.
struct AboveTable(Screen);

impl Write for AboveTable {
    fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
        self.0.say(lines).map(|()| lines.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
