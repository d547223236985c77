//! `basenji send` end to end: the real program, to a real daemon over real sockets.

mod many;
#[path = "../support/mod.rs"]
mod support;

use std::io::{ErrorKind, Write};
use std::net::UdpSocket;
use std::os::unix::net::UnixDatagram;
use std::process::{Output, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use support::{Daemon, basenji, objects, text};

/// Buckets that do not end during a test, and no counters of the daemon's own.
const LONG: [&str; 5] = ["--port", "0", "--bucket-secs", "3600", "--no-telemetry"];

/// A daemon on UDP and both Unix sockets, and the addresses of all three.
fn daemon(directory: &tempfile::TempDir) -> (Daemon, [String; 3]) {
    let path = |name| directory.path().join(name).to_str().expect("UTF-8").to_owned();
    let (datagram, stream) = (path("datagram"), path("stream"));
    let daemon = Daemon::start(&[&LONG[..], &["--socket", &datagram, "--stream-socket", &stream]].concat(), 3);
    let addresses =
        [format!("udp://{}", daemon.address("udp")), format!("unix://{datagram}"), format!("unixstream://{stream}")];
    (daemon, addresses)
}

/// Runs `basenji send` with these arguments and this standard input.
fn send_from(input: &[u8], arguments: &[&str]) -> Output {
    let mut command = basenji();
    command.arg("send").args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    // It need not read, and may end before.
    let _ = child.stdin.take().expect("it was asked for").write_all(input);
    child.wait_with_output().expect("the program ends")
}

/// Runs `basenji send`, which has to work and to say nothing.
fn send(arguments: &[&str]) {
    let output = send_from(b"", arguments);
    assert_eq!((output.status.code(), text(&output.stderr), text(&output.stdout)), (Some(0), "", ""), "{arguments:?}");
}

/// Runs `basenji send`, which has to fail; returns its exit code and what it says.
fn refused(arguments: &[&str]) -> (Option<i32>, String) {
    let output = send_from(b"", arguments);
    assert!(output.stdout.is_empty());
    (output.status.code(), text(&output.stderr).trim_end().to_owned())
}

/// A socket that receives what is sent, and its address.
fn receiver() -> (UdpSocket, String) {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    socket.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout");
    let address = format!("udp://{}", socket.local_addr().expect("it is bound"));
    (socket, address)
}

/// The next datagram.
fn received(socket: &UdpSocket) -> String {
    let mut buffer = vec![0; 65507];
    loop {
        match socket.recv(&mut buffer) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            len => return text(&buffer[..len.expect("a datagram comes")]).to_owned(),
        }
    }
}

/// What `basenji send` sends with these arguments, without what its container adds.
fn datagram_of(arguments: &[&str]) -> String {
    let (socket, address) = receiver();
    let mut command = basenji();
    command.arg("send").args(arguments).args(["--to", &address]).env("DD_ORIGIN_DETECTION_ENABLED", "false");
    let output = command.output().expect("the program starts");
    assert!(output.status.success(), "{}", text(&output.stderr));
    received(&socket)
}

/// The sum of the values of a metric.
fn sum(objects: &[Value], name: &str) -> f64 {
    let points = objects.iter().filter(|object| object["metric"] == name);
    points.map(|point| point["value"].as_f64().expect("a number")).sum()
}

#[test]
fn every_kind_arrives_over_every_socket() {
    let directory = tempfile::tempdir().expect("a directory");
    let (daemon, addresses) = daemon(&directory);
    for to in &addresses {
        send(&["count", "page.views", "2", "-t", "env:dev", "--to", to]);
        send(&["--to", to, "gauge", "temp", "-2.5"]);
        send(&["histogram", "h", "1:3", "--to", to]);
        send(&["distribution", "d", "5", "--rate", "0.5", "--to", to]);
        send(&["timing", "t", "12.5", "--to", to]);
        send(&["set", "users", "ann", "--to", to]);
        send(&["event", "Deploy", "v1\nfailed", "--alert-type", "error", "--to", to]);
        send(&["check", "db.up", "critical", "--message", "no answer", "--to", to]);
    }
    let objects = daemon.stop();
    let of = |name: &str| objects.iter().find(|object| object["metric"] == name).expect("it has arrived");
    assert_eq!((&of("page.views")["kind"], &of("page.views")["tags"]), (&json!("count"), &json!(["env:dev"])));
    assert_eq!(sum(&objects, "page.views"), 6.0);
    assert_eq!((&of("temp")["kind"], &of("temp")["value"]), (&json!("gauge"), &json!(-2.5)));
    assert_eq!((&of("h")["kind"], &of("h")["aggregates"]["count"]), (&json!("histogram"), &json!(6.0)));
    assert_eq!((&of("d")["kind"], &of("d")["sketch"]["count"]), (&json!("distribution"), &json!(6)));
    assert_eq!((&of("t")["kind"], &of("t")["aggregates"]["max"]), (&json!("timing"), &json!(12.5)));
    assert_eq!((&of("users")["kind"], &of("users")["value"]), (&json!("set"), &json!(1.0)));
    let events: Vec<_> = objects.iter().filter(|object| object["event"].is_object()).collect();
    assert_eq!(events.len(), 3);
    assert_eq!(
        (&events[0]["event"]["text"], &events[0]["event"]["alert_type"]),
        (&json!("v1\nfailed"), &json!("error"))
    );
    let checks: Vec<_> = objects.iter().filter(|object| object["service_check"].is_object()).collect();
    assert_eq!(checks.len(), 3);
    assert_eq!(checks[0]["service_check"]["status"], json!(2));
    assert_eq!(checks[0]["service_check"]["message"], json!("no answer"));
}

