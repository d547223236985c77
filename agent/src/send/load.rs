//! `basenji send --load`: one message again and again, at a pace.
//!
//! A message is due when its moment has come, and all that are due travel together: a slow load is a datagram a message, a
//! fast one full datagrams, as of a client that flushes each millisecond. Nothing waits for the receiver, and what the kernel
//! does not take is counted by reason; only at the pace `max` there is a wait for room.

use std::process::ExitCode;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use super::destination::Destination;
use super::report::Report;
use crate::cli::{Load, Pace};
use crate::failure::{Failure, reason};
use crate::signals;

/// Datagrams that are sent before the clock is read again.
const BURST: u64 = 64;

/// The shortest sleep.
const TICK: Duration = Duration::from_millis(1);

/// How long to wait for room before the signal is checked.
const BREATH: Duration = Duration::from_millis(100);

/// The longest sleep, for a load without an end.
const REST: Duration = Duration::from_secs(3600);

/// Sends `line` as `load` says and writes the report.
///
/// # Errors
///
/// The first message could not be handed over, or the report not written.
pub(super) fn run(destination: &mut Destination, line: &[u8], load: Load) -> Result<ExitCode, Failure> {
    let stop = watch()?;
    // The first message shows whether the server can be reached.
    destination.deliver(line, 1).map_err(|error| destination.failure(&error))?;
    destination.expect_listener()?;
    let start = Instant::now();
    send(destination, line, load, start, &stop);
    let elapsed = start.elapsed();
    let finished = destination.finish();
    Report::new(destination, elapsed).write(load.format)?;
    finished.map(|()| ExitCode::SUCCESS).map_err(|error| destination.failure(&error))
}

/// A channel that has something when a signal asks for the end.
fn watch() -> Result<Receiver<()>, Failure> {
    let (tell, stop) = channel();
    // The load may have ended already.
    signals::watch(move |_| tell.send(()).unwrap_or_default())
        .map_err(|error| Failure::new(format!("cannot watch for signals: {}", reason(&error))))?;
    Ok(stop)
}

fn send(destination: &mut Destination, line: &[u8], load: Load, start: Instant, stop: &Receiver<()>) {
    let end = load.length.map(|length| start + length);
    let most = destination.lines_of(line.len()) as u64;
    let datagram = line.repeat(most as usize);
    let mut offered = 1;
    loop {
        let now = Instant::now();
        let is_over = end.is_some_and(|end| now >= end);
        let due = due(load, now - start).saturating_sub(offered).min(BURST * most);
        let last = due % most;
        let mut datagrams = vec![(&datagram[..], most); (due / most) as usize];
        if last > 0 {
            datagrams.push((&datagram[..last as usize * line.len()], last));
        }
        let room_until = (load.pace == Pace::Max).then(|| end.map_or(now + BREATH, |end| end.min(now + BREATH)));
        destination.offer(&datagrams, room_until);
        offered += due;
        if is_over || stop.recv_timeout(pause(load, offered, start, end)) != Err(RecvTimeoutError::Timeout) {
            return;
        }
    }
}

/// How many messages are due, `elapsed` after the first one.
fn due(load: Load, elapsed: Duration) -> u64 {
    let Pace::Rate(rate) = load.pace else { return u64::MAX };
    // The casts saturate.
    let due = (rate * elapsed.as_secs_f64()) as u64;
    let total = load.length.map_or(u64::MAX, |length| (rate * length.as_secs_f64()).round() as u64);
    due.saturating_add(1).min(total)
}

/// How long until the next message is due.
fn pause(load: Load, offered: u64, start: Instant, end: Option<Instant>) -> Duration {
    let Pace::Rate(rate) = load.pace else { return Duration::ZERO };
    let next = Duration::try_from_secs_f64(offered as f64 / rate).unwrap_or(REST).min(REST);
    let next = start.checked_add(next).unwrap_or(start);
    let now = Instant::now();
    let until_next = next.saturating_duration_since(now);
    match end {
        // Everything is due already.
        _ if until_next.is_zero() => Duration::ZERO,
        Some(end) => until_next.max(TICK).min(end.saturating_duration_since(now)),
        None => until_next.max(TICK),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::ReportFormat;

    fn load(pace: Pace, seconds: f64) -> Load {
        Load { pace, length: Some(Duration::from_secs_f64(seconds)), format: ReportFormat::Text }
    }

    #[test]
    fn the_first_message_is_due_at_once_and_the_last_before_the_end() {
        let load = load(Pace::Rate(10.0), 1.0);
        for (millis, messages) in [(0, 1), (99, 1), (100, 2), (899, 9), (900, 10), (1000, 10), (5000, 10)] {
            assert_eq!(due(load, Duration::from_millis(millis)), messages, "{millis}");
        }
    }

    #[test]
    fn the_fastest_pace_has_always_something_due() {
        assert_eq!(due(load(Pace::Max, 1.0), Duration::ZERO), u64::MAX);
    }
}
