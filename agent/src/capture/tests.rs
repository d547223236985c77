//! Files as the Agent writes them, files of ours, and files that are neither.

use basenji::server::ListenerKind;

use super::writer::Writer;
use super::{Captured, Fault, Reader, State};

/// A capture of version 3 as the Agent writes it, byte by byte: two messages from a container's process over a Unix
/// socket, and a state with that container and its entity.
const AGENTS: &str = "d474d060f3ff0000\
    1c000000088080b4c2d489aeea1710051a05613a317c63202a28033203010203\
    13000000088180b4c2d489aeea1710051a05623a327c67\
    00000000\
    0a340a12636f6e7461696e65725f69643a2f2f616263121e0a130a0c636f6e7461696e65725f696412036162632a07696d6167653a781216082a1212636f6e7461696e65725f69643a2f2f616263\
    4e000000";

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

/// What was read, up to the end or the fault.
type Read = (Vec<(i64, Vec<u8>, i32, Option<ListenerKind>)>, Result<State, Fault>);

fn read(file: &[u8]) -> Read {
    let mut messages = Vec::new();
    let mut reader = match Reader::new(file) {
        Ok(reader) => reader,
        Err(fault) => return (messages, Err(fault)),
    };
    loop {
        match reader.next() {
            Ok(Some(one)) => messages.push((one.at, one.payload.to_vec(), one.pid, one.listener)),
            Ok(None) => return (messages, Ok(reader.state().unwrap().clone())),
            Err(fault) => return (messages, Err(fault)),
        }
    }
}

fn sample(is_compressed: bool) -> (Vec<u8>, Vec<Captured<'static>>) {
    let messages = vec![
        Captured { at: 1, payload: b"a:1|c\n", pid: 7, container: b"abc", ..Captured::default() },
        Captured { at: 2, payload: b"", listener: Some(ListenerKind::Udp), ..Captured::default() },
        Captured {
            at: i64::MAX,
            payload: &[0, 255, b'|'],
            pid: -1,
            container: b"de",
            listener: Some(ListenerKind::UnixStream),
            is_truncated: true,
        },
    ];
    let mut writer = Writer::new(Vec::new(), is_compressed).unwrap();
    for message in &messages {
        let mut bytes = Vec::new();
        message.write(&mut bytes);
        writer.push(&bytes).unwrap();
    }
    (writer.finish().unwrap(), messages)
}

#[test]
fn a_capture_of_the_agent_is_read() {
    let (messages, state) = read(&bytes(AGENTS));
    let at = 1_717_200_000_000_000_000;
    assert_eq!(messages, [(at, b"a:1|c".to_vec(), 42, None), (at + 1, b"b:2|g".to_vec(), 0, None)]);
    assert_eq!(state.unwrap().container(42), b"abc");
}

#[test]
fn older_versions_have_seconds_and_the_oldest_no_state() {
    let mut file = bytes("d474d060f1ff0000 0a000000 0805 1004 1a04613a317c");
    assert_eq!(read(&file), (vec![(5_000_000_000, b"a:1|".to_vec(), 0, None)], Ok(State::default())));
    file[4] = 0xf2;
    assert_eq!(read(&file).1.unwrap_err().to_string(), "at byte 22: it ends without its state, between two messages");
    file.extend([0; 8]);
    assert_eq!(read(&file).1, Ok(State::default()));
}

#[test]
fn what_is_written_is_read_as_it_was() {
    let (file, messages) = sample(false);
    let mut reader = Reader::new(&file[..]).unwrap();
    for message in messages {
        assert_eq!(reader.next().unwrap(), Some(message));
    }
    assert_eq!(reader.next().unwrap(), None);
    assert_eq!(reader.next().unwrap(), None, "and it stays there");
    let state = reader.state().unwrap();
    assert_eq!([7, -1, 0].map(|pid| state.container(pid)), [&b"abc"[..], b"de", b""]);
    let (compressed, _) = sample(true);
    assert_eq!(zstd::decode_all(&compressed[..]).unwrap(), file);
}