#[test]
fn every_option_has_its_field() {
    assert_eq!(
        datagram_of(&[
            "count",
            "a",
            "1",
            "-t",
            "x:1,y",
            "--tag",
            "z",
            "--rate",
            "0.25",
            "--timestamp",
            "1700000000",
            "--cardinality",
            "low"
        ]),
        "a:1|c|@0.25|#x:1,y,z|card:low|T1700000000\n"
    );
    assert_eq!(datagram_of(&["set", "s", "-1", "--rate", "1"]), "s:-1|s\n");
    assert_eq!(
        datagram_of(&[
            "event",
            "title",
            "text",
            "--timestamp",
            "1700000000",
            "--hostname",
            "h",
            "--aggregation-key",
            "k",
            "--priority",
            "low",
            "--source-type",
            "s",
            "--alert-type",
            "success",
            "-t",
            "a:b",
            "--cardinality",
            "high"
        ]),
        "_e{5,4}:title|text|d:1700000000|h:h|k:k|p:low|s:s|t:success|#a:b|card:high\n"
    );
    assert_eq!(
        datagram_of(&[
            "check",
            "c",
            "1",
            "--timestamp",
            "1700000000",
            "--hostname",
            "h",
            "--message",
            "m",
            "-t",
            "a",
            "--cardinality",
            "none"
        ]),
        "_sc|c|1|d:1700000000|h:h|#a|m:m|card:none\n"
    );
}

#[test]
fn a_status_has_a_number_or_a_name() {
    for (number, name) in ["ok", "warning", "critical", "unknown"].into_iter().enumerate() {
        let expected = format!("_sc|c|{number}\n");
        assert_eq!(datagram_of(&["check", "c", name]), expected);
        assert_eq!(datagram_of(&["check", "c", &number.to_string()]), expected);
    }
}

#[test]
fn nothing_that_is_passed_breaks_a_line() {
    assert_eq!(datagram_of(&["count", "a:b|c\nd", "1", "-t", "x|y\nz"]), "a_b_c_d:1|c|#x_y_z\n");
    assert_eq!(datagram_of(&["event", "a\nb", "c\nd"]), "_e{4,4}:a\\nb|c\\nd\n");
}

#[test]
fn the_environment_says_where_to_and_what_every_message_has() {
    let (socket, address) = receiver();
    let mut command = basenji();
    command.args(["send", "count", "a", "1", "-t", "x"]).env("DD_ORIGIN_DETECTION_ENABLED", "false");
    command
        .env("DD_DOGSTATSD_URL", &address)
        .env("DD_ENV", "dev")
        .env("DD_TAGS", "team:b")
        .env("DD_CARDINALITY", "low");
    assert!(command.status().expect("the program starts").success());
    assert_eq!(received(&socket), "a:1|c|#x,team:b,env:dev|card:low\n");

    // A flag wins.
    let (socket, address) = receiver();
    assert!(command.args(["--to", &address]).status().expect("the program starts").success());
    assert!(received(&socket).starts_with("a:1|c"));
}

#[test]
fn a_variable_that_means_nothing_is_named_and_passed_over() {
    let (socket, address) = receiver();
    let mut command = basenji();
    command.args(["send", "count", "a", "1"]).env("DD_DOGSTATSD_URL", "tcp://h:1").env("DD_DOGSTATSD_SOCKET", &address);
    let output = command.output().expect("the program starts");
    assert!(output.status.success());
    assert!(text(&output.stderr).starts_with("basenji: warning: the variable DD_DOGSTATSD_URL is ignored: "));
    assert!(received(&socket).starts_with("a:1|c"));
}

