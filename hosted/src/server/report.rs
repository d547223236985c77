//! Reports of refused lines to a hook, at a bounded cost however many lines are refused.
//!
//! At most one report a second and kind of error leaves the server; the next one says how many were held back. Reports
//! are handed to the hook on a thread of its own, so a hook that waits (for a terminal, for a disk) never stops the
//! reading of sockets.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use basenji_core::{ErrorKind, ParseError, Time};

use super::socket::ListenerKind;
use super::stats::Kind;
use crate::channel::{Receiver, Sender, channel};
use crate::sys::Thread;

/// One refused line, and how many of its kind went unreported since the last report.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ParseReport {
    /// What is wrong, and where in the line.
    pub error: ParseError,
    /// At most [`ParseReport::EXCERPT`] bytes of the line around the place of the error, with everything but printable
    /// ASCII escaped; `...` stands where the line goes on.
    pub excerpt: String,
    /// Where it came in.
    pub listener: ListenerKind,
    /// The sender's address, of UDP.
    pub address: Option<SocketAddr>,
    /// The sender's process, of a Unix socket if origin detection is on; 0 if it is not visible from here.
    pub pid: Option<u32>,
    /// The container of that process, if there is a [`Tagger`](super::Tagger) and the line came in a datagram or a whole
    /// frame.
    pub container: Option<String>,
    /// How many lines of this kind of error were refused without a report since the last one.
    pub suppressed: u64,
}

impl ParseReport {
    /// The most bytes of a line that an excerpt shows.
    pub const EXCERPT: usize = 96;
}

impl fmt::Display for ParseReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: \"{}\", received over {}", self.error, self.excerpt, self.listener)?;
        if let Some(address) = self.address {
            write!(f, " from {address}")?;
        }
        match self.pid {
            Some(0) => f.write_str(" from a process that is not visible here")?,
            Some(pid) => write!(f, " from process {pid}")?,
            None => {}
        }
        if let Some(container) = &self.container {
            write!(f, " in container {container}")?;
        }
        match self.suppressed {
            0 => Ok(()),
            count => write!(f, ", and {count} more like it since the last report"),
        }
    }
}

/// Where a datagram came from, as far as is known.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Origin {
    /// Where it came in.
    pub listener: ListenerKind,
    /// The sender's address, of UDP.
    pub address: Option<SocketAddr>,
    /// The sender's process, of a Unix socket if origin detection is on; 0 if it is not visible from here.
    pub pid: Option<u32>,
    /// The container of that process, if there is a [`Tagger`](super::Tagger).
    pub container: Option<String>,
}

impl fmt::Display for Origin {
    /// The container, else the process, else the address without its port, else the kind of listener.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin { container: Some(container), .. } => write!(f, "container {container}"),
            Origin { pid: Some(pid @ 1..), .. } => write!(f, "process {pid}"),
            Origin { address: Some(address), .. } => write!(f, "address {}", address.ip()),
            Origin { listener, .. } => write!(f, "listener {listener}"),
        }
    }
}

/// The hook of the program.
pub(crate) type Hook = Box<dyn FnMut(&ParseReport) + Send>;

/// Takes refused lines from any thread. Without a hook it does nothing.
#[derive(Clone, Default)]
pub(crate) struct Reporter {
    open: Option<Open>,
}

#[derive(Clone)]
struct Open {
    limits: Arc<[Limit; ErrorKind::ALL.len()]>,
    reports: Sender<ParseReport>,
}

/// Reports that wait for the hook; more are held back and counted.
const WAITING: usize = 64;

impl Reporter {
    /// Starts the thread that calls `hook`; it ends when the last clone of the reporter is gone.
    pub(crate) fn start(hook: Hook) -> io::Result<(Reporter, Thread)> {
        let (reports, waiting) = channel(WAITING);
        let thread = Thread::start("basenji-report", move || run(&waiting, hook))?;
        let limits = Arc::new(std::array::from_fn(|_| Limit::default()));
        Ok((Reporter { open: Some(Open { limits, reports }) }, thread))
    }

    /// Reports `line`, unless one of its kind was reported less than a second ago. Never waits.
    #[cold]
    pub(crate) fn report(&self, error: ParseError, line: &[u8], now: Time, origin: impl FnOnce() -> Origin) {
        let Some(open) = &self.open else { return };
        let Some(limit) = open.limits.get(error.kind.index()) else { return };
        let Some(suppressed) = limit.pass(now) else { return };
        let Origin { listener, address, pid, container } = origin();
        let excerpt = excerpt(line, error.offset);
        let report = ParseReport { error, excerpt, listener, address, pid, container, suppressed };
        if open.reports.send(report).is_err() {
            limit.suppressed.fetch_add(suppressed + 1, Ordering::Relaxed);
        }
    }
}

