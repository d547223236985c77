//! Every kind of listener takes what is sent to it.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixDatagram, UnixStream};

use crate::common::{Place, counts, expected, start_error, sums, udp_client, udp_server};
use basenji::core::wire::framing;
use basenji::server::{Address, ListenerKind, MemorySink, Server};

#[test]
fn udp_over_ipv4_is_received() {
    let sink = MemorySink::default();
    let server = udp_server(&sink);
    udp_client(&server).send(b"page.views:2|c|#env:dev\npage.views:3|c|#env:dev").unwrap();
    let stats = server.stop();
    assert_eq!(sums(&sink), expected([("page.views#env:dev", 5.0)]));
    assert_eq!(counts(&stats.datagrams), [("udp", 1)]);
    assert_eq!(counts(&stats.bytes), [("udp", 47)]);
    assert_eq!(counts(&stats.messages), [("count", 2)]);
}

#[test]
fn udp_over_ipv6_is_received() {
    let sink = MemorySink::default();
    let server = Server::builder().udp("[::1]:0").unwrap().start(sink.clone()).unwrap();
    udp_client(&server).send(b"a:1|g").unwrap();
    assert_eq!(counts(&server.stop().datagrams), [("udp", 1)]);
}

#[test]
fn a_name_is_resolved() {
    let server = Server::builder().udp("localhost:0").unwrap().start(MemorySink::default()).unwrap();
    assert_ne!(server.port(), 0);
    assert!(server.listeners()[0].address.to_string().starts_with("127.0.0.1:"));
}

#[test]
fn unix_datagrams_are_received_and_the_socket_goes_with_the_server() {
    let place = Place::new();
    let sink = MemorySink::default();
    let server = Server::builder().unix_datagram(&place.path).start(sink.clone()).unwrap();
    assert_eq!(place.path.metadata().unwrap().permissions().mode() & 0o7777, 0o722);
    assert_eq!(server.listeners()[0].address, Address::Path(place.path.clone()));
    assert_eq!(server.port(), 0);
    let client = UnixDatagram::unbound().unwrap();
    for _ in 0..1000 {
        client.send_to(b"a:1|c", &place.path).unwrap();
    }
    let stats = server.stop();
    assert_eq!(counts(&stats.datagrams), [("unix_datagram", 1000)]);
    assert_eq!(sums(&sink)["a#"], 1000.0);
    assert!(!place.path.exists());
}

#[test]
fn frames_of_a_unix_stream_are_received() {
    let place = Place::new();
    let sink = MemorySink::default();
    let server = Server::builder()
        .unix_stream(&place.path)
        .config(|config| config.socket_mode = 0o700)
        .start(sink.clone())
        .unwrap();
    assert_eq!(place.path.metadata().unwrap().permissions().mode() & 0o7777, 0o700);
    let mut client = UnixStream::connect(&place.path).unwrap();
    for frame in [&b"a:1|c\nb:2|c\n"[..], b"a:3|c"] {
        client.write_all(&framing::header(frame.len()).unwrap()).unwrap();
        client.write_all(frame).unwrap();
    }
    let stats = server.stop();
    assert_eq!(counts(&stats.datagrams), [("unix_stream", 2)]);
    assert_eq!((stats.connections_opened, stats.connections), (1, 0));
    assert_eq!((sums(&sink)["a#"], sums(&sink)["b#"]), (4.0, 2.0));
}

#[test]
fn several_listeners_feed_one_series() {
    let (datagram, stream) = (Place::new(), Place::new());
    let sink = MemorySink::default();
    let server = Server::builder()
        .udp("127.0.0.1:0")
        .unwrap()
        .udp("[::1]:0")
        .unwrap()
        .unix_datagram(&datagram.path)
        .unix_stream(&stream.path)
        .config(|config| {
            config.workers = 2;
            config.telemetry = false;
        })
        .start(sink.clone())
        .unwrap();
    udp_client(&server).send(b"a:1|c|#x,y").unwrap();
    let Address::Udp(second) = server.listeners()[1].address else { panic!("not UDP") };
    std::net::UdpSocket::bind("[::1]:0").unwrap().send_to(b"a:10|c|#y,x", second).unwrap();
    UnixDatagram::unbound().unwrap().send_to(b"a:100|c|#x,y,x", &datagram.path).unwrap();
    let mut client = UnixStream::connect(&stream.path).unwrap();
    client.write_all(b"\x0d\0\0\0a:1000|c|#y,x").unwrap();
    let kinds: Vec<_> = server.listeners().iter().map(|listener| listener.kind).collect();
    assert_eq!(kinds, [ListenerKind::Udp, ListenerKind::Udp, ListenerKind::UnixDatagram, ListenerKind::UnixStream]);
    let stats = server.stop();
    assert_eq!(counts(&stats.datagrams), [("udp", 2), ("unix_datagram", 1), ("unix_stream", 1)]);
    assert_eq!(sums(&sink), expected([("a#x,y", 1111.0)]));
}

#[test]
fn a_server_that_cannot_start_says_why_and_leaves_nothing_behind() {
    let place = Place::new();
    let taken = udp_server(&MemorySink::default());
    let address = format!("127.0.0.1:{}", taken.port());
    let error = start_error(Server::builder().unix_datagram(&place.path).udp(&address).unwrap());
    assert_eq!(
        error.to_string(),
        format!("UDP port {} on 127.0.0.1 is already in use by another program", taken.port())
    );
    assert!(!place.path.exists());

    assert_eq!(
        start_error(Server::builder()).to_string(),
        "there is nothing to listen on: give a UDP address or a socket path"
    );
    let error =
        start_error(Server::builder().unix_datagram(&place.path).config(|config| config.receive_buffer = 65508));
    assert_eq!(error.to_string(), "receive_buffer must be from 1 to 65507, not 65508");
    let error =
        start_error(Server::builder().unix_datagram(&place.path).config(|config| config.tags = vec!["a,b".into()]));
    assert_eq!(error.to_string(), "'a,b' cannot be a tag: it is empty or has a ',', a '|' or a newline in it");
    let error = Server::builder().udp("127.0.0.1").err().unwrap();
    assert!(error.to_string().starts_with("'127.0.0.1' is not an address to listen on: "));

    std::fs::write(&place.path, "precious").unwrap();
    let error = start_error(Server::builder().unix_datagram(&place.path));
    assert_eq!(error.to_string(), format!("{} exists and is not a socket; it is left as it is", place.path.display()));
    assert_eq!(std::fs::read(&place.path).unwrap(), b"precious");
    let error = start_error(Server::builder().unix_stream(place.path.with_file_name("missing").join("s")));
    assert!(error.to_string().ends_with("missing does not exist"));
}

#[test]
fn a_socket_left_over_by_a_server_that_died_is_replaced() {
    let place = Place::new();
    drop(UnixDatagram::bind(&place.path).unwrap());
    let sink = MemorySink::default();
    let server = Server::builder().unix_datagram(&place.path).start(sink.clone()).unwrap();
    UnixDatagram::unbound().unwrap().send_to(b"a:1|c", &place.path).unwrap();
    assert_eq!(server.stop().messages.total(), 1);
}

#[test]
fn dropping_a_server_stops_it() {
    let place = Place::new();
    let sink = MemorySink::default();
    let server = Server::builder().unix_datagram(&place.path).start(sink.clone()).unwrap();
    UnixDatagram::unbound().unwrap().send_to(b"a:1|c", &place.path).unwrap();
    drop(server);
    assert_eq!(sums(&sink)["a#"], 1.0);
    assert!(!place.path.exists());
}
