//! Reports of refused lines, and who sent them.

use std::os::unix::net::{UnixDatagram, UnixStream};
use std::sync::mpsc::channel;

use crate::common::{Place, udp_client};
use basenji::core::ErrorKind;
use basenji::server::{ListenerKind, MemorySink, ParseReport, Server};

#[test]
fn a_refused_line_is_reported_with_its_place_and_its_sender() {
    let (reports, received) = channel();
    let server = Server::builder()
        .udp("127.0.0.1:0")
        .unwrap()
        .on_parse_error(move |report: &ParseReport| reports.send(report.clone()).unwrap())
        .start(MemorySink::default())
        .unwrap();
    let client = udp_client(&server);
    client.send(b"good:1|c\nname:\x07bad|c\n").unwrap();
    let report = received.recv().unwrap();
    assert_eq!((report.error.kind, report.error.offset), (ErrorKind::BadValue, 5));
    assert_eq!(report.excerpt, "name:\\x07bad|c");
    assert_eq!((report.address, report.pid), (Some(client.local_addr().unwrap()), None));
    assert_eq!((report.listener, report.suppressed), (ListenerKind::Udp, 0));
}

#[test]
fn a_flood_of_bad_lines_makes_few_reports_and_every_line_counts() {
    let (reports, received) = channel();
    let place = Place::new();
    let server = Server::builder()
        .unix_datagram(&place.path)
        .on_parse_error(move |report: &ParseReport| reports.send(report.clone()).unwrap())
        .start(MemorySink::default())
        .unwrap();
    let client = UnixDatagram::unbound().unwrap();
    client.connect(&place.path).unwrap();
    let started = std::time::Instant::now();
    for _ in 0..1000 {
        client.send(b"bad\nworse\nbad:bad|c").unwrap();
    }
    let stats = server.stop();
    let seconds = started.elapsed().as_secs();
    assert_eq!(crate::common::counts(&stats.parse_errors), [("no |", 2000), ("bad value", 1000)]);
    let reports: Vec<_> = received.iter().collect();
    assert!(reports.len() as u64 <= 2 * (seconds + 2), "{} reports in {seconds} s", reports.len());
    assert_eq!(reports[0].error.kind, ErrorKind::NoPipe);
}

#[test]
fn with_origin_detection_the_senders_process_is_known() {
    let (reports, received) = channel();
    let (datagram, stream) = (Place::new(), Place::new());
    let server = Server::builder()
        .unix_datagram(&datagram.path)
        .unix_stream(&stream.path)
        .config(|config| config.origin_detection = true)
        .on_parse_error(move |report: &ParseReport| reports.send(report.clone()).unwrap())
        .start(MemorySink::default())
        .unwrap();
    UnixDatagram::unbound().unwrap().send_to(b"bad", &datagram.path).unwrap();
    let report = received.recv().unwrap();
    assert_eq!((report.listener, report.pid), (ListenerKind::UnixDatagram, Some(std::process::id())));
    let mut client = UnixStream::connect(&stream.path).unwrap();
    std::io::Write::write_all(&mut client, b"page:1|c").unwrap();
    let report = received.recv().unwrap();
    assert_eq!((report.error.kind, report.pid), (ErrorKind::FrameTooLong, Some(std::process::id())));
    assert_eq!(report.excerpt, "page:1|c", "a client that does not know of frames is recognised by what it sends");
    let stats = server.stop();
    assert_eq!(stats.unknown_pids, 0);
}

#[test]
fn a_hook_that_waits_does_not_stop_the_server() {
    let (release, released) = channel::<()>();
    let server = Server::builder()
        .udp("127.0.0.1:0")
        .unwrap()
        .on_parse_error(move |_: &ParseReport| assert!(released.recv().is_err()))
        .start(MemorySink::default())
        .unwrap();
    let release = release;
    let client = udp_client(&server);
    for count in 1..100 {
        client.send(b"bad").unwrap();
        crate::common::wait_for(&server, |stats| stats.parse_errors.total() == count);
    }
    drop(release);
    assert_eq!(server.stop().parse_errors.total(), 99);
}
