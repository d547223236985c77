//! Frames over a Unix stream.

use std::io::{ErrorKind, Read};
use std::os::unix::net::{UnixListener, UnixStream};
use std::time::{Duration, Instant};

use basenji::client::{SendError, Transport, TransportOptions, UnixStreamTransport};
use basenji::core::wire::framing::{self, Decoder};

use crate::common::{LONG, Place, disconnected, options, send, send_batch};

/// Reads frames until there are `count`, or the stream ends.
fn frames(stream: &mut UnixStream, count: usize) -> Vec<String> {
    stream.set_read_timeout(Some(LONG)).unwrap();
    let mut decoder = Decoder::new(vec![0; LARGE + framing::HEADER]);
    let mut frames = Vec::new();
    loop {
        while let Some(frame) = decoder.next_frame().unwrap() {
            frames.push(String::from_utf8(frame.to_vec()).unwrap());
        }
        if frames.len() >= count {
            return frames;
        }
        let len = stream.read(decoder.space()).unwrap();
        if len == 0 {
            return frames;
        }
        decoder.advance(len);
    }
}

#[test]
fn datagrams_become_frames_and_an_empty_one_is_left_out() {
    let place = Place::new();
    let listener = UnixListener::bind(&place.path).unwrap();
    let mut stream = UnixStreamTransport::new(&place.path, &options());
    send(&mut stream, "a:1|c").unwrap();
    send(&mut stream, "").unwrap();
    let texts: Vec<String> = (0..100).map(|n| "x".repeat(n % 7)).collect();
    let sent = send_batch(&mut stream, &texts.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!((sent.count, sent.error.is_none()), (100, true));
    let mut expected = vec!["a:1|c".to_owned()];
    expected.extend(texts.into_iter().filter(|text| !text.is_empty()));
    assert_eq!(frames(&mut listener.accept().unwrap().0, expected.len()), expected);
}

#[test]
fn a_frame_longer_than_the_servers_buffer_is_refused_alone() {
    let place = Place::new();
    let listener = UnixListener::bind(&place.path).unwrap();
    let mut stream = UnixStreamTransport::new(&place.path, &TransportOptions { longest_frame: 5, ..options() });
    let sent = send_batch(&mut stream, &["12345", "123456", "1"]);
    assert!(matches!((sent.count, sent.error), (1, Some(SendError::TooLong))));
    send(&mut stream, "1").unwrap();
    assert_eq!(frames(&mut listener.accept().unwrap().0, 2), ["12345", "1"]);
}

/// A frame that no socket has room for at once.
const LARGE: usize = 2_000_000;

/// A stream that has taken the beginning of a frame and is full.
fn half_sent(place: &Place) -> UnixStreamTransport {
    let mut stream = UnixStreamTransport::new(&place.path, &TransportOptions { longest_frame: LARGE, ..options() });
    send(&mut stream, &"x".repeat(LARGE)).unwrap();
    assert!(stream.has_unfinished());
    assert!(matches!(send(&mut stream, "before its time"), Err(SendError::WouldBlock)));
    stream
}

#[test]
fn half_a_frame_is_finished_before_another_one_begins() {
    let place = Place::new();
    let listener = UnixListener::bind(&place.path).unwrap();
    let mut stream = half_sent(&place);
    let reader = std::thread::spawn(move || frames(&mut listener.accept().unwrap().0, 2));
    let start = Instant::now();
    while stream.has_unfinished() {
        stream.wait(LONG);
        stream.maintain(Instant::now());
        assert!(start.elapsed() < LONG);
    }
    while send(&mut stream, "last").is_err() {
        stream.wait(LONG);
    }
    let frames = reader.join().unwrap();
    assert_eq!(frames.len(), 2);
    assert_eq!(frames[0], "x".repeat(LARGE));
    assert_eq!(frames[1], "last");
    assert_eq!(stream.counters().cut, 0);
}

#[test]
fn after_a_break_in_the_middle_of_a_frame_the_new_connection_begins_with_a_whole_one() {
    let place = Place::new();
    let listener = UnixListener::bind(&place.path).unwrap();
    let mut stream = half_sent(&place);
    drop(listener.accept().unwrap());
    send(&mut stream, "after").unwrap();
    assert_eq!(frames(&mut listener.accept().unwrap().0, 1), ["after"]);
    assert_eq!(stream.counters().cut, 1);
    assert_eq!(stream.counters().connections, 2);
    assert!(!stream.has_unfinished());
}

#[test]
fn a_server_that_is_started_again_is_found_by_the_first_datagram_and_no_signal_is_raised() {
    // A SIGPIPE would end this process: the test runner ignores it, so the default is put back.
    // SAFETY: the default action is a valid disposition.
    let before = unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
    let place = Place::new();
    let mut listener = UnixListener::bind(&place.path).unwrap();
    let mut stream = UnixStreamTransport::new(&place.path, &options());
    for round in 0..3 {
        send(&mut stream, &round.to_string()).unwrap();
        let (mut connection, _) = listener.accept().unwrap();
        assert_eq!(frames(&mut connection, 1), [round.to_string()]);
        drop((connection, listener));
        std::fs::remove_file(&place.path).unwrap();
        listener = UnixListener::bind(&place.path).unwrap();
    }
    // SAFETY: `before` is what the first call has returned.
    unsafe { libc::signal(libc::SIGPIPE, before) };
}

#[test]
fn a_listener_whose_backlog_is_full_is_no_connection_and_nobody_waits() {
    let place = Place::new();
    let listener = UnixListener::bind(&place.path).unwrap();
    socket2::SockRef::from(&listener).listen(0).unwrap();
    let first = UnixStream::connect(&place.path).unwrap();
    let mut stream = UnixStreamTransport::new(&place.path, &options());
    let now = Instant::now();
    let (retry_at, kind) = disconnected(stream.send(b"a", now));
    assert_eq!(kind, ErrorKind::WouldBlock);
    assert!(retry_at > now);
    drop(listener.accept().unwrap());
    stream.send(b"b", now + Duration::from_secs(1)).unwrap();
    assert_eq!(frames(&mut listener.accept().unwrap().0, 1), ["b"]);
    drop(first);
}
