//! The daemon end to end: the real binary, real sockets, and the series that it shows.
//!
//! Buckets are an hour long where the test ends the daemon, so that nothing depends on when a bucket ends; should the hour end in between, sums are the same.

mod support;

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixDatagram, UnixStream};

use serde_json::{Value, json};
use support::{Daemon, basenji, objects};

/// Buckets that do not end during a test.
const LONG: [&str; 4] = ["--port", "0", "--bucket-secs", "3600"];

/// Options and `LONG`.
fn long<'a>(more: &[&'a str]) -> Vec<&'a str> {
    LONG.iter().chain(more).copied().collect()
}

/// The points of a metric, without their timestamps.
fn points(objects: &[Value], name: &str) -> Vec<Value> {
    let mut points: Vec<_> = objects.iter().filter(|object| object["metric"] == name).cloned().collect();
    for point in &mut points {
        let timestamp = point["timestamp"].take();
        assert!(timestamp.is_u64(), "{timestamp} of {name}");
    }
    points
}

/// The sum of the values of a metric.
fn sum(objects: &[Value], name: &str) -> f64 {
    points(objects, name).iter().map(|point| point["value"].as_f64().expect("a number")).sum()
}

#[test]
fn datagrams_on_udp_and_both_unix_sockets_become_series() {
    let directory = tempfile::tempdir().expect("a directory");
    let datagram_path = directory.path().join("dsd.socket");
    let stream_path = directory.path().join("dsd-stream.socket");
    let (datagram, stream) = (datagram_path.to_str().expect("UTF-8"), stream_path.to_str().expect("UTF-8"));
    let daemon = Daemon::start(&long(&["--socket", datagram, "--stream-socket", stream]), 3);
    assert_eq!((daemon.address("unix_datagram"), daemon.address("unix_stream")), (datagram, stream));
    assert_eq!(datagram_path.metadata().expect("it is there").permissions().mode() & 0o777, 0o722);

    daemon.send(b"http.requests:1|c|#env:prod,b,a,b\nusers:x|s\nusers:y|s\nusers:x|s");
    let socket = UnixDatagram::unbound().expect("a socket");
    socket.send_to(b"http.requests:20|c|@0.5|#a,b,env:prod\ntemp:1.5|g\ntemp:-2|g", datagram).expect("sent");
    let mut connection = UnixStream::connect(stream).expect("connected");
    let frame = b"http.requests:1|c|#b,env:prod,a\nlatency:1:10:4:5:2:2|ms|#host:web\nload:5:5|d";
    connection.write_all(&(frame.len() as u32).to_le_bytes()).expect("written");
    connection.write_all(frame).expect("written");

    let objects = daemon.stop();
    assert_eq!(
        points(&objects, "http.requests"),
        [json!({"metric": "http.requests", "kind": "count", "host": null, "tags": ["a", "b", "env:prod"],
            "timestamp": null, "interval": 3600, "value": 42.0})]
    );
    assert_eq!(
        points(&objects, "temp"),
        [
            json!({"metric": "temp", "kind": "gauge", "host": null, "tags": [], "timestamp": null, "interval": 3600, "value": -2.0})
        ]
    );
    assert_eq!(
        points(&objects, "users"),
        [
            json!({"metric": "users", "kind": "set", "host": null, "tags": [], "timestamp": null, "interval": 3600, "value": 2.0})
        ]
    );
    assert_eq!(
        points(&objects, "latency"),
        [json!({"metric": "latency", "kind": "timing", "host": "web", "tags": [], "timestamp": null, "interval": 3600,
            "aggregates": {"max": 10.0, "median": 2.0, "avg": 4.0, "count": 6.0, "95percentile": 10.0}})]
    );
    assert_eq!(
        points(&objects, "load"),
        [
            json!({"metric": "load", "kind": "distribution", "host": null, "tags": [], "timestamp": null, "interval": 3600,
            "sketch": {"count": 2, "min": 5.0, "max": 5.0, "sum": 10.0, "avg": 5.0,
                "p50": 5.0, "p75": 5.0, "p90": 5.0, "p95": 5.0, "p99": 5.0}})
        ]
    );
    assert!(!datagram_path.exists() && !stream_path.exists(), "the socket files are removed");
}

