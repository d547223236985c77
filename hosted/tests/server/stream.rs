//! Unix streams: frames, however they arrive.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;

use crate::common::{Place, counts, expected, refused, sums, wait_for};
use basenji::core::ErrorKind;
use basenji::core::wire::framing;
use basenji::server::{MemorySink, Server};

fn server(place: &Place, sink: &MemorySink, connections: usize) -> Server {
    Server::builder()
        .unix_stream(&place.path)
        .config(|config| {
            config.telemetry = false;
            config.receive_buffer = 64;
            config.max_connections = connections;
        })
        .start(sink.clone())
        .unwrap()
}

fn frame(bytes: &[u8]) -> Vec<u8> {
    [&framing::header(bytes.len()).unwrap()[..], bytes].concat()
}

/// Whether the server closes the connection.
fn is_closed(client: &mut UnixStream) -> bool {
    matches!(client.read(&mut [0]), Ok(0) | Err(_))
}

#[test]
fn frames_may_be_split_anywhere() {
    let stream = [frame(b"a:1|c"), frame(b"b:2|c\nc:3|c"), frame(&[b'x'; 64])].concat();
    for cut in 0..stream.len() {
        let (place, sink) = (Place::new(), MemorySink::default());
        let server = server(&place, &sink, 1);
        let (head, tail) = stream.split_at(cut);
        let mut client = UnixStream::connect(&place.path).unwrap();
        client.write_all(head).unwrap();
        let whole = [9, 24].iter().filter(|&&end| end <= cut).count() as u64;
        wait_for(&server, |stats| stats.datagrams.total() == whole && stats.connections == 1);
        client.write_all(tail).unwrap();
        let stats = server.stop();
        assert_eq!(stats.datagrams.total(), 3, "cut at {cut}");
        assert_eq!(counts(&stats.parse_errors), [("no |", 1)]);
        assert_eq!(sums(&sink), expected([("a#", 1.0), ("b#", 2.0), ("c#", 3.0)]));
    }
}

#[test]
fn a_frame_that_is_too_long_or_empty_ends_its_connection_and_no_other() {
    let (place, sink) = (Place::new(), MemorySink::default());
    let server = server(&place, &sink, 8);
    let mut good = UnixStream::connect(&place.path).unwrap();
    good.write_all(&frame(b"good:1|c")).unwrap();
    for bad in [65u32.to_le_bytes(), 0u32.to_le_bytes(), u32::MAX.to_le_bytes()] {
        let mut client = UnixStream::connect(&place.path).unwrap();
        client.write_all(&frame(b"before:1|c")).unwrap();
        client.write_all(&bad).unwrap();
        assert!(is_closed(&mut client));
    }
    good.write_all(&frame(b"good:1|c")).unwrap();
    let stats = server.stop();
    assert_eq!(refused(&stats, ErrorKind::FrameTooLong), 2);
    assert_eq!(refused(&stats, ErrorKind::EmptyFrame), 1);
    assert_eq!(sums(&sink), expected([("before#", 3.0), ("good#", 2.0)]));
}

#[test]
fn a_frame_whose_end_never_comes_is_counted() {
    let (place, sink) = (Place::new(), MemorySink::default());
    let server = server(&place, &sink, 8);
    for part in [&frame(b"lost:1|c")[..11], &[1, 0][..], &frame(b"whole:1|c")] {
        let mut client = UnixStream::connect(&place.path).unwrap();
        client.write_all(part).unwrap();
    }
    let mut open = UnixStream::connect(&place.path).unwrap();
    open.write_all(b"\x09\0\0").unwrap();
    let stats = server.stop();
    assert_eq!(counts(&stats.truncated), [("unix_stream", 3)]);
    assert_eq!(sums(&sink), expected([("whole#", 1.0)]));
}

#[test]
fn more_connections_than_allowed_are_closed_and_counted() {
    let (place, sink) = (Place::new(), MemorySink::default());
    let server = server(&place, &sink, 1);
    let first = UnixStream::connect(&place.path).unwrap();
    wait_for(&server, |stats| stats.connections == 1);
    assert!(is_closed(&mut UnixStream::connect(&place.path).unwrap()));
    drop(first);
    wait_for(&server, |stats| stats.connections == 0);
    let mut again = UnixStream::connect(&place.path).unwrap();
    again.write_all(&frame(b"a:1|c")).unwrap();
    let stats = server.stop();
    assert_eq!((stats.connections_opened, stats.connections_refused), (2, 1));
    assert_eq!(sums(&sink), expected([("a#", 1.0)]));
}

#[test]
fn many_connections_send_at_once() {
    let (place, sink) = (Place::new(), MemorySink::default());
    let server = server(&place, &sink, 1000);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..20 {
                    let mut client = UnixStream::connect(&place.path).unwrap();
                    (0..50).for_each(|_| client.write_all(&frame(b"a:1|c")).unwrap());
                }
            });
        }
    });
    let stats = server.stop();
    assert_eq!((stats.datagrams.total(), stats.truncated.total()), (8000, 0));
    assert_eq!(sums(&sink), expected([("a#", 8000.0)]));
}
