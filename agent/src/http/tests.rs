//! A listener as its clients see it.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::{channel, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use super::answer::Answer;
use super::listen::serve_within;
use super::policy::Policy;
use super::table::Table;

/// How long a request has: longer than a machine stands still.
const PATIENCE: Duration = Duration::from_secs(60);

fn serving(table: Table) -> SocketAddr {
    serving_within(PATIENCE, table)
}

fn serving_within(patience: Duration, table: Table) -> SocketAddr {
    let policy = Policy { hosts: vec!["metrics.example".to_owned()], any: false };
    serve_within(patience, ([127, 0, 0, 1], 0).into(), table.probe("/live", |_| Answer::text("200 OK", "ok\n")), policy)
        .unwrap()
}

fn connect(address: SocketAddr) -> TcpStream {
    TcpStream::connect(address).expect("it listens")
}

/// Everything that comes back for a request.
fn talk(address: SocketAddr, request: &str) -> String {
    let mut stream = connect(address);
    stream.write_all(request.as_bytes()).expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers in UTF-8");
    answer
}

fn get(address: SocketAddr, path: &str) -> String {
    talk(address, &format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n"))
}

/// Waits until the other end has closed.
fn is_closed(stream: &mut TcpStream) -> bool {
    match stream.read(&mut [0; 1]) {
        Ok(read) => read == 0,
        Err(error) => error.kind() == ErrorKind::ConnectionReset,
    }
}

#[test]
fn idle_connections_give_way_the_oldest_first() {
    let address = serving(Table::default());
    let mut idle: Vec<_> = (0..200).map(|_| connect(address)).collect();
    let begun = Instant::now();
    assert!(get(address, "/live").ends_with("\r\n\r\nok\n"));
    assert!(begun.elapsed() < PATIENCE, "the probe has waited for idle connections to time out");
    assert!(idle[..100].iter_mut().all(is_closed));
}

/// More than the buffers of both ends hold.
const LARGE: usize = 24 << 20;

fn large() -> Table {
    let body = vec![b'x'; LARGE];
    Table::default().page("/large", move |_| Answer::text("200 OK", &body[..]))
}

#[test]
fn a_slow_reader_gives_way_and_nobody_waits_for_it() {
    let address = serving(large());
    let mut slow: Vec<_> = (0..40).map(|_| connect(address)).collect();
    for stream in &mut slow {
        // An earlier one may have been told to give way before it has asked.
        let _ = stream.write_all(b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n");
    }
    let begun = Instant::now();
    assert!(get(address, "/live").ends_with("ok\n"));
    assert!(get(address, "/large").len() > LARGE);
    assert!(begun.elapsed() < PATIENCE, "others have waited for slow readers");
}

#[test]
fn a_request_has_one_deadline_however_slowly_it_is_read() {
    let address = serving_within(Duration::from_secs(1), large());
    let mut stream = connect(address);
    stream.write_all(b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut piece = vec![0; 256 << 10];
    let mut read = 0;
    while let Ok(len @ 1..) = stream.read(&mut piece) {
        read += len;
        thread::sleep(Duration::from_millis(100));
    }
    // Each write would have been in time.
    assert!(read < LARGE, "all of it came");
}

#[test]
fn an_answer_that_lasts_goes_on_while_others_are_answered_and_ends_with_its_reader() {
    let (gone, noticed) = channel();
    let gone = Mutex::new(gone);
    let (tick, ticks) = sync_channel::<()>(0);
    let ticks = Arc::new(Mutex::new(ticks));
    let address = serving(Table::default().lasting("/events", move |_| {
        let (ticks, gone) = (Arc::clone(&ticks), gone.lock().unwrap().clone());
        Answer::pieces("text/event-stream", move |out| {
            let ticks = ticks.lock().unwrap();
            for number in 0.. {
                let written = write!(out, "data: {number}\n\n").and_then(|()| out.flush());
                if written.is_err() {
                    gone.send(()).unwrap();
                    return written;
                }
                ticks.recv().unwrap();
            }
            Ok(())
        })
    }));
    let mut stream = connect(address);
    stream.write_all(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut text = String::new();
    while !text.contains("data: 1\n\n") {
        if text.ends_with("data: 0\n\n\r\n") {
            tick.send(()).unwrap();
        }
        let mut byte = [0; 1];
        stream.read_exact(&mut byte).unwrap();
        text.push(char::from(byte[0]));
    }
    assert!(get(address, "/live").ends_with("ok\n"));
    drop(stream);
    while noticed.try_recv().is_err() {
        let _ = tick.try_send(());
        thread::yield_now();
    }
}

#[test]
fn only_names_of_this_host_are_answered() {
    let address = serving(Table::default().page("/status", |_| Answer::json("{}")));
    let status = |version: &str, fields: &str| {
        let answer = talk(address, &format!("GET /status HTTP/{version}\r\n{fields}\r\n"));
        answer.split(' ').nth(1).map(str::to_owned).unwrap_or_default()
    };
    let port = address.port();
    for host in [
        "localhost",
        "LOCALHOST:80",
        "127.0.0.1",
        "127.9.9.9:1",
        "[::1]",
        "[::1]:8127",
        "metrics.example",
        "Metrics.Example.:9",
    ] {
        assert_eq!(status("1.1", &format!("Host: {host}\r\n")), "200", "{host}");
    }
    for host in [
        "evil.example",
        "evil.example:8127",
        "localhost.evil.example",
        "10.0.0.1",
        "[2001:db8::1]:80",
        "",
        "metrics.example@evil",
    ] {
        assert_eq!(status("1.1", &format!("Host: {host}\r\n")), "403", "{host}");
    }
    assert_eq!(status("1.1", "Host: localhost\r\nHost: localhost\r\n"), "400");
    assert_eq!(status("1.1", ""), "400");
    assert_eq!(status("1.0", ""), "200");
    let local = format!("Host: localhost:{port}\r\n");
    for (fields, expected) in [
        ("", "200"),
        (&format!("Origin: http://localhost:{port}\r\nSec-Fetch-Site: same-origin\r\n"), "200"),
        ("Sec-Fetch-Site: none\r\nSec-Fetch-Mode: navigate\r\n", "200"),
        ("Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\n", "200"),
        ("Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\n", "403"),
        ("Sec-Fetch-Site: same-site\r\nSec-Fetch-Mode: cors\r\n", "403"),
        ("Origin: https://evil.example\r\n", "403"),
        ("Origin: null\r\n", "403"),
    ] {
        assert_eq!(status("1.1", &format!("{local}{fields}")), expected, "{fields}");
    }
}

#[test]
fn no_answer_allows_another_origin_to_read_it() {
    let address = serving(Table::default().page("/status", |_| Answer::json("{}")));
    for path in ["/status", "/live", "/nothing"] {
        let answer = get(address, path);
        assert!(!answer.to_ascii_lowercase().contains("access-control-"), "{answer}");
        for field in
            ["Cross-Origin-Resource-Policy: same-origin", "X-Content-Type-Options: nosniff", "X-Frame-Options: DENY"]
        {
            assert!(answer.contains(&format!("\r\n{field}\r\n")), "{field} in {answer}");
        }
    }
}