#[test]
fn events_and_service_checks_have_lines_of_their_own() {
    let daemon = Daemon::start(&long(&[]), 1);
    daemon.send(b"_e{6,4}:deploy|a\\nb|d:1700000000|h:web|k:key|p:low|s:ci|t:error|#b,a,b\n_sc|db.up|2|d:1700000001|h:db|#x|m:down");
    let objects = daemon.stop();
    assert!(
        objects.contains(&json!({"event": {"title": "deploy", "text": "a\nb", "timestamp": 1700000000, "host": "web",
        "aggregation_key": "key", "priority": "low", "source_type": "ci", "alert_type": "error", "tags": ["a", "b"]}}))
    );
    assert!(
        objects
            .contains(&json!({"service_check": {"name": "db.up", "status": 2, "timestamp": 1700000001, "host": "db",
        "message": "down", "tags": ["x"]}}))
    );
}

#[test]
fn a_series_is_shown_when_its_bucket_ends() {
    let mut daemon = Daemon::start(&["--port", "0", "--bucket-secs", "1"], 1);
    daemon.send(b"page.views:1|c|#env:dev");
    while !daemon.read_line().contains(r#"{"metric":"page.views","kind":"count","host":null,"tags":["env:dev"],"#) {}
    daemon.stop();
}

#[test]
fn once_shows_one_flush_and_leaves_with_0() {
    let daemon = Daemon::start(&["--port", "0", "--bucket-secs", "1", "--once"], 1);
    daemon.send(b"page.views:2|c");
    let (status, output, log) = daemon.end();
    assert!(status.success(), "{log}");
    assert_eq!(sum(&objects(&output), "page.views"), 2.0);
}

#[test]
fn once_leaves_when_nothing_comes_too() {
    let (status, output, log) =
        Daemon::start(&["--port", "0", "--bucket-secs", "1", "--once", "--no-telemetry"], 1).end();
    assert!(status.success(), "{log}");
    assert_eq!(output, "");
}

#[test]
fn an_interrupt_flushes_too() {
    let daemon = Daemon::start(&LONG, 1);
    daemon.send(b"page.views:2|c");
    daemon.signal("INT");
    let (status, output, log) = daemon.end();
    assert!(status.success(), "{log}");
    assert_eq!(sum(&objects(&output), "page.views"), 2.0);
}

#[test]
fn nothing_that_was_sent_before_the_signal_is_lost() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("s");
    let path = path.to_str().expect("UTF-8");
    let daemon = Daemon::start(&long(&["--socket", path]), 2);
    let socket = UnixDatagram::unbound().expect("a socket");
    for _ in 0..5000 {
        socket.send_to(b"sent:1|c\nsent:1|c", path).expect("a full socket waits");
    }
    assert_eq!(sum(&daemon.stop(), "sent"), 10_000.0);
}

#[test]
fn a_closed_standard_output_ends_the_daemon_quietly() {
    let mut daemon = Daemon::start(&["--port", "0", "--bucket-secs", "1"], 1);
    daemon.close_stdout();
    let (status, _, log) = daemon.end();
    assert!(status.success(), "{log}");
    assert!(!log.contains("ERROR") && !log.contains("basenji:"), "{log}");
}

