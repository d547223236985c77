//! A stop loses nothing that the kernel had taken: what senders handed over until it turned them away is in the output or in a counter.
//!
//! `BASENJI_STOPS` is how often each listener is stopped in full flow; a few times unless it is set.

mod support;

use std::io::{ErrorKind, Write};
use std::net::UdpSocket;
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use serde_json::Value;
use support::Daemon;

/// Senders at a time.
const SENDERS: usize = 3;

/// What each of them sends again and again.
const MESSAGE: &[u8] = b"handed.over:1|c";

/// Messages before the signal: the flow is a full one.
const BEFORE: u64 = 2000;

fn stops() -> u32 {
    std::env::var("BASENJI_STOPS").ok().and_then(|text| text.parse().ok()).unwrap_or(3)
}

/// Has senders send while a daemon with `arguments` is stopped, and compares what they have handed over with what it accounts for.
///
/// `send` sends until it is turned away, tells of each message, and returns how many of them it was turned away with all the same.
fn stop_in_full_flow(arguments: &[&str], send: impl Fn(&Daemon, &dyn Fn()) -> u64 + Sync) {
    for _ in 0..stops() {
        let arguments = [arguments, &["--bucket-secs", "3600", "--so-rcvbuf", "262144"]].concat();
        let daemon = Daemon::start(&arguments, 1);
        let (handed, refused) = (AtomicU64::new(0), AtomicU64::new(0));
        thread::scope(|scope| {
            for _ in 0..SENDERS {
                scope.spawn(|| {
                    let late = send(&daemon, &|| {
                        handed.fetch_add(1, Ordering::Relaxed);
                    });
                    refused.fetch_add(late, Ordering::Relaxed);
                });
            }
            while handed.load(Ordering::Relaxed) < BEFORE {
                thread::yield_now();
            }
            daemon.signal("TERM");
        });
        let handed = handed.into_inner() - refused.into_inner();
        let (status, output, log) = daemon.end();
        assert!(status.success(), "{status}: {log}");
        let lines = support::objects(&output);
        let shown = sum(&lines, "handed.over");
        let lost = sum(&lines, "basenji.kernel_drops") + sum(&lines, "basenji.datagrams_unread");
        assert_eq!(shown + lost, handed, "{shown} shown and {lost} counted as lost: {output}");
    }
}

/// All points of a series together.
fn sum(lines: &[Value], metric: &str) -> u64 {
    let points = lines.iter().filter(|line| line["metric"] == metric);
    points.map(|line| line["value"].as_f64().expect("a number") as u64).sum()
}

/// Sends to a UDP port until the system says that nobody receives there, which it says with the next call.
fn send_udp(daemon: &Daemon, from: &str, sent: &dyn Fn()) -> u64 {
    let socket = UdpSocket::bind(from).expect("there is a free port");
    socket.connect(daemon.address("udp")).expect("it has an address");
    loop {
        match socket.send(MESSAGE) {
            Ok(_) => sent(),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
                return 1;
            }
        }
    }
}

#[test]
fn a_stop_loses_nothing_that_came_over_udp() {
    stop_in_full_flow(&["--port", "0"], |daemon, sent| send_udp(daemon, "127.0.0.1:0", sent));
}

#[test]
fn a_stop_loses_nothing_that_came_over_udp_to_several_workers_of_every_address() {
    let arguments = ["--port", "0", "--bind", "::", "--workers", "2"];
    stop_in_full_flow(&arguments, |daemon, sent| send_udp(daemon, "[::1]:0", sent));
}

/// A directory for a socket, and its path.
fn socket() -> (tempfile::TempDir, String) {
    let directory = tempfile::tempdir().expect("there is room for a directory");
    let path = directory.path().join("s").to_str().expect("the path is UTF-8").to_owned();
    (directory, path)
}

#[test]
fn a_stop_loses_nothing_that_came_over_a_unix_datagram_socket() {
    let (_directory, path) = socket();
    stop_in_full_flow(&["--port", "off", "--socket", &path], |_, sent| {
        let socket = UnixDatagram::unbound().expect("there is a descriptor");
        socket.connect(&path).expect("it listens");
        while socket.send(MESSAGE).is_ok() {
            sent();
        }
        0
    });
}

/// One frame of a stream.
fn frame() -> Vec<u8> {
    [&u32::try_from(MESSAGE.len()).expect("it is short").to_le_bytes(), MESSAGE].concat()
}

#[test]
fn a_stop_loses_nothing_that_came_over_stream_connections_old_and_new() {
    let (_directory, path) = socket();
    let frame = frame();
    let next = AtomicU64::new(0);
    stop_in_full_flow(&["--port", "off", "--stream-socket", &path], |_, sent| {
        // One of three connects anew for every few frames, so that some connections have yet to be accepted.
        let most = if next.fetch_add(1, Ordering::Relaxed).is_multiple_of(SENDERS as u64) { 3 } else { u64::MAX };
        while let Some(mut stream) = connect(Path::new(&path)) {
            for _ in 0..most {
                if stream.write_all(&frame).is_err() {
                    return 0;
                }
                sent();
            }
        }
        0
    });
}

/// A daemon that waits `seconds` at its stop, and has far more to show than a pipe holds.
fn full(path: &str, seconds: &str) -> Daemon {
    let arguments = ["--port", "off", "--stream-socket", path, "--no-telemetry", "--bucket-secs", "3600"];
    let daemon = Daemon::start(&[&arguments[..], &["--stop-wait", seconds]].concat(), 1);
    let mut stream = UnixStream::connect(path).expect("it listens");
    for number in 0..10_000u32 {
        let line = format!("unread.{number}:1|c");
        let frame = [&u32::try_from(line.len()).expect("it is short").to_le_bytes(), line.as_bytes()].concat();
        stream.write_all(&frame).expect("it reads");
    }
    daemon
}

/// `timeout` signals the daemon, and then the group that the daemon is in.
#[test]
fn the_same_signal_twice_at_once_is_one_request() {
    for name in ["INT", "TERM"] {
        let (_directory, path) = socket();
        let daemon = full(&path, "10");
        // Another signal would be lost in the first, as long as nobody has looked.
        let mut signals = daemon.signal_again(name, 20);
        let (status, output, log) = daemon.end();
        signals.wait().expect("the shell ends");
        assert!(status.success(), "{status}: {log}");
        assert_eq!(output.lines().count(), 10_000);
    }
}

#[test]
fn a_second_request_ends_the_daemon_at_once() {
    let (_directory, path) = socket();
    let daemon = full(&path, "3600");
    let mut signals = daemon.signal_again("INT", u32::MAX);
    let (status, log) = daemon.end_unread();
    signals.wait().expect("the shell ends");
    assert_eq!(status.code(), Some(1), "{log}");
}

#[test]
fn a_stop_does_not_wait_for_ever_for_output_that_nobody_reads() {
    let (_directory, path) = socket();
    let daemon = full(&path, "1");
    daemon.signal("TERM");
    let (status, log) = daemon.end_unread();
    assert_eq!(status.code(), Some(1), "{log}");
    let last = log.lines().last().unwrap_or_default();
    assert_eq!(last, "basenji: 10000 series were not shown: the stop has waited long enough for terminal");
}

fn connect(path: &Path) -> Option<UnixStream> {
    loop {
        match UnixStream::connect(path) {
            Ok(stream) => return Some(stream),
            // The queue of connections is full.
            Err(error) if error.kind() == ErrorKind::WouldBlock => thread::yield_now(),
            Err(_) => return None,
        }
    }
}
