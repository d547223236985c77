//! What becomes of datagrams that are cut, unfinished, offloaded, shared among workers, or dropped.

use std::net::UdpSocket;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixDatagram;

use crate::common::{Place, counts, expected, refused, sums, udp_client, udp_server, wait_for};
use basenji::core::ErrorKind;
use basenji::server::{ListenerKind, MemorySink, Server};

/// A datagram of `len` bytes: a first line, and a second one that fills it up.
fn datagram(len: usize) -> Vec<u8> {
    let mut datagram = b"first:1|c\nsecond:1|c|#".to_vec();
    datagram.resize(len, b'x');
    datagram
}

#[test]
fn of_a_cut_datagram_the_whole_lines_count_and_the_cut_one_is_told() {
    let place = Place::new();
    for (limit, len, whole) in [(8192, 8192, true), (8192, 8193, false), (65507, 65507, true), (100, 101, false)] {
        let sink = MemorySink::default();
        let server = Server::builder()
            .udp("127.0.0.1:0")
            .unwrap()
            .unix_datagram(&place.path)
            .config(|config| {
                config.receive_buffer = limit;
                config.telemetry = false;
            })
            .start(sink.clone())
            .unwrap();
        udp_client(&server).send(&datagram(len)).unwrap();
        UnixDatagram::unbound().unwrap().send_to(&datagram(len), &place.path).unwrap();
        let stats = server.stop();
        assert_eq!(stats.truncated.total(), if whole { 0 } else { 2 }, "{limit} {len}");
        assert_eq!(refused(&stats, ErrorKind::Truncated), if whole { 0 } else { 2 });
        assert_eq!(stats.bytes.get(ListenerKind::Udp), limit as u64);
        assert_eq!(stats.bytes.get(ListenerKind::UnixDatagram), limit as u64);
        assert_eq!(stats.messages.total(), if whole { 4 } else { 2 });
        assert_eq!(sums(&sink)["first#"], 2.0);
        assert_eq!(sums(&sink).len(), if whole { 2 } else { 1 });
    }
}

#[test]
fn where_an_end_of_line_is_required_an_unfinished_tail_is_dropped() {
    let sink = MemorySink::default();
    let place = Place::new();
    let server = Server::builder()
        .udp("127.0.0.1:0")
        .unwrap()
        .unix_datagram(&place.path)
        .config(|config| {
            config.eol_required = vec![ListenerKind::Udp];
            config.telemetry = false;
        })
        .start(sink.clone())
        .unwrap();
    udp_client(&server).send(b"a:1|c\nb:1|c").unwrap();
    UnixDatagram::unbound().unwrap().send_to(b"c:1|c\nd:1|c", &place.path).unwrap();
    let stats = server.stop();
    assert_eq!(counts(&stats.parse_errors), [("unterminated", 1)]);
    assert_eq!(sums(&sink), expected([("a#", 1.0), ("c#", 1.0), ("d#", 1.0)]));
}

/// A client whose datagrams the kernel makes out of what it sends.
fn segmenting_client(server: &Server, segment: libc::c_int) -> UdpSocket {
    let client = udp_client(server);
    // SAFETY: the pointer and the length are those of an integer on this stack.
    let set = unsafe {
        libc::setsockopt(client.as_raw_fd(), libc::SOL_UDP, libc::UDP_SEGMENT, (&raw const segment).cast(), 4)
    };
    assert_eq!(set, 0);
    client
}

#[test]
fn datagrams_that_a_segmenting_sender_packs_together_are_told_apart() {
    let sink = MemorySink::default();
    let server = udp_server(&sink);
    let client = segmenting_client(&server, 8);
    // Without a newline between them, so that datagrams run into each other unless they are told apart.
    client.send(b"aaaa:1|cbbbb:2|ccccc:3|cd:4|c").unwrap();
    let stats = server.stop();
    assert_eq!(counts(&stats.datagrams), [("udp", 4)]);
    assert_eq!(counts(&stats.bytes), [("udp", 29)]);
    assert_eq!(sums(&sink), expected([("aaaa#", 1.0), ("bbbb#", 2.0), ("cccc#", 3.0), ("d#", 4.0)]));
}

#[test]
fn workers_that_share_a_port_add_up() {
    let sink = MemorySink::default();
    let server = Server::builder()
        .udp("127.0.0.1:0")
        .unwrap()
        .config(|config| {
            config.workers = 2;
            config.telemetry = false;
        })
        .start(sink.clone())
        .unwrap();
    // The kernel deals senders out by a hash of their address.
    for _ in 0..64 {
        udp_client(&server).send(b"a:1|c\nb:5|s\nc:2|d\nd:3|h").unwrap();
    }
    let stats = server.stop();
    assert_eq!(counts(&stats.datagrams), [("udp", 64)]);
    assert_eq!(sums(&sink), expected([("a#", 64.0), ("b#", 1.0), ("c#", 128.0), ("d#", 192.0)]));
    let series = sink.buckets().iter().map(|bucket| bucket.series().len()).sum::<usize>();
    assert_eq!(series, 4 * sink.buckets().iter().filter(|bucket| !bucket.is_empty()).count());
}