#[test]
fn a_closed_log_does_not_end_the_daemon() {
    let mut daemon = Daemon::start(&["--port", "0", "--bucket-secs", "1"], 1);
    daemon.close_log();
    daemon.send(b"bad\nbad:x|c\nworse|");
    daemon.send(b"good:1|c");
    while !daemon.read_line().contains(r#""metric":"good""#) {}
    daemon.stop();
}

#[test]
fn a_full_disk_is_one_sentence_and_exit_code_1() {
    let Ok(full) = std::fs::File::options().write(true).open("/dev/full") else { return };
    let output = basenji().args(["--port", "0", "--bucket-secs", "1"]).stdout(full).output().expect("it starts");
    assert_eq!(output.status.code(), Some(1));
    let log = support::text(&output.stderr);
    assert_eq!(log.lines().last(), Some("basenji: cannot write to standard output: No space left on device"));
}

#[test]
fn a_bad_line_is_logged_with_its_place_and_sender_and_its_neighbours_go_on() {
    let mut daemon = Daemon::start(&LONG, 1);
    daemon.send(b"good:1|c\nbad:\x1b\xff|c\ngood:1|c");
    let line = daemon.wait_for_log("WARN");
    assert!(line.contains(r#"(at byte 4): "bad:\x1b\xff|c", received over udp from 127.0.0.1:"#), "{line}");
    assert_eq!(sum(&daemon.stop(), "good"), 2.0);
}

#[test]
#[cfg(target_os = "linux")]
fn with_origin_detection_the_sender_on_a_unix_socket_is_a_process() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("s");
    let path = path.to_str().expect("UTF-8");
    let mut daemon = Daemon::start(&long(&["--socket", path, "--origin-detection"]), 2);
    UnixDatagram::unbound().expect("a socket").send_to(b"bad", path).expect("sent");
    let line = daemon.wait_for_log("WARN");
    let sender = format!("\"bad\", received over unix_datagram from process {}\n", std::process::id());
    assert!(line.ends_with(&sender), "{line}");
}

#[test]
fn many_bad_lines_are_few_lines_of_log() {
    let daemon = Daemon::start(&long(&["--buffer-size", "65507"]), 1);
    daemon.send("bad\n".repeat(10_000).as_bytes());
    daemon.signal("TERM");
    let (_, output, log) = daemon.end();
    assert_eq!(sum(&objects(&output), "basenji.parse_errors"), 10_000.0);
    // One a second, and taking one datagram in takes less than two.
    assert!(log.matches("line refused").count() <= 3, "{log}");
}

#[test]
fn what_is_lost_is_said() {
    let daemon = Daemon::start(&long(&["--buffer-size", "8"]), 1);
    daemon.send(b"a:1|c\nb:1234|c");
    daemon.signal("TERM");
    let (_, output, log) = daemon.end();
    let objects = objects(&output);
    assert_eq!((sum(&objects, "a"), points(&objects, "b").len()), (1.0, 0));
    assert!(
        log.contains("1 datagrams cut, each without its last line; a larger --buffer-size takes them whole"),
        "{log}"
    );
}

#[test]
fn telemetry_can_be_left_out() {
    let with = Daemon::start(&LONG, 1).stop();
    assert!(!points(&with, "basenji.flushes").is_empty());
    let without = Daemon::start(&long(&["--no-telemetry"]), 1);
    without.send(b"a:1|c");
    let without = without.stop();
    assert_eq!(without.len(), 1, "{without:?}");
}

#[test]
fn options_change_what_is_shown() {
    let mut options = long(&["--histogram-aggregates", "sum,min", "--histogram-percentiles", "0.5 0.29"]);
    options.extend(["--tags", "region:eu,a", "--key-by-origin", "--no-telemetry"]);
    let daemon = Daemon::start(&options, 1);
    daemon.send(b"h:1:2:3|h|#a|c:in-5|card:low");
    assert_eq!(
        points(&daemon.stop(), "h"),
        [json!({"metric": "h", "kind": "histogram", "host": null, "tags": ["a", "region:eu"],
            "container_id": "in-5", "external_data": null, "cardinality": "low", "timestamp": null, "interval": 3600,
            "aggregates": {"sum": 6.0, "min": 1.0, "29percentile": 1.0, "50percentile": 2.0}})]
    );
}

#[test]
fn a_table_can_go_into_a_pipe() {
    let daemon = Daemon::start(&long(&["--format", "table"]), 1);
    daemon.send(b"page.views:2|c|#env:dev\x1b[31m");
    daemon.signal("TERM");
    let (_, output, _) = daemon.end();
    let lines: Vec<_> = output.lines().map(str::trim_end).collect();
    assert!(lines[0].ends_with("UTC   1 series   1 message   0 bad lines   0 lost"), "{output}");
    assert_eq!(lines[1], "NAME        KIND   TAGS               VALUE  TREND");
    assert_eq!(lines[2], "page.views  count  env:dev\\u{1b}[31m  2                     █");
}
