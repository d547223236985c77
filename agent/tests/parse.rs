//! `basenji parse` end to end.

mod support;

use std::io::{Read, Write};
use std::process::{Child, Output, Stdio};
use std::thread;

use serde_json::json;
use support::{basenji, objects, run, text};

/// Starts `basenji parse` with these arguments and open pipes.
fn start(arguments: &[&str]) -> Child {
    let mut command = basenji();
    command.arg("parse").args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("the program starts")
}

/// Runs `basenji parse` with this standard input.
fn parse(input: &[u8], arguments: &[&str]) -> Output {
    let mut child = start(arguments);
    let mut stdin = child.stdin.take().expect("it was asked for");
    thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(input).expect("the program reads"));
        child.wait_with_output().expect("the program ends")
    })
}

#[test]
fn each_line_is_an_object_in_order() {
    let output = parse(b"page.views:1|c|#env:dev\r\n\n\r\n_sc|db.up|1\n_e{1,1}:a|b\nm:x|c\nlast:1|g", &[]);
    assert!(output.status.success());
    assert_eq!(
        text(&output.stdout),
        concat!(
            r#"{"kind":"metric","name":"page.views","type":"c","values":[1.0],"sample_rate":1.0,"tags":["env:dev"],"timestamp":null,"#,
            r#""container_id":null,"external_data":null,"cardinality":null}"#,
            "\n",
            r#"{"kind":"service_check","name":"db.up","status":1,"timestamp":null,"host":null,"message":null,"tags":[],"#,
            r#""container_id":null,"external_data":null,"cardinality":null}"#,
            "\n",
            r#"{"kind":"event","title":"a","text":"b","timestamp":null,"host":null,"aggregation_key":null,"priority":"normal","#,
            r#""source_type":null,"alert_type":"info","tags":[],"container_id":null,"external_data":null,"cardinality":null}"#,
            "\n",
            r#"{"kind":"error","error":"bad value","code":5,"offset":2,"input":"m:x|c"}"#,
            "\n",
            r#"{"kind":"metric","name":"last","type":"g","values":[1.0],"sample_rate":1.0,"tags":[],"timestamp":null,"#,
            r#""container_id":null,"external_data":null,"cardinality":null}"#,
            "\n",
        )
    );
}

#[test]
fn a_refused_line_changes_the_exit_code_only_if_it_is_asked_to() {
    assert_eq!(parse(b"bad\ngood:1|c", &[]).status.code(), Some(0));
    assert_eq!(parse(b"bad\ngood:1|c", &["--strict"]).status.code(), Some(1));
    assert_eq!(parse(b"good:1|c", &["--strict"]).status.code(), Some(0));
    assert_eq!(parse(b"", &["--strict"]).status.code(), Some(0));
}

#[test]
fn a_file_is_read_in_place_of_standard_input() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("lines");
    std::fs::write(&path, "a:1|c\nb:1|c\n").expect("written");
    let path = path.to_str().expect("UTF-8");
    for arguments in [&["parse", path][..], &["parse", "--datagram", path]] {
        let output = run(arguments);
        assert_eq!(objects(text(&output.stdout)).len(), 2);
    }
    assert_eq!(objects(text(&parse(b"a:1|c", &["-"]).stdout)).len(), 1);
}

#[test]
fn a_file_that_cannot_be_read_is_one_sentence_and_exit_code_1() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("missing");
    let output = run(&["parse", path.to_str().expect("UTF-8")]);
    assert_eq!(output.status.code(), Some(1));
    let sentence = format!("basenji: cannot read {}: No such file or directory\n", path.display());
    assert_eq!(text(&output.stderr), sentence);
}

#[test]
fn variables_of_the_daemon_do_not_matter() {
    let output = basenji().arg("parse").env("DD_DOGSTATSD_PORT", "bad").output().expect("the program starts");
    assert!(output.status.success() && output.stderr.is_empty());
}

#[test]
fn a_line_that_is_too_long_is_refused_and_its_neighbours_are_not() {
    let long = "x".repeat(3 << 20);
    let output = parse(format!("a:1|c\n{long}\nb:1|c\n").as_bytes(), &[]);
    let objects = objects(text(&output.stdout));
    assert_eq!(objects.len(), 3);
    assert_eq!((&objects[0]["name"], &objects[2]["name"]), (&json!("a"), &json!("b")));
    assert_eq!((&objects[1]["error"], &objects[1]["offset"]), (&json!("truncated"), &json!(0)));
    assert_eq!(objects[1]["input"].as_str().map(str::len), Some(1 << 20));
}

#[test]
fn a_reader_that_leaves_ends_the_program_quietly() {
    let mut child = start(&[]);
    drop(child.stdout.take());
    let mut stdin = child.stdin.take().expect("it was asked for");
    // It ends while this is being written, or before.
    while stdin.write_all(&b"a:1|c\n".repeat(1000)).is_ok() {}
    let output = child.wait_with_output().expect("the program ends");
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
}

#[test]
fn an_object_is_written_before_the_next_line_comes() {
    let mut child = start(&[]);
    let mut stdin = child.stdin.take().expect("it was asked for");
    let mut stdout = child.stdout.take().expect("it was asked for");
    let mut first = [0; 16];
    stdin.write_all(b"a:1|c\nb:").expect("the program reads");
    stdout.read_exact(&mut first).expect("the first object comes");
    assert_eq!(&first, br#"{"kind":"metric""#);
    drop(stdin);
    assert!(child.wait().expect("the program ends").success());
}

#[test]
#[cfg(target_os = "linux")]
fn a_stream_is_read_in_constant_memory() {
    const LINES: usize = 500_000;
    const LINE: &[u8] = b"http.requests:1|c|@0.5|#env:prod,service:shop,route:/cart/checkout\n";
    let mut child = start(&[]);
    let status = format!("/proc/{}/status", child.id());
    let mut stdin = child.stdin.take().expect("it was asked for");
    let mut stdout = child.stdout.take().expect("it was asked for");
    let reader = thread::spawn(move || {
        let (mut lines, mut buffer) = (0, vec![0; 1 << 20]);
        loop {
            match stdout.read(&mut buffer).expect("the program writes") {
                0 => return lines,
                count => lines += memchr::memchr_iter(b'\n', &buffer[..count]).count(),
            }
        }
    });
    let block = LINE.repeat(1000);
    for _ in 0..LINES / 1000 {
        stdin.write_all(&block).expect("the program reads");
    }
    let status = std::fs::read_to_string(status).expect("it still runs");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("the peak of its memory");
    let peak: usize = peak.trim().trim_end_matches(" kB").parse().expect("a number");
    drop(stdin);
    assert_eq!(reader.join().expect("the reader ends"), LINES);
    assert!(child.wait().expect("the program ends").success());
    assert!(peak < 20 * 1024, "{peak} KiB for an input of {} KiB", LINES * LINE.len() / 1024);
}
