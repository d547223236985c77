//! Many messages, loads, and what is said where sending fails.

use super::*;

#[test]
fn a_message_can_be_repeated_in_full_datagrams() {
    let directory = tempfile::tempdir().expect("a directory");
    let (daemon, [_, datagram, stream]) = daemon(&directory);
    send(&["count", "a", "2", "--repeat", "20000", "--to", &datagram]);
    send(&["count", "a", "1", "--repeat", "20000", "--to", &stream]);
    assert_eq!(sum(&daemon.stop(), "a"), 60_000.0);

    assert_eq!(datagram_of(&["count", "a", "1", "--repeat", "3"]), "a:1|c\na:1|c\na:1|c\n");
    assert_eq!(datagram_of(&["count", "a", "1", "--repeat", "3", "--datagram-size", "12"]), "a:1|c\na:1|c\n");
}

#[test]
fn a_load_sends_all_that_is_due_and_what_is_refused_is_reported() {
    let directory = tempfile::tempdir().expect("a directory");
    for place in 0..3 {
        let (daemon, addresses) = daemon(&directory);
        let to = &addresses[place];
        let output =
            send_from(b"", &["count", "a", "1", "--load", "2000", "--for", "0.25", "--format", "json", "--to", to]);
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
        let report = &objects(text(&output.stdout))[0];
        assert_eq!(report["to"], json!(to));
        let messages = |tally: &Value| tally["messages"].as_f64().expect("a number");
        let refused: f64 = report["refused"].as_object().expect("an object").values().map(messages).sum();
        assert_eq!(messages(&report["sent"]) + refused, 500.0, "{report}");
        assert_eq!(sum(&daemon.stop(), "a"), messages(&report["sent"]), "{report}");
        assert!(report["seconds"].as_f64().expect("a number") >= 0.25, "{report}");
    }
}

#[test]
fn a_load_counts_what_a_full_socket_refuses() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("nobody.reads");
    let socket = UnixDatagram::bind(&path).expect("a socket");
    let to = format!("unix://{}", path.display());
    let arguments = ["count", "a", "1", "--load", "50000", "--for", "0.1", "--datagram-size", "1", "--to", &to];
    let output = send_from(b"", &[&arguments[..], &["--format", "json"]].concat());
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
    let report = &objects(text(&output.stdout))[0];
    socket.set_nonblocking(true).expect("it can be");
    let received = std::iter::from_fn(|| socket.recv(&mut [0; 9000]).ok()).count();
    assert_eq!(report["sent"]["datagrams"], json!(received), "{report}");
    let full = report["refused"]["full"]["datagrams"].as_u64().expect("a number");
    assert!(full > 0 && received as u64 + full <= 5000, "{report}");
}

#[test]
fn the_fastest_load_waits_for_room() {
    let directory = tempfile::tempdir().expect("a directory");
    let (daemon, [_, datagram, _]) = daemon(&directory);
    let output = send_from(b"", &["count", "a", "1", "--load", "max", "--for", "0.1", "--to", &datagram]);
    assert!(output.status.success());
    let line = text(&output.stdout);
    let sent = line.strip_prefix("sent ").and_then(|rest| rest.split(' ').next()).expect("a number");
    assert!(line.ends_with(" messages/s; refused none\n"), "{line}");
    assert_eq!(sum(&daemon.stop(), "a"), sent.parse::<f64>().expect("a number"));
}

#[test]
fn a_load_without_an_end_reports_when_it_is_interrupted() {
    let (socket, address) = receiver();
    let mut command = basenji();
    command.args(["send", "count", "a", "1", "--load", "0.001", "--to", &address]).stdout(Stdio::piped());
    let child = command.spawn().expect("the program starts");
    received(&socket);
    let kill = format!("kill -INT {}", child.id());
    assert!(std::process::Command::new("/bin/sh").args(["-c", &kill]).status().expect("a shell").success());
    let output = child.wait_with_output().expect("the program ends");
    assert!(output.status.success());
    assert!(text(&output.stdout).starts_with("sent 1 messages in 1 datagrams ("));
}