/// Sends until the kernel drops; returns how often.
fn send_until_drops(server: &Server, client: &UdpSocket, bytes: &[u8]) -> u64 {
    let mut sent = 0;
    // Drops are seen at the latest at the end of the bucket, without a further datagram.
    while server.stats().kernel_drops == 0 {
        for _ in 0..100 {
            sent += u64::from(client.send(bytes).is_ok());
        }
    }
    sent
}

#[test]
fn what_the_kernel_drops_is_counted_to_the_last_datagram() {
    let sink = MemorySink::default();
    let server = Server::builder()
        .udp("127.0.0.1:0")
        .unwrap()
        .config(|config| config.socket_buffer = 1)
        .start(sink.clone())
        .unwrap();
    assert!(server.listeners()[0].granted_buffer.unwrap() < 10_000);
    let client = udp_client(&server);
    let sent = send_until_drops(&server, &client, &datagram(1000));
    let stats = server.stop();
    assert!(stats.kernel_drops > 0);
    assert_eq!(stats.datagrams.total() + stats.kernel_drops, sent);
}

#[test]
fn of_a_dropped_lot_of_segments_each_one_counts() {
    let sink = MemorySink::default();
    let builder = Server::builder().udp("127.0.0.1:0").unwrap();
    let server = builder.config(|config| config.socket_buffer = 1).start(sink.clone()).unwrap();
    let client = segmenting_client(&server, 1000);
    let sent = send_until_drops(&server, &client, &[b'\n'; 20_000]);
    let stats = server.stop();
    assert_eq!(stats.datagrams.total() + stats.kernel_drops, 20 * sent);
}

#[test]
fn an_empty_datagram_is_a_datagram() {
    let server = udp_server(&MemorySink::default());
    udp_client(&server).send(b"").unwrap();
    let stats = wait_for(&server, |stats| stats.datagrams.total() == 1);
    assert_eq!((stats.bytes.total(), stats.messages.total(), stats.parse_errors.total()), (0, 0, 0));
}

#[test]
fn a_bad_line_does_not_harm_its_neighbours() {
    let sink = MemorySink::default();
    let server = udp_server(&sink);
    udp_client(&server).send(b"a:1|c\nbad\nb:x|c\n\xff\xfe:1|q\n\n:1|c\nc:1|c\r\n_sc|x|9\n_e{9,9}:a|b\n").unwrap();
    let stats = server.stop();
    assert_eq!(sums(&sink), expected([("a#", 1.0), ("c#", 1.0)]));
    assert_eq!(
        counts(&stats.parse_errors),
        [("no |", 1), ("empty name", 1), ("bad value", 1), ("bad type", 1), ("event too short", 1), ("bad status", 1)]
    );
}

#[test]
fn a_tap_is_told_where_a_datagram_came_from() {
    let (seen, shown) = std::sync::mpsc::channel();
    let server = Server::builder()
        .udp("127.0.0.1:0")
        .unwrap()
        .on_arrival(move |arrival| {
            assert_eq!((arrival.listener, arrival.is_truncated), (ListenerKind::Udp, false));
            assert_eq!((arrival.pid, arrival.container), (None, None));
            seen.send((arrival.bytes.to_vec(), arrival.origin())).unwrap();
        })
        .start(MemorySink::default())
        .unwrap();
    let client = udp_client(&server);
    client.send(b"a:1|c").unwrap();
    let (bytes, origin) = shown.recv().unwrap();
    assert_eq!(
        (&bytes[..], origin.listener, origin.address),
        (&b"a:1|c"[..], ListenerKind::Udp, client.local_addr().ok())
    );
    assert_eq!((origin.pid, origin.container), (None, None));
}

#[test]
fn a_tap_is_shown_each_datagram_as_it_came() {
    let sink = MemorySink::default();
    let (seen, shown) = std::sync::mpsc::channel();
    let server = Server::builder()
        .udp("127.0.0.1:0")
        .unwrap()
        .config(|config| config.telemetry = false)
        .on_datagram(move |datagram| seen.send(datagram.to_vec()).unwrap())
        .start(sink.clone())
        .unwrap();
    let client = udp_client(&server);
    for datagram in [&b"a:1|c"[..], b"no message\nb:2|g\n", b""] {
        client.send(datagram).unwrap();
        assert_eq!(shown.recv().unwrap(), datagram);
    }
    server.stop();
    assert_eq!(sums(&sink), expected([("a#", 1.0), ("b#", 2.0)]));
}
