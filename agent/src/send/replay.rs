//! `basenji replay`: the datagrams of a capture, each as it came, at the pace at which they came.

use std::io::{self, ErrorKind};
use std::path::Path;
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use basenji::client::{Environment, SendError};
use basenji::core::wire::{Message, Messages, OriginFields};
use serde::Serialize;

use super::destination::Destination;
use super::local;
use super::warning::warn;
use crate::capture::{self, Captured, Fault, Reader, State};
use crate::cli::{Pace, ReplayOptions};
use crate::failure::{Failure, reason};
use crate::json::{Lossy, write_message, write_refusal};
use crate::look;

/// Runs the command.
///
/// # Errors
///
/// The file cannot be read, or is cut or corrupt: what came before its fault was replayed. Or nobody takes it.
pub(crate) fn run(options: &ReplayOptions) -> Result<ExitCode, Failure> {
    let file = &options.file;
    if options.parse {
        return match parse(file) {
            Ok(ended) => ended.verdict(file, "shown"),
            Err(Stop::Output(error)) if error.kind() == ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
            Err(Stop::Output(error)) => {
                Err(Failure::new(format!("cannot write to standard output: {}", reason(&error))))
            }
            Err(Stop::Failure(failure)) => Err(failure),
        };
    }
    let environment = Environment::from_process();
    let address = options.to.clone().or_else(|| environment.destination.clone()).unwrap_or_else(local);
    let mut destination = Destination::new(address, Some(LONGEST))?;
    // The containers of an Agent's capture stand at its end.
    let state = if options.no_containers { State::default() } else { state(file)? };
    let (mut too_long, start) = (0_u64, Instant::now());
    let mut datagram = Vec::new();
    let mut pace = Pacer::new(options.speed, start);
    let ended = each(file, |captured| {
        let container = if captured.container.is_empty() { state.container(captured.pid) } else { captured.container };
        write(&captured, if options.no_containers { b"" } else { container }, &mut datagram);
        pace.wait(captured.at);
        match destination.deliver(&datagram, 1) {
            Ok(()) => Ok(()),
            Err(SendError::TooLong) => {
                too_long += 1;
                Ok(())
            }
            Err(error) => Err(destination.failure(&error)),
        }
    })?;
    destination.finish().map_err(|why| destination.failure(&why))?;
    destination.expect_listener()?;
    let sent = destination.sent();
    let (datagrams, bytes) = (sent.datagrams, sent.bytes);
    let seconds = start.elapsed().as_secs_f64();
    look::show(&format!(
        "replayed {datagrams} datagrams ({bytes} bytes) to {} in {seconds:.1} s\n",
        destination.address()
    ))?;
    if too_long > 0 {
        warn(format_args!("{too_long} datagrams are too long for {}, and were left out", destination.address()));
    }
    ended.verdict(file, "replayed")
}

/// The longest frame of a stream.
const LONGEST: usize = 1 << 20;

/// How far a file was read.
struct Ended {
    datagrams: u64,
    fault: Option<Fault>,
}

impl Ended {
    fn verdict(self, file: &Path, done: &str) -> Result<ExitCode, Failure> {
        match self.fault {
            None => Ok(ExitCode::SUCCESS),
            Some(fault) => {
                let (file, datagrams) = (file.display(), self.datagrams);
                Err(Failure::new(format!("{file}, {fault}; the {datagrams} datagrams before it were {done}")))
            }
        }
    }
}

/// Why nothing more is done.
enum Stop {
    Failure(Failure),
    Output(io::Error),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Stop {
        Stop::Failure(failure)
    }
}

/// Calls `take` with each datagram, up to the end of the file or its fault.
fn each<E: From<Failure>>(file: &Path, mut take: impl FnMut(Captured<'_>) -> Result<(), E>) -> Result<Ended, E> {
    let unreadable = |why: &str| Failure::new(format!("cannot read {}: {why}", file.display()));
    let input = capture::open(file).map_err(|error| unreadable(&reason(&error)))?;
    let mut reader = Reader::new(input).map_err(|fault| unreadable(&fault.to_string()))?;
    let mut datagrams = 0;
    loop {
        match reader.next() {
            Ok(Some(captured)) => take(captured)?,
            Ok(None) => return Ok(Ended { datagrams, fault: None }),
            Err(fault) => return Ok(Ended { datagrams, fault: Some(fault) }),
        }
        datagrams += 1;
    }
}

/// What stands at the end of the file; nothing if it does not come to it.
fn state(file: &Path) -> Result<State, Failure> {
    let unreadable = |why: &str| Failure::new(format!("cannot read {}: {why}", file.display()));
    let input = capture::open(file).map_err(|error| unreadable(&reason(&error)))?;
    let mut reader = Reader::new(input).map_err(|fault| unreadable(&fault.to_string()))?;
    while let Ok(Some(_)) = reader.next() {}
    Ok(reader.state().cloned().unwrap_or_default())
}

/// Writes the datagram that gives the same series: without a line that was cut, and with the sender's container in
/// each message that names none.
fn write(captured: &Captured<'_>, container: &[u8], datagram: &mut Vec<u8>) {
    datagram.clear();
    let payload = match captured.is_truncated {
        true => captured.payload.split_at(memchr::memrchr(b'\n', captured.payload).map_or(0, |end| end + 1)).0,
        false => captured.payload,
    };
    if container.is_empty() {
        return datagram.extend_from_slice(payload);
    }
    for line in payload.split_inclusive(|byte| *byte == b'\n') {
        let (text, end) = match line.strip_suffix(b"\n") {
            Some(text) => (text, &b"\n"[..]),
            None => (line, &b""[..]),
        };
        datagram.extend_from_slice(text);
        if Message::parse(text).is_ok_and(|message| origin(&message).local_data.is_none()) {
            datagram.extend_from_slice(b"|c:ci-");
            datagram.extend_from_slice(container);
        }
        datagram.extend_from_slice(end);
    }
}

fn origin<'a>(message: &Message<'a>) -> OriginFields<'a> {
    match message {
        Message::Metric(metric) => metric.origin,
        Message::Event(event) => event.origin,
        Message::ServiceCheck(check) => check.origin,
    }
}

