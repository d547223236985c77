//! Datagrams over Unix sockets, and `unix://`, which finds out the type.

use std::io::{ErrorKind, Read};
use std::os::unix::net::{UnixDatagram, UnixListener};
use std::time::{Duration, Instant};

use basenji::client::{SendError, Transport, TransportKind, Unix, UnixDatagramTransport};

use crate::common::{LONG, Place, disconnected, eager, options, send, send_batch};

fn receive(receiver: &UnixDatagram) -> String {
    receiver.set_read_timeout(Some(LONG)).unwrap();
    let mut buffer = [0; 65536];
    let len = receiver.recv(&mut buffer).unwrap();
    String::from_utf8(buffer[..len].to_vec()).unwrap()
}

#[test]
fn datagrams_arrive_whole() {
    let place = Place::new();
    let receiver = UnixDatagram::bind(&place.path).unwrap();
    let mut unix = UnixDatagramTransport::new(&place.path, &options());
    send(&mut unix, "a:1|c").unwrap();
    assert_eq!(send_batch(&mut unix, &["b", "cc", &"d".repeat(8192)]).count, 3);
    for expected in ["a:1|c", "b", "cc", &"d".repeat(8192)] {
        assert_eq!(receive(&receiver), expected);
    }
}

#[test]
fn a_full_socket_says_so_stays_connected_and_waiting_ends_when_there_is_room() {
    let place = Place::new();
    let receiver = UnixDatagram::bind(&place.path).unwrap();
    let mut unix = UnixDatagramTransport::new(&place.path, &options());
    let sent = send_batch(&mut unix, &["x"; 5000]);
    assert!(matches!(sent.error, Some(SendError::WouldBlock)));
    assert!(matches!(send(&mut unix, "y"), Err(SendError::WouldBlock)));
    assert!((1..5000).contains(&sent.count));
    let reader = std::thread::spawn(move || (0..sent.count).for_each(|_| assert_eq!(receive(&receiver), "x")));
    let start = Instant::now();
    while matches!(send(&mut unix, "z"), Err(SendError::WouldBlock)) {
        unix.wait(LONG);
        assert!(start.elapsed() < LONG);
    }
    reader.join().unwrap();
    assert_eq!(unix.counters().connections, 1);
}

#[test]
fn a_datagram_longer_than_the_buffer_is_refused_and_the_connection_stays() {
    let place = Place::new();
    let receiver = UnixDatagram::bind(&place.path).unwrap();
    let mut unix = UnixDatagramTransport::new(&place.path, &options());
    assert!(matches!(send(&mut unix, &"x".repeat(4 << 20)), Err(SendError::TooLong)));
    send(&mut unix, "a").unwrap();
    assert_eq!(receive(&receiver), "a");
    assert_eq!(unix.counters().connections, 1);
}

#[test]
fn a_socket_that_is_made_again_is_found_by_the_first_datagram() {
    let place = Place::new();
    let receiver = UnixDatagram::bind(&place.path).unwrap();
    let mut unix = UnixDatagramTransport::new(&place.path, &options());
    send(&mut unix, "a").unwrap();
    drop(receiver);
    std::fs::remove_file(&place.path).unwrap();
    let receiver = UnixDatagram::bind(&place.path).unwrap();
    send(&mut unix, "b").unwrap();
    assert_eq!(receive(&receiver), "b");
}

#[test]
fn while_there_is_no_socket_attempts_are_made_at_intervals_by_the_clock_of_the_calls() {
    let place = Place::new();
    let mut unix = UnixDatagramTransport::new(&place.path, &options());
    let now = Instant::now();
    let (retry_at, kind) = disconnected(unix.send(b"a", now));
    assert_eq!(kind, ErrorKind::NotFound);
    assert!((Duration::from_millis(500)..=Duration::from_secs(1)).contains(&(retry_at - now)));
    let receiver = UnixDatagram::bind(&place.path).unwrap();
    assert_eq!(disconnected(unix.send(b"b", now)).0, retry_at, "the interval is not over");
    unix.send(b"c", retry_at).unwrap();
    assert_eq!(receive(&receiver), "c");
}

#[test]
fn a_left_over_file_is_no_connection_and_without_intervals_every_datagram_tries() {
    let place = Place::new();
    drop(UnixDatagram::bind(&place.path).unwrap());
    let mut unix = UnixDatagramTransport::new(&place.path, &eager());
    assert_eq!(disconnected(send(&mut unix, "a")).1, ErrorKind::ConnectionRefused);
    std::fs::remove_file(&place.path).unwrap();
    assert_eq!(disconnected(send(&mut unix, "a")).1, ErrorKind::NotFound);
    let receiver = UnixDatagram::bind(&place.path).unwrap();
    send(&mut unix, "b").unwrap();
    assert_eq!(receive(&receiver), "b");
}

#[test]
fn a_socket_of_either_type_is_found_and_followed_when_it_changes() {
    let place = Place::new();
    let mut unix = Unix::new(&place.path, &options());
    let mut now = Instant::now();
    disconnected(unix.send(b"x", now));
    for text in ["one", "two"] {
        now += Duration::from_secs(1);
        let receiver = UnixDatagram::bind(&place.path).unwrap();
        unix.send(text.as_bytes(), now).unwrap();
        assert_eq!((receive(&receiver).as_str(), unix.kind()), (text, TransportKind::UnixDatagram));
        drop(receiver);
        std::fs::remove_file(&place.path).unwrap();

        let listener = UnixListener::bind(&place.path).unwrap();
        unix.send(text.as_bytes(), now).unwrap();
        assert_eq!(unix.kind(), TransportKind::UnixStream);
        let mut bytes = [0; 7];
        listener.accept().unwrap().0.read_exact(&mut bytes).unwrap();
        assert_eq!(&bytes[4..], text.as_bytes());
        drop(listener);
        std::fs::remove_file(&place.path).unwrap();
    }
}

#[test]
fn a_socket_of_a_third_type_is_left_alone_for_an_interval() {
    let place = Place::new();
    let socket = socket2::Socket::new(socket2::Domain::UNIX, socket2::Type::SEQPACKET, None).unwrap();
    socket.bind(&socket2::SockAddr::unix(&place.path).unwrap()).unwrap();
    socket.listen(1).unwrap();
    let mut unix = Unix::new(&place.path, &options());
    let now = Instant::now();
    let (retry_at, _) = disconnected(unix.send(b"x", now));
    assert!(retry_at > now);
    assert_eq!(disconnected(unix.send(b"x", now)).0, retry_at);
    assert!(disconnected(unix.send(b"x", retry_at)).0 > retry_at);
}
