//! What the daemon says of itself over HTTP, and the commands that ask it.

mod support;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::{Daemon, basenji, text};

/// How long a request may take to arrive.
const PATIENCE: Duration = Duration::from_secs(5);

/// A daemon with buckets of `seconds` that serves HTTP on a free port, and where that is.
fn serving(seconds: &str, more: &[&str]) -> (Daemon, String) {
    let arguments = ["--port", "0", "--http", "0", "--bucket-secs", seconds];
    let mut daemon = Daemon::start(&[&arguments[..], more].concat(), 1);
    let address = daemon.http();
    (daemon, address)
}

/// Sends bytes and returns everything that comes back.
fn talk(address: &str, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).expect("it listens");
    stream.write_all(bytes).expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers in UTF-8");
    answer
}

/// Status line and body of the answer to a GET.
fn get(address: &str, target: &str) -> (String, String) {
    let answer = talk(address, format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n").as_bytes());
    let (head, body) = answer.split_once("\r\n\r\n").expect("head and body");
    let length = format!("Content-Length: {}\r\n", body.len());
    assert!(head.contains(length.trim_end()) && head.contains("Connection: close"), "{head}");
    (head.lines().next().unwrap_or_default().to_owned(), body.to_owned())
}

fn object(address: &str, target: &str) -> Value {
    let (status, body) = get(address, target);
    assert_eq!(status, "HTTP/1.1 200 OK", "{body}");
    serde_json::from_str(&body).expect("it is JSON")
}

/// Waits for the first flush that has messages in it.
fn wait_for_a_flush(daemon: &mut Daemon, name: &str) {
    while !daemon.read_line().contains(&format!(r#"{{"metric":"{name}""#)) {}
}

#[test]
fn health_counters_and_contexts_are_served_while_metrics_come() {
    let (mut daemon, address) = serving("1", &["--no-telemetry"]);
    daemon.send(b"a:1|c|#env:prod,user:1\na:1|c|#env:prod,user:2\nb:1|g\nbad");
    wait_for_a_flush(&mut daemon, "b");
    assert_eq!(object(&address, "/health"), json!({"status": "ok"}));
    let (status, metrics) = get(&address, "/metrics");
    assert_eq!(status, "HTTP/1.1 200 OK");
    for line in [
        "basenji_datagrams_total{listener=\"udp\"} 1",
        "basenji_messages_total{kind=\"count\"} 2",
        "basenji_messages_total{kind=\"gauge\"} 1",
        "basenji_parse_errors_total{error=\"no_pipe\"} 1",
        "basenji_contexts 3",
        "# TYPE basenji_contexts gauge",
    ] {
        assert!(metrics.lines().any(|found| found == line), "{line} in {metrics}");
    }
    assert_eq!(
        object(&address, "/contexts?top=1"),
        json!({"contexts": 3, "is_exact": true, "names": [{"name": "a", "contexts": 2}], "tags": [{"tag": "env:prod", "contexts": 2}],
            "tag_keys": [{"key": "user", "values": 2}]})
    );
    let status = object(&address, "/status");
    assert_eq!((&status["running"], &status["counters"]["contexts"]), (&json!(true), &json!(3)));
    assert_eq!(status["listeners"], json!([{"kind": "udp", "address": daemon.address("udp")}]));
    assert_eq!(status["counters"]["messages"], json!({"count": 2, "gauge": 1}));
    daemon.stop();
}

#[test]
fn what_cannot_be_answered_is_refused() {
    let (daemon, address) = serving("3600", &[]);
    for (request, status) in [
        (&b"POST /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"[..], "405 Method Not Allowed"),
        (b"GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n", "404 Not Found"),
        (b"GET /contexts?top=0 HTTP/1.1\r\nHost: localhost\r\n\r\n", "400 Bad Request"),
        (b"GET /contexts?top=x HTTP/1.1\r\nHost: localhost\r\n\r\n", "400 Bad Request"),
        (b"GET /contexts?top=10001 HTTP/1.1\r\nHost: localhost\r\n\r\n", "400 Bad Request"),
        (b"GET /status HTTP/1.1\r\nHost: rebound.example\r\n\r\n", "403 Forbidden"),
        (b"GET /status HTTP/1.1\r\n\r\n", "400 Bad Request"),
        (b"nonsense\r\n\r\n", "400 Bad Request"),
    ] {
        let answer = talk(&address, request);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{answer}");
    }
    let head = talk(&address, b"HEAD /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && head.ends_with("\r\n\r\n"), "{head}");
    daemon.stop();
}

#[test]
fn whoever_asks_calls_the_daemon_by_a_name_that_it_has() {
    let mut command = basenji();
    command.env("DD_BASENJI_HTTP_HOSTS", "metrics.example").args(["--port", "0", "--http", "0"]);
    let mut daemon = Daemon::start_with(&mut command, 1);
    let address = daemon.http();
    for (host, status) in [("metrics.example", "200 OK"), ("METRICS.example:80", "200 OK"), ("other.example", "403 ")] {
        let answer = talk(&address, format!("GET /health HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes());
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{host}: {answer}");
    }
    daemon.stop();
}

#[test]
fn connections_that_ask_nothing_keep_nobody_from_sending_or_asking() {
    let (daemon, address) = serving("3600", &["--no-telemetry"]);
    let at_once = || {
        let begun = Instant::now();
        let mut idle: Vec<_> = (0..100).map(|_| TcpStream::connect(&address).expect("it listens")).collect();
        assert_eq!(object(&address, "/health"), json!({"status": "ok"}));
        // The oldest has given way.
        let closed = idle[0].read(&mut [0; 1]);
        assert!(matches!(closed, Ok(0) | Err(_)), "{closed:?}");
        let took = begun.elapsed();
        daemon.send(b"a:1|c");
        took < PATIENCE
    };
    // What took longer may be the end of the daemon's patience, or a machine that stood still.
    assert!((0..3).any(|_| at_once()));
    assert_eq!(daemon.stop().len(), 1);
}

#[test]
fn status_and_top_show_what_a_daemon_says() {
    let (mut daemon, address) = serving("1", &["--no-telemetry"]);
    daemon.send(b"a:1|c|#env:prod,user:\x1b1\na:1|c|#env:prod,user:2\nb:1|g");
    wait_for_a_flush(&mut daemon, "b");
    let shown = |arguments: &[&str]| {
        let output = basenji().args(arguments).args(["--http", &address]).output().expect("the program starts");
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout).to_owned()
    };
    let status = shown(&["status"]);
    let udp = format!("\nlistening on udp {}\n", daemon.address("udp"));
    assert!(status.starts_with(concat!("basenji ", env!("CARGO_PKG_VERSION"), ", running, up ")), "{status}");
    assert!(status.contains(&udp) && status.contains("\nmessages ") && !status.contains("kernel_drops"), "{status}");
    assert!(serde_json::from_str::<Value>(&shown(&["status", "--json"])).expect("JSON")["running"] == true);
    assert_eq!(
        shown(&["top", "-n", "1"]),
        "3 series at the last flush\n\nSERIES  SHARE   NAME\n2       66.7 %  a\n\n\
         SERIES  SHARE   TAG\n2       66.7 %  env:prod\n\nVALUES    TAG KEY\n2         user\n"
    );
    assert!(shown(&["top"]).contains("user:\\u{1b}1"));
    assert_eq!(serde_json::from_str::<Value>(&shown(&["top", "--json"])).expect("JSON")["contexts"], 3);
    // The address can come from the daemon's configuration.
    let output = basenji().arg("top").env("DD_BASENJI_HTTP", &address).output().expect("the program starts");
    assert!(text(&output.stdout).starts_with("3 series"));
    daemon.stop();
}

#[test]
fn without_a_daemon_there_is_one_sentence_and_exit_code_1() {
    // A port that was free a moment ago.
    let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
    for command in ["status", "top"] {
        let output = basenji().args([command, "--http", &port.to_string()]).output().expect("the program starts");
        assert_eq!(output.status.code(), Some(1));
        let said = text(&output.stderr);
        assert!(said.starts_with(&format!("basenji: cannot ask the daemon at http://127.0.0.1:{port}/")), "{said}");
        assert!(said.ends_with(": Connection refused\n"), "{said}");
    }
    let output = basenji().args(["status", "--http", "off"]).output().expect("the program starts");
    assert_eq!(text(&output.stderr), "basenji: the daemon serves no HTTP: basenji_http is off (--http)\n");
}

#[test]
fn a_port_that_was_asked_for_must_be_free() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("it is bound").to_string();
    let output = basenji().args(["--port", "0", "--http", &address]).output().expect("the program starts");
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    let expected = format!("basenji: cannot serve HTTP at {address} (--http): Address already in use");
    assert_eq!(said.lines().last(), Some(&expected[..]));
}

#[test]
fn a_port_for_probes_shows_health_and_nothing_else() {
    let port = TcpListener::bind("0.0.0.0:0").and_then(|free| free.local_addr()).expect("a free port").port();
    let mut command = basenji();
    let mut daemon = Daemon::start_with(command.args(["--port", "0"]).env("DD_HEALTH_PORT", port.to_string()), 1);
    daemon.wait_for_log("serving health=");
    let address = format!("127.0.0.1:{port}");
    for path in ["/", "/live", "/ready", "/startup", "/health"] {
        assert_eq!(object(&address, path), json!({"status": "ok"}));
    }
    for path in ["/metrics", "/status", "/contexts"] {
        assert_eq!(get(&address, path).0, "HTTP/1.1 404 Not Found");
    }
    daemon.stop();
}
