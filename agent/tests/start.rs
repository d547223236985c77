//! What the daemon says when it cannot start, and where its options come from.

mod support;

use std::net::UdpSocket;

use support::{Daemon, basenji, run, text};

/// Runs a daemon that does not start, and returns its exit code and its only line.
fn refused(arguments: &[&str], variables: &[(&str, &str)]) -> (Option<i32>, String) {
    let output = basenji().args(arguments).envs(variables.iter().copied()).output().expect("the program starts");
    let lines = text(&output.stderr);
    assert_eq!(lines.lines().count(), 1, "{lines}");
    assert!(output.stdout.is_empty());
    (output.status.code(), lines.trim_end().to_owned())
}

#[test]
fn a_port_in_use_is_one_sentence_and_exit_code_1() {
    let other = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let port = other.local_addr().expect("it is bound").port();
    let expected = format!("basenji: UDP port {port} on 127.0.0.1 is already in use by another program");
    assert_eq!(refused(&["--port", &port.to_string()], &[]), (Some(1), expected));
}

#[test]
fn a_socket_path_that_is_a_file_or_has_no_directory_is_one_sentence_and_exit_code_1() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("file");
    std::fs::write(&file, "precious").expect("written");
    let missing = directory.path().join("missing/dsd.socket");
    for flag in ["--socket", "--stream-socket"] {
        let path = file.to_str().expect("UTF-8");
        let expected = format!("basenji: {path} exists and is not a socket; it is left as it is");
        assert_eq!(refused(&["--port", "0", flag, path], &[]), (Some(1), expected));
        let path = missing.to_str().expect("UTF-8");
        let parent = directory.path().join("missing");
        let expected =
            format!("basenji: cannot make the socket {path}: the directory {} does not exist", parent.display());
        assert_eq!(refused(&["--port", "0", flag, path], &[]), (Some(1), expected));
    }
    assert_eq!(std::fs::read(&file).expect("it is there"), b"precious");
}

#[test]
fn a_flag_that_cannot_be_is_one_sentence_and_exit_code_2() {
    for (arguments, sentence) in [
        (
            &["--port", "65536"][..],
            "invalid value '65536' for '--port <PORT>': a port is a number from 0 to 65535, or the word off",
        ),
        (
            &["--buffer-size", "65508"],
            "invalid value '65508' for '--buffer-size <BYTES>': expected a number from 1 to 65507",
        ),
        (&["--buffer-size", "0"], "invalid value '0' for '--buffer-size <BYTES>': expected a number from 1 to 65507"),
        (&["--bucket-secs", "0"], "invalid value '0' for '--bucket-secs <SECONDS>': expected a number from 1 to 86400"),
        (&["--workers", "-1"], "unexpected argument '-1' found"),
        (
            &["--socket-mode", "888"],
            "invalid value '888' for '--socket-mode <MODE>': a mode is an octal number from 0 to 777",
        ),
        (&["--format", "xml"], "invalid value 'xml' for '--format <FORMAT>': expected one of auto, table, json, off"),
        (
            &["--histogram-percentiles", "0.5,95"],
            "invalid value '0.5,95' for '--histogram-percentiles <LIST>': '95' is not a number from 0 to 1",
        ),
        (&["--prot", "1"], "there is no '--prot'; did you mean '--port'?"),
        (&["run", "now"], "unexpected argument 'now' found"),
        (&["sned"], "there is no 'sned'; did you mean 'send'?"),
        (&["--socket"], "a value is required for '--socket <PATH>' but none was supplied"),
        (&["--port", "off"], "there is nothing to listen on: give --port, --socket or --stream-socket"),
    ] {
        assert_eq!(refused(arguments, &[]), (Some(2), format!("basenji: {sentence}")));
    }
}

#[test]
fn a_variable_that_cannot_be_is_named() {
    for (variable, value, sentence) in [
        (
            "DD_DOGSTATSD_PORT",
            "http",
            "invalid value 'http' for DD_DOGSTATSD_PORT: a port is a number from 0 to 65535, or the word off",
        ),
        (
            "DD_DOGSTATSD_BUFFER_SIZE",
            "1e4",
            "invalid value '1e4' for DD_DOGSTATSD_BUFFER_SIZE: expected a whole number",
        ),
        (
            "DD_DOGSTATSD_NON_LOCAL_TRAFFIC",
            "maybe",
            "invalid value 'maybe' for DD_DOGSTATSD_NON_LOCAL_TRAFFIC: expected true or false",
        ),
        (
            "DD_DOGSTATSD_MAPPER_PROFILES",
            "3",
            "invalid value '3' for DD_DOGSTATSD_MAPPER_PROFILES: expected a list of profiles, found text",
        ),
        (
            "DD_ADDITIONAL_ENDPOINTS",
            "3",
            "invalid value for DD_ADDITIONAL_ENDPOINTS: expected a JSON object of URLs with lists of keys",
        ),
    ] {
        assert_eq!(refused(&[], &[(variable, value)]), (Some(2), format!("basenji: {sentence}")));
    }
}

#[test]
fn variables_are_read_and_flags_win_over_them() {
    let directory = tempfile::tempdir().expect("a directory");
    let from_variable = directory.path().join("variable");
    let from_flag = directory.path().join("flag");
    let mut command = basenji();
    command.env("DD_DOGSTATSD_SOCKET", &from_variable).env("DD_DOGSTATSD_PORT", "__random__").env("DD_BIND_HOST", "");
    let daemon = Daemon::start_with(&mut command, 2);
    assert!(from_variable.exists() && daemon.address("udp").starts_with("127.0.0.1:"));
    daemon.stop();

    let daemon = Daemon::start_with(command.arg("--socket").arg(&from_flag), 2);
    assert!(from_flag.exists() && !from_variable.exists());
    daemon.stop();
}

#[test]
fn the_port_0_of_the_agents_variable_is_no_port() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut command = basenji();
    command.env("DD_DOGSTATSD_SOCKET", directory.path().join("s")).env("DD_DOGSTATSD_PORT", "0");
    let daemon = Daemon::start_with(&mut command, 1);
    daemon.signal("TERM");
    let (status, _, log) = daemon.end();
    assert!(status.success() && !log.contains("udp="), "{log}");
}

#[test]
fn udp_can_be_received_on_every_address_and_on_ipv6() {
    let daemon = Daemon::start(&["--port", "0", "--non-local-traffic", "--bucket-secs", "3600"], 1);
    let address = daemon.address("udp");
    assert!(["0.0.0.0:", "[::]:"].iter().any(|every| address.starts_with(every)), "{address}");
    let port = address.rsplit(':').next().expect("a port").to_owned();
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    socket.send_to(b"a:1|c", format!("127.0.0.1:{port}")).expect("sent");
    assert!(daemon.stop().iter().any(|object| object["metric"] == "a"));
    if UdpSocket::bind("[::1]:0").is_ok() {
        let daemon = Daemon::start(&["--port", "0", "--bind", "::1"], 1);
        assert!(daemon.address("udp").starts_with("[::1]:"));
        daemon.stop();
    }
}

#[test]
fn the_log_can_be_silent() {
    let output = run(&["--port", "0", "--bucket-secs", "1", "--once", "--log-level", "off"]);
    assert!(output.status.success());
    assert_eq!(text(&output.stderr), "");
}