#[test]
fn where_sending_is_disabled_nothing_is_sent_and_nothing_is_wrong() {
    let mut command = basenji();
    command.args(["send", "count", "a", "1", "--to", "unix:///nowhere"]).env("DD_DOGSTATSD_DISABLE", "true");
    let output = command.output().expect("the program starts");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(text(&output.stderr), "basenji: warning: nothing is sent because DD_DOGSTATSD_DISABLE says so\n");
}

#[test]
fn lines_of_standard_input_arrive_over_every_socket() {
    let directory = tempfile::tempdir().expect("a directory");
    let (daemon, addresses) = daemon(&directory);
    let lines = "a.line:1|c|#env:dev\n".repeat(5000);
    for to in &addresses[1..] {
        let output = send_from(lines.as_bytes(), &["--stdin", "--to", to]);
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""), "{to}");
    }
    // Few enough for what the kernel holds.
    let output = send_from(b"a.line:1|c|#env:dev\n\n\r\na.line:1|c|#env:dev", &["--stdin", "--to", &addresses[0]]);
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
    assert_eq!(sum(&daemon.stop(), "a.line"), 10_002.0);
}

#[test]
fn lines_are_packed_whole_into_datagrams() {
    let (socket, address) = receiver();
    let lines = b"a:1|c\nb:1|c\nc:1|c\nmuch.longer.than.a.datagram:1|c\nd:1|c";
    let output = send_from(lines, &["--stdin", "--to", &address, "--datagram-size", "12"]);
    assert!(output.status.success());
    let datagrams: Vec<_> = (0..4).map(|_| received(&socket)).collect();
    assert_eq!(datagrams.concat(), format!("{}\n", text(lines)));
    assert_eq!(datagrams[0], "a:1|c\nb:1|c\n");
    assert_eq!(datagrams[2], "much.longer.than.a.datagram:1|c\n");
}

#[test]
fn a_line_is_sent_before_the_next_one_comes() {
    let (socket, address) = receiver();
    let mut command = basenji();
    command.args(["send", "--stdin", "--to", &address]).stdin(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().expect("the program starts");
    let mut stdin = child.stdin.take().expect("it was asked for");
    stdin.write_all(b"a:1|c\nb:").expect("the program reads");
    assert_eq!(received(&socket), "a:1|c\n");
    drop(stdin);
    assert!(child.wait().expect("the program ends").success());
    assert_eq!(received(&socket), "b:\n");
}

#[test]
fn a_line_that_does_not_parse_is_sent_and_named() {
    let (socket, address) = receiver();
    let output = send_from(b"a:1|c\n\nbad:x|c\nb:1|c\n", &["--stdin", "--to", &address]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(
        text(&output.stderr),
        "basenji: warning: line 3 will be refused: the value is not a number (a name must not contain ':') \
         (at byte 4): \"bad:x|c\"\n"
    );
    assert_eq!(received(&socket), "a:1|c\nbad:x|c\nb:1|c\n");
}

#[test]
fn many_lines_that_do_not_parse_are_few_warnings() {
    let (_socket, address) = receiver();
    let output = send_from("bad\n".repeat(1000).as_bytes(), &["--stdin", "--to", &address]);
    let warnings: Vec<_> = text(&output.stderr).lines().collect();
    assert_eq!(warnings.len(), 11);
    assert_eq!(warnings[10], "basenji: warning: 1000 lines will be refused in all");
}

#[test]
fn a_line_that_is_too_long_is_counted_and_its_neighbours_are_sent() {
    let (socket, address) = receiver();
    let long = format!("{}:1|c", "x".repeat(70_000));
    let longer = "x".repeat(2 << 20);
    let lines = format!("a:1|c\n{long}\nb:1|c\n{longer}\nc:1|c\n");
    let output = send_from(lines.as_bytes(), &["--stdin", "--to", &address]);
    assert_eq!(output.status.code(), Some(1));
    let last = text(&output.stderr).lines().last().expect("a sentence");
    assert_eq!(last, format!("basenji: 2 lines were not sent because they are longer than {address} takes"));
    let mut all = String::new();
    while all.len() < 18 {
        all.push_str(&received(&socket));
    }
    assert_eq!(all, "a:1|c\nb:1|c\nc:1|c\n");
}
