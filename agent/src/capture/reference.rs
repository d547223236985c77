//! Captures beside the messages of the Agent's own definitions, where `cargo xtask interop captures` has built the program of
//! `tests/interop/captures`.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use super::writer::Writer;
use super::{Captured, Reader};

/// Names the program.
const PROGRAM: &str = "BASENJI_CAPTURE_REFERENCE";

/// A message that the program can be told: nanoseconds, process, container, payload.
type Told = (i64, i32, &'static [u8], Vec<u8>);

/// Messages of every size, with and without a process, whose containers are always the same.
fn messages(mut seed: u64) -> Vec<Told> {
    let mut next = move |most: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % most
    };
    let one = |place: i64| {
        let len = [0, 9, 300, 8_192][next(4) as usize];
        let payload = (0..len).map(|_| next(256) as u8).collect();
        let (process, container): (i32, &[u8]) =
            [(0, &b""[..]), (42, b"abc"), (i32::MAX, b"0123456789abcdef")][next(3) as usize];
        (1_717_200_000_000_000_000 + place, process, container, payload)
    };
    (0..300).map(one).collect()
}

/// The messages and the processes' containers as the program writes and reads them.
fn text(messages: &[Told]) -> String {
    let mut text = String::new();
    let mut containers = std::collections::BTreeMap::new();
    for (at, process, container, payload) in messages {
        write!(text, "{at} {process} x").unwrap();
        payload.iter().for_each(|byte| write!(text, "{byte:02x}").unwrap());
        writeln!(text, " {}", payload.len()).unwrap();
        if *process != 0 {
            containers.insert(process, String::from_utf8_lossy(container));
        }
    }
    text += "state\n";
    containers.iter().for_each(|(process, container)| writeln!(text, "{process} container_id://{container}").unwrap());
    text
}

/// What the program says, being told `input`.
fn said(what: &str, file: &Path, input: &str) -> String {
    let program = std::env::var_os(PROGRAM).expect("the caller has looked");
    let mut child = Command::new(program)
        .args([what.as_ref(), file.as_os_str()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // A program that reads nothing may end first.
    let _ = child.stdin.take().expect("it is piped").write_all(input.as_bytes());
    let output = child.wait_with_output().expect("the program ends");
    assert!(output.status.success(), "{what}");
    String::from_utf8(output.stdout).expect("hexadecimal")
}

#[test]
fn captures_of_ours_and_of_the_agents_definitions_say_the_same() {
    if std::env::var_os(PROGRAM).is_none() {
        println!("skipped: {PROGRAM} names no program; cargo xtask interop captures builds it");
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let (ours, theirs) = (directory.path().join("ours.dog"), directory.path().join("theirs.dog"));
    let messages = messages(std::process::id().into());
    let expected = text(&messages);

    let mut writer = Writer::new(std::fs::File::create(&ours).unwrap(), false).unwrap();
    for (at, pid, container, payload) in &messages {
        let mut bytes = Vec::new();
        Captured { at: *at, payload, pid: *pid, container, ..Captured::default() }.write(&mut bytes);
        writer.push(&bytes).unwrap();
    }
    writer.finish().unwrap();
    assert!(said("read", &ours, "") == expected, "what the Agent's definitions read in our capture");

    said("write", &theirs, &expected);
    let mut reader = Reader::new(super::open(&theirs).unwrap()).unwrap();
    for (at, pid, _, payload) in &messages {
        let one = reader.next().unwrap().expect("a message");
        assert_eq!((one.at, one.pid, one.payload), (*at, *pid, &payload[..]));
    }
    assert_eq!(reader.next().unwrap(), None);
    let state = reader.state().unwrap();
    messages.iter().for_each(|(_, pid, container, _)| assert_eq!(state.container(*pid), *container));
}