#[test]
fn where_nobody_is_it_is_one_sentence_and_exit_code_1() {
    let directory = tempfile::tempdir().expect("a directory");
    let missing = directory.path().join("missing");
    let abandoned = directory.path().join("abandoned");
    drop(UnixDatagram::bind(&abandoned).expect("a socket"));
    for more in [&[][..], &["--repeat", "5"], &["--load", "10", "--for", "60"]] {
        for scheme in ["unix", "unixgram", "unixstream"] {
            let to = format!("{scheme}://{}", missing.display());
            let expected = format!("basenji: cannot send to {to}: there is no such socket");
            assert_eq!(refused(&[&["count", "a", "1", "--to", &to], more].concat()), (Some(1), expected));
        }
        let to = format!("unix://{}", abandoned.display());
        let expected = format!("basenji: cannot send to {to}: nobody listens there");
        assert_eq!(refused(&[&["count", "a", "1", "--to", &to], more].concat()), (Some(1), expected));
    }
    let to = format!("unix://{}", missing.display());
    let output = send_from(b"a:1|c\n", &["--stdin", "--to", &to]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(text(&output.stderr), format!("basenji: cannot send to {to}: there is no such socket\n"));
}

#[test]
fn over_udp_the_host_says_that_nobody_listens() {
    // The port is that of a socket, so that nobody else takes it, which takes from another port only.
    let (socket, address) = receiver();
    let (_other, elsewhere) = receiver();
    socket.connect(elsewhere.trim_start_matches("udp://")).expect("connected");
    let expected = format!("basenji: cannot send to {address}: nobody listens there");
    for more in [&[][..], &["--repeat", "100", "--datagram-size", "1"], &["--load", "10", "--for", "60"]] {
        let arguments = [&["count", "a", "1", "--to", &address], more].concat();
        assert_eq!(refused(&arguments), (Some(1), expected.clone()), "{arguments:?}");
    }
    let output = send_from(b"a:1|c\nb:1|c\n", &["--stdin", "--to", &address]);
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(1), &*format!("{expected}\n")));
}

#[test]
fn a_message_that_is_too_long_is_one_sentence() {
    let directory = tempfile::tempdir().expect("a directory");
    let (daemon, [_, _, stream]) = daemon(&directory);
    let expected = format!("basenji: cannot send to {stream}: the datagram is longer than the transport carries");
    assert_eq!(refused(&["set", "a", &"x".repeat(10_000), "--to", &stream]), (Some(1), expected));
    assert_eq!(
        refused(&["set", "a", &"x".repeat(70_000), "--to", &stream]),
        (Some(2), "basenji: the message is longer than 65507 bytes".to_owned())
    );
    daemon.stop();
}

#[test]
fn a_command_line_that_cannot_be_is_one_sentence_and_exit_code_2() {
    for (arguments, sentence) in [
        (&["count", "a", "fast"][..], "invalid value 'fast' for '<VALUE>': it is not a finite number"),
        (&["gauge", "a", "1:x"], "invalid value '1:x' for '<VALUE>': 'x' is not a finite number"),
        (&["timing", "a", "NaN"], "invalid value 'NaN' for '<VALUE>': it is not a finite number"),
        (&["count", "", "1"], "a value is required for '<NAME>' but none was supplied"),
        (&["count", "a"], "the following required arguments were not provided: <VALUE>"),
        (
            &["count", "a", "1", "--rate", "2"],
            "invalid value '2' for '--rate <RATE>': a sample rate is a number above 0 and up to 1",
        ),
        (
            &["check", "a", "4"],
            "invalid value '4' for '<STATUS>': a status is ok, warning, critical, unknown, or a number from 0 to 3",
        ),
        (
            &["count", "a", "1", "--to", "tcp://h:1"],
            "invalid value 'tcp://h:1' for '--to <ADDRESS>': there is no 'tcp://', only udp://, unix://, unixgram:// and \
             unixstream://",
        ),
        (
            &["count", "a", "1", "--cardinality", "mid"],
            "invalid value 'mid' for '--cardinality <LEVEL>': a cardinality is none, low, orchestrator or high",
        ),
        (
            &["event", "a", "b", "--rate", "1"],
            "unexpected argument '--rate' found; to pass '--rate' as a value, use '-- --rate'",
        ),
        (&[], "there is nothing to send: give a message, as in 'basenji send count page.views 1', or --stdin"),
        (&["--stdin", "count", "a", "1"], "--stdin stands in place of a message, so there cannot be both"),
        (&["--stdin", "--repeat", "2"], "--stdin does not go together with --repeat and --load"),
        (&["count", "a", "1", "--repeat", "2", "--load", "2"], "--repeat and --load do not go together"),
        (&["count", "a", "1", "--for", "2"], "--for is the length of a --load, which is not given"),
        (&["count", "a", "1", "--format", "json"], "--format is that of a --load, which is not given"),
        (&["sum", "a", "1"], "unrecognized subcommand 'sum'"),
    ] {
        assert_eq!(refused(arguments), (Some(2), format!("basenji: {sentence}")), "{arguments:?}");
    }
}
