//! The daemon after a thread of it has died: nothing hides it, and nothing of what the others hold is lost.
#![cfg(debug_assertions)]

mod support;

use std::net::TcpListener;

use support::{Daemon, basenji, http, objects};

/// Series that do not fit into the pipe of standard output, so that the daemon is still there to be asked.
const SERIES: usize = 2000;

/// A daemon with two workers, a Unix socket and both ports for HTTP, which waits long for a reader of its output.
fn daemon(directory: &std::path::Path) -> (Daemon, [String; 2]) {
    let socket = directory.join("s").display().to_string();
    let free = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let health = free.local_addr().expect("it is bound").port().to_string();
    drop(free);
    let mut command = basenji();
    command.args(["--port", "0", "--socket", &socket, "--http", "0", "--workers", "2", "--stop-wait", "600"]);
    command.args(["--bucket-secs", "1", "--no-telemetry"]);
    command.env("BASENJI_TEST_MINES", "1").env("DD_HEALTH_PORT", &health);
    let mut daemon = Daemon::start_with(&mut command, 2);
    let address = daemon.http();
    daemon.wait_for_log("serving health=");
    (daemon, [address, format!("127.0.0.1:{health}")])
}

/// The status line of the answer to a GET.
fn get(address: &str, target: &str) -> String {
    http::get(address, target).0.lines().next().unwrap_or_default().to_owned()
}

/// Sends the mine after `SERIES` counts, and looks at what becomes of the daemon.
fn dies_of(mine: &[u8], thread: &str) {
    let directory = tempfile::tempdir().expect("a directory");
    let (mut daemon, addresses) = daemon(directory.path());
    let unix = std::os::unix::net::UnixDatagram::unbound().expect("a socket");
    let send = |bytes: &[u8]| {
        unix.send_to(bytes, directory.path().join("s")).expect("the daemon listens");
    };
    // The worker that will die, of both, and the other one.
    for series in 0..SERIES {
        send(format!("of.unix:1|c|#series:{series:0>100}").as_bytes());
    }
    daemon.send(b"of.udp:1|c");
    for address in &addresses {
        assert_eq!(get(address, "/live"), "HTTP/1.1 200 OK");
    }
    send(mine);
    let line = daemon.wait_for_log("has died");
    assert!(line.contains(thread) && line.contains("a mine"), "{line}");
    // The output is stuck and the daemon goes on waiting for it, but it is not well.
    for address in &addresses {
        for probe in ["/live", "/ready", "/health", "/startup"] {
            assert_eq!(get(address, probe), "HTTP/1.1 503 Service Unavailable", "{probe}");
        }
    }
    let (status, output, log) = daemon.end();
    assert_eq!(status.code(), Some(1), "{log}");
    let shown = objects(&output);
    // A silent counter goes on as zeros.
    let of = |name: &str| -> f64 {
        let values =
            shown.iter().filter(|object| object["metric"] == name).filter_map(|object| object["value"].as_f64());
        values.sum()
    };
    assert_eq!((of("of.unix"), of("of.udp")), (SERIES as f64, 1.0), "{log}");
    assert!(log.lines().last().is_some_and(|line| line.contains(thread)), "{log}");
}

#[test]
fn a_dead_worker_ends_the_daemon_with_1_and_what_all_hold_is_shown() {
    dies_of(b"mine.worker:1|c", "basenji-in-");
}

#[test]
fn a_dead_flusher_ends_the_daemon_with_1_and_what_the_workers_hold_is_shown() {
    dies_of(b"mine.flusher:1|h", "basenji-flush");
}