#[test]
fn the_bytes_are_those_that_the_agent_would_write() {
    let mut writer = Writer::new(Vec::new(), false).unwrap();
    let mut message = Vec::new();
    Captured { at: 5, payload: b"a:1|c", pid: 42, container: b"abc", ..Captured::default() }.write(&mut message);
    writer.push(&message).unwrap();
    let expected = "d474d060f3ff0000 13000000 0805 1005 1a05613a317c63 202a b20603616263 \
        00000000 1216 082a 1211636f6e7461696e65725f69643a2f2f616263";
    let file = writer.finish().unwrap();
    assert_eq!(file[4..12], bytes(expected)[4..12]);
    assert_eq!(file.len(), 8 + 4 + message.len() + 4 + file[file.len() - 4] as usize + 4);
}

#[test]
fn a_file_that_is_cut_anywhere_is_read_up_to_there() {
    let (file, messages) = sample(false);
    let mut ends = vec![8];
    let mut reader = Reader::new(&file[..]).unwrap();
    while reader.next().unwrap().is_some() {
        ends.push(reader.offset() as usize);
    }
    for len in 0..file.len() {
        let (found, state) = read(&file[..len]);
        let fault = state.unwrap_err();
        let whole = ends.iter().filter(|end| **end <= len).count().saturating_sub(1);
        assert_eq!((found.len(), found.len() <= messages.len()), (whole, true), "{len}: {fault}");
        assert!(fault.offset <= len as u64, "{len}: {fault}");
    }
    let fault = |len: usize| read(&file[..len]).1.unwrap_err().to_string();
    assert_eq!(fault(3), "at byte 0: this is no capture: its first bytes are others");
    assert_eq!(fault(10), "at byte 8: it ends within the length of a message");
    assert!(fault(20).starts_with("at byte 12: a message is cut: of its "), "{}", fault(20));
    assert!(fault(file.len() - 1).contains("the state at its end is cut"));
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    for (hex, expected) in [
        ("", "at byte 0: this is no capture: its first bytes are others"),
        ("28b52ffd00000000", "at byte 0: this is no capture: its first bytes are others"),
        ("d474d060f4ff0000", "at byte 4: this is a capture of version 4; versions 1 to 3 are known"),
        ("d474d060f0ff0000", "at byte 4: this is a capture of version 0; versions 1 to 3 are known"),
        (
            "d474d060f3ff0000 ffffff7f",
            "at byte 8: a message claims to have 2147483647 bytes; the longest have 16777216",
        ),
        (
            "d474d060f3ff0000 02000000 1a05",
            "at byte 12: a message is corrupt: a field is longer than what it stands in",
        ),
        (
            "d474d060f3ff0000 04000000 08051a00 00000000 1205 02000000",
            "at byte 20: the state at its end is corrupt: a field is longer than what it stands in",
        ),
        (
            "d474d060f3ff0000 02000000 1003",
            "at byte 12: a message is corrupt: the payload has not the length that it says",
        ),
    ] {
        assert_eq!(read(&bytes(hex)).1.unwrap_err().to_string(), expected, "{hex}");
    }
    let (compressed, _) = sample(true);
    let cut = zstd::stream::read::Decoder::new(&compressed[..compressed.len() - 9]).unwrap();
    let fault = Reader::new(cut).and_then(|mut reader| {
        while reader.next()?.is_some() {}
        Ok(())
    });
    assert!(fault.unwrap_err().problem.contains("cut within what is compressed"));
}

/// Whatever the bytes are, a reader ends, and its memory is bounded by theirs.
#[test]
fn random_bytes_and_random_faults_are_read_to_an_end() {
    let (file, _) = sample(false);
    let mut seed = 11_u64;
    let mut next = move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize
    };
    for round in 0..20_000 {
        let mut bytes = match round % 3 {
            0 => [&file[..8], &(0..next() % 60).map(|_| next() as u8).collect::<Vec<_>>()].concat(),
            _ => file.clone(),
        };
        for _ in 0..1 + next() % 4 {
            let place = next() % bytes.len();
            bytes[place] = if next() % 2 == 0 { next() as u8 } else { bytes[place] ^ 1 << (next() % 8) };
        }
        let (messages, ended) = read(&bytes);
        let held: usize = messages.iter().map(|(_, payload, ..)| payload.len()).sum();
        assert!(held <= bytes.len(), "{bytes:?}");
        if let Err(fault) = ended {
            assert!(fault.offset <= bytes.len() as u64 && !fault.problem.is_empty(), "{fault}");
        }
    }
}
