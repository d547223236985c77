//! A copy of every datagram for another server, and the counters of it.

mod support;

use std::net::UdpSocket;

use serde_json::{Value, json};
use support::{Daemon, basenji, http};

/// A daemon that forwards there, and where it serves HTTP.
fn forwarding(host: &str, port: u16) -> (Daemon, String) {
    let mut command = basenji();
    command.args(["--port", "0", "--bucket-secs", "3600", "--no-telemetry", "--http", "0"]);
    command.env("DD_STATSD_FORWARD_HOST", host).env("DD_STATSD_FORWARD_PORT", port.to_string());
    let mut daemon = Daemon::start_with(command.env("DD_STATSD_METRIC_NAMESPACE", "n"), 1);
    let address = daemon.http();
    (daemon, address)
}

/// What `/status` says of forwarding, once it is as `look` wants it.
fn wait_for(address: &str, look: impl Fn(&Value) -> bool) -> Value {
    loop {
        let status = http::status(address);
        if look(&status["forwarding"]) {
            return status["forwarding"].clone();
        }
        std::thread::yield_now();
    }
}

#[test]
fn every_datagram_is_forwarded_as_it_came_and_counted() {
    let other = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let port = other.local_addr().expect("it is bound").port();
    let (daemon, address) = forwarding("127.0.0.1", port);
    daemon.send(b"a:1|c\nbad line\n\n");
    let mut buffer = [0; 100];
    let len = other.recv(&mut buffer).expect("it was forwarded");
    assert_eq!(&buffer[..len], b"a:1|c\nbad line\n\n");
    let seen = wait_for(&address, |seen| seen["sent"] == 1);
    let to = format!("127.0.0.1:{port}");
    assert_eq!(seen, json!({"to": to, "is_resolved": true, "sent": 1, "unsent": 0, "refused": 0}));
    let (_, metrics) = http::get(&address, "/metrics");
    for line in
        ["# TYPE basenji_forward_sent_total counter", "basenji_forward_sent_total 1", "basenji_forward_unsent_total 0"]
    {
        assert!(metrics.lines().any(|found| found == line), "{line} in {metrics}");
    }
    let objects = daemon.stop();
    assert_eq!((objects.len(), &objects[0]["metric"]), (1, &json!("n.a")));
}

#[test]
fn a_daemon_without_http_forwards_too() {
    let other = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    other.set_read_timeout(Some(std::time::Duration::from_secs(20))).expect("a time");
    let port = other.local_addr().expect("it is bound").port();
    let mut command = basenji();
    command.args(["--port", "0", "--bucket-secs", "3600", "--no-telemetry", "--http", "off"]);
    command.env("DD_STATSD_FORWARD_HOST", "127.0.0.1").env("DD_STATSD_FORWARD_PORT", port.to_string());
    let daemon = Daemon::start_with(&mut command, 1);
    daemon.send(b"a:1|c");
    let mut buffer = [0; 100];
    let len = other.recv(&mut buffer).expect("it was forwarded");
    assert_eq!(&buffer[..len], b"a:1|c");
    daemon.stop();
}

#[test]
fn datagrams_that_nobody_takes_are_counted_as_refused() {
    let gone = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let port = gone.local_addr().expect("it is bound").port();
    drop(gone);
    let (daemon, address) = forwarding("127.0.0.1", port);
    // The kernel tells of one datagram at the next.
    for sent in 1..=10 {
        daemon.send(b"a:1|c");
        wait_for(&address, |seen| seen["sent"] == sent);
    }
    let seen = wait_for(&address, |seen| seen["refused"].as_u64() > Some(0));
    assert_eq!((&seen["sent"], &seen["unsent"]), (&json!(10), &json!(0)));
    daemon.stop();
}

#[test]
fn a_host_that_does_not_resolve_is_no_reason_not_to_receive() {
    let (daemon, address) = forwarding("nobody.invalid", 8125);
    daemon.send(b"a:1|c");
    let seen = wait_for(&address, |seen| seen["unsent"] == 1);
    assert_eq!((&seen["is_resolved"], &seen["sent"]), (&json!(false), &json!(0)));
    daemon.signal("TERM");
    let (status, output, log) = daemon.end();
    assert!(status.success(), "{log}");
    assert!(log.contains("datagrams are not forwarded to nobody.invalid:8125"), "{log}");
    assert!(output.contains("\"n.a\""), "{output}");
}