/// Waits until a datagram is due.
struct Pacer {
    speed: Pace,
    start: Instant,
    first: Option<i64>,
}

impl Pacer {
    fn new(speed: Pace, start: Instant) -> Pacer {
        Pacer { speed, start, first: None }
    }

    /// How long after the start a datagram is due that came at this time. One that came before the first is due at once.
    fn due(&mut self, at: i64) -> Duration {
        let first = *self.first.get_or_insert(at);
        let Pace::Rate(factor) = self.speed else { return Duration::ZERO };
        let nanoseconds = at.saturating_sub(first).max(0) as f64;
        Duration::try_from_secs_f64(nanoseconds / 1e9 / factor).unwrap_or(Duration::MAX)
    }

    fn wait(&mut self, at: i64) {
        let left = self.due(at).saturating_sub(self.start.elapsed());
        if !left.is_zero() {
            thread::sleep(left);
        }
    }
}

/// What is shown of a datagram before its messages.
#[derive(Serialize)]
struct Datagram {
    kind: &'static str,
    time: f64,
    bytes: usize,
    listener: Option<&'static str>,
    pid: Option<i32>,
    container: Option<String>,
    truncated: bool,
}

/// Shows each datagram, and what the parser makes of it.
fn parse(file: &Path) -> Result<Ended, Stop> {
    let mut lines = crate::json::Lines::new(io::stdout().lock());
    let ended = each(file, |captured| show(&captured, &mut lines).map_err(Stop::Output))?;
    lines.flush().map_err(Stop::Output)?;
    Ok(ended)
}

fn show(captured: &Captured<'_>, lines: &mut crate::json::Lines<impl io::Write>) -> io::Result<()> {
    let container = Some(captured.container).filter(|container| !container.is_empty());
    lines.write(&Datagram {
        kind: "datagram",
        time: captured.at as f64 / 1e9,
        bytes: captured.payload.len(),
        listener: captured.listener.map(|listener| listener.name()),
        pid: Some(captured.pid).filter(|pid| *pid != 0),
        container: container.map(|container| Lossy(container).to_string()),
        truncated: captured.is_truncated,
    })?;
    let mut messages = Messages::new(captured.payload).truncated(captured.is_truncated);
    while let Some(message) = messages.next() {
        match message {
            Ok(message) => write_message(&message, lines)?,
            Err(error) => write_refusal(error, messages.line(), lines)?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(payload: &str, container: &str, is_truncated: bool) -> String {
        let captured = Captured { payload: payload.as_bytes(), is_truncated, ..Captured::default() };
        let mut datagram = Vec::new();
        write(&captured, container.as_bytes(), &mut datagram);
        String::from_utf8(datagram).unwrap()
    }

    #[test]
    fn a_datagram_is_as_it_came_but_for_its_container_and_a_cut_line() {
        let lines = "a:1|c\nb:1|g|c:ci-own\nno message\n_sc|x|0\n_e{1,1}:a|b";
        assert_eq!(written(lines, "", false), lines);
        let named = "a:1|c|c:ci-id\nb:1|g|c:ci-own\nno message\n_sc|x|0|c:ci-id\n_e{1,1}:a|b|c:ci-id";
        assert_eq!(written(lines, "id", false), named);
        assert_eq!(written("a:1|c\nb:1", "", true), "a:1|c\n");
        assert_eq!(written("a:1", "id", true), "");
    }

    #[test]
    fn a_datagram_is_due_as_long_after_the_first_as_it_came_divided_by_the_speed() {
        for (speed, due) in [(Pace::Rate(1.0), 3.0), (Pace::Rate(2.0), 1.5), (Pace::Max, 0.0)] {
            let mut pacer = Pacer::new(speed, Instant::now());
            assert_eq!(pacer.due(5_000_000_000), Duration::ZERO);
            assert_eq!(pacer.due(8_000_000_000), Duration::from_secs_f64(due));
            assert_eq!(pacer.due(i64::MIN), Duration::ZERO);
        }
    }
}