fn run(reports: &Receiver<ParseReport>, mut hook: Hook) {
    while let Some(report) = reports.recv() {
        hook(&report);
    }
}

/// Passes at most one report a second.
#[derive(Default)]
struct Limit {
    /// When the next report may pass, in milliseconds since 1970.
    next: AtomicU64,
    suppressed: AtomicU64,
}

impl Limit {
    const PERIOD: u64 = 1000;

    /// Whether a report may pass now, and how many were held back since the last one. A clock that was set back holds reports
    /// back for no longer than a period.
    fn pass(&self, now: Time) -> Option<u64> {
        let now = now.as_millis();
        let next = self.next.load(Ordering::Relaxed);
        let open = now >= next || next - now > Self::PERIOD;
        if open && self.next.compare_exchange(next, now + Self::PERIOD, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            return Some(self.suppressed.swap(0, Ordering::Relaxed));
        }
        self.suppressed.fetch_add(1, Ordering::Relaxed);
        None
    }
}

/// At most [`ParseReport::EXCERPT`] bytes of `line` around `offset`, escaped.
fn excerpt(line: &[u8], offset: usize) -> String {
    // A third of what is shown stands before the place.
    let latest = line.len().saturating_sub(ParseReport::EXCERPT);
    let start = offset.saturating_sub(ParseReport::EXCERPT / 3).min(latest);
    let end = line.len().min(start + ParseReport::EXCERPT);
    let mut excerpt = String::new();
    if start > 0 {
        excerpt.push_str("...");
    }
    excerpt.extend(line.get(start..end).unwrap_or_default().escape_ascii().map(char::from));
    if end < line.len() {
        excerpt.push_str("...");
    }
    excerpt
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    const BAD_VALUE: ParseError = ParseError { kind: ErrorKind::BadValue, offset: 2 };
    const NO_PIPE: ParseError = ParseError { kind: ErrorKind::NoPipe, offset: 0 };

    fn origin() -> Origin {
        Origin { listener: ListenerKind::Udp, address: Some(([127, 0, 0, 1], 9).into()), pid: None, container: None }
    }

    #[test]
    fn one_a_second_and_kind_passes_and_the_next_one_tells_of_those_that_did_not() {
        let (reports, received) = channel();
        let hook = Box::new(move |report: &ParseReport| reports.send(report.clone()).unwrap());
        let (reporter, thread) = Reporter::start(hook).unwrap();
        for millis in [10_000, 10_001, 10_999, 11_000] {
            reporter.report(BAD_VALUE, b"a:x|c", Time::from_millis(millis), origin);
            reporter.report(NO_PIPE, b"a:x", Time::from_millis(millis), origin);
        }
        // A clock that was set back by an hour.
        reporter.report(BAD_VALUE, b"a:x|c", Time::from_millis(1000), origin);
        drop(reporter);
        assert!(thread.join_by(crate::deadline::Deadline::after(std::time::Duration::from_secs(60))));
        let passed: Vec<_> = received.iter().map(|report| (report.error.kind, report.suppressed)).collect();
        assert_eq!(
            passed,
            [
                (ErrorKind::BadValue, 0),
                (ErrorKind::NoPipe, 0),
                (ErrorKind::BadValue, 2),
                (ErrorKind::NoPipe, 2),
                (ErrorKind::BadValue, 0),
            ]
        );
    }

    #[test]
    fn a_report_is_a_sentence() {
        let report = ParseReport {
            error: BAD_VALUE,
            excerpt: excerpt(b"a:\xff\n\"|c", 2),
            listener: ListenerKind::UnixDatagram,
            address: None,
            pid: Some(12),
            container: Some("c1".to_owned()),
            suppressed: 3,
        };
        assert_eq!(
            report.to_string(),
            "the value is not a number (a name must not contain ':') (at byte 2): \"a:\\xff\\n\\\"|c\", \
             received over unix_datagram from process 12 in container c1, and 3 more like it since the last report"
        );
    }

    #[test]
    fn an_excerpt_is_short_and_shows_the_place() {
        assert_eq!(excerpt(b"", 0), "");
        let line: Vec<u8> = (0..300).map(|at| b'a' + (at / 26 % 26) as u8).collect();
        for offset in [0, 5, 150, 299, 1000] {
            let excerpt = excerpt(&line, offset);
            assert!(excerpt.len() <= ParseReport::EXCERPT + 6);
            assert!(line.get(offset).is_none_or(|&byte| excerpt.contains(char::from(byte))));
        }
    }
}
