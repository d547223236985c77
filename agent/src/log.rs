//! The log: lines on standard error, above the table where there is one.
//!
//! Log lines that senders can cause are limited at their source: bad lines by the server to one a second and
//! kind, losses to one line a flush and cause.

use std::borrow::Cow;
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
    /// Changes the level.
    pub(crate) fn set_level(&self, level: LogLevel) {
        // It fails only if the log is gone.
        let _ = self.filter.reload(filter(level));
    }
}

/// Starts the log. `screen` is where the table is, if there is one on a terminal.
pub(crate) fn start(level: LogLevel, screen: Option<Screen>) -> Log {
    let is_beside_table = terminal::can_move(&io::stderr());
    let writer = match screen.filter(|_| is_beside_table) {
        Some(screen) => BoxMakeWriter::new(move || AboveTable(screen.clone())),
        None => BoxMakeWriter::new(|| Plain(io::stderr())),
    };
    let (filter, handle) = reload::Layer::new(filter(level));
    let lines = fmt::layer()
        .with_target(false)
        .with_ansi(terminal::has_colours(&io::stderr()))
        .with_writer(writer)
        // A log without a reader does not end the daemon.
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

/// Writes to the inner one with every character escaped that changes how others are shown; the layer above has done so
/// with control characters, and has put in those of its colours.
struct Plain<W>(W);

impl<W: Write> Write for Plain<W> {
    fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
        self.0.write_all(&plain(lines)).map(|()| lines.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// The same text without characters that change how others are shown.
fn plain(lines: &[u8]) -> Cow<'_, [u8]> {
    let steers = |symbol: char| !symbol.is_control() && crate::sink::steers(symbol);
    match str::from_utf8(lines) {
        Ok(text) if text.contains(steers) => {
            let escaped = |symbol: char| match steers(symbol) {
                true => symbol.escape_unicode().to_string(),
                false => symbol.to_string(),
            };
            Cow::Owned(text.chars().map(escaped).collect::<String>().into_bytes())
        }
        _ => Cow::Borrowed(lines),
    }
}

/// Writes whole lines above the table.
struct AboveTable(Screen);

impl Write for AboveTable {
    fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
        self.0.say(&plain(lines)).map(|()| lines.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_log_cannot_turn_the_direction_of_writing() {
        let mut written = Vec::new();
        Plain(&mut written).write_all("\x1b[33mé\u{202e}x\n".as_bytes()).expect("a Vec takes all");
        assert_eq!(String::from_utf8_lossy(&written), "\x1b[33mé\\u{202e}x\n");
    }
}
