//! The live page under attack: foreign hosts and methods, questions that are made to hurt, readers that do not read.

mod support;

use std::io::{Read, Write};
use std::net::{TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use serde_json::Value;
use support::page::{ask, object, serving};

#[test]
fn no_method_host_or_origin_but_its_own_gets_an_answer() {
    let (daemon, address) = serving(&[]);
    let status = |request: String| -> u16 {
        let mut stream = TcpStream::connect(&address).expect("it listens");
        stream.write_all(request.as_bytes()).expect("it reads");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("it answers");
        let answer = String::from_utf8_lossy(&answer).into_owned();
        answer.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or_else(|| panic!("{answer}"))
    };
    let paths = ["/", "/page/main.js", "/table", "/api/overview", "/api/metrics", "/api/metric?name=a", "/api/said"];
    for path in paths.into_iter().chain(["/api/cardinality", "/api/parse?line=a:1|c"]) {
        for (method, code) in [("GET", 200), ("HEAD", 200), ("POST", 405), ("PUT", 405), ("DELETE", 405)] {
            assert_eq!(status(format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n\r\n")), code, "{method} {path}");
        }
        for method in ["OPTIONS", "PATCH", "TRACE", "CONNECT", "PROPFIND", "get"] {
            assert_eq!(status(format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n\r\n")), 405, "{method} {path}");
        }
        let fields = [
            "Host: rebound.example",
            "Host: localhost.evil.example",
            "Host: 127.0.0.1.evil.example",
            "Host: evil.example:80@localhost",
            "Host: localhost\r\nOrigin: http://evil.example",
            "Host: localhost\r\nOrigin: null",
            "Host: localhost\r\nOrigin: http://localhost:1",
            "Host: localhost\r\nOrigin: http://localhost.evil.example",
            "Host: localhost\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: cors",
            "Host: localhost\r\nSec-Fetch-Site: same-site\r\nSec-Fetch-Mode: no-cors",
        ];
        for fields in fields {
            assert_eq!(status(format!("GET {path} HTTP/1.1\r\n{fields}\r\n\r\n")), 403, "{path} with {fields}");
        }
        for fields in ["Host: localhost\r\nHost: localhost", "X: y", "Host: a\rb", "Host: localhost\r\n x: folded"] {
            assert_eq!(status(format!("GET {path} HTTP/1.1\r\n{fields}\r\n\r\n")), 400, "{path} with {fields}");
        }
    }
    daemon.stop();
}

#[test]
fn questions_of_an_attacker_get_short_answers_soon() {
    let (daemon, address) = serving(&[]);
    object(&address, "/api/overview");
    let name = "n".repeat(4000);
    let stars = "a".repeat(3900);
    for datagram in [
        format!("{name}:1|c|#{}", "t".repeat(4000)),
        format!("{stars}:1|g|#a:{stars}"),
        "</script><script>alert(1)</script>:1|c|#\u{202e}<img src=x>,a:\u{0}b".to_owned(),
    ] {
        daemon.send(datagram.as_bytes());
    }
    daemon.send(b"\xff\xfe\xed\xa0\x80:1|c|#\xed\xb0\x80:\xc3");
    let start = Instant::now();
    while object(&address, "/api/metrics")["total"] != 4 {
        assert!(start.elapsed() < Duration::from_secs(20), "they do not come");
        std::thread::sleep(Duration::from_millis(50));
    }
    let many = "*a".repeat(2000);
    for query in [
        format!("/api/metrics?match={many}*b"),
        format!("/api/metrics?match=a:{many}*b"),
        format!("/api/metrics?match={}", "%22x+".repeat(1300)),
        format!("/api/metrics?match={}", "-%23*+".repeat(1300)),
        "/api/metrics?match=%00%ff%ed%a0%80&sort=%00&limit=99999999999999999999".to_owned(),
        "/api/metrics?limit=-1&limit=NaN&&&==&%3d".to_owned(),
        "/api/metric?name=%ED%A0%80&kind=%00&by=%00&top=0&since=18446744073709551615".to_owned(),
        format!("/api/metric?name={stars}&by=a&top=99999999&gauges=x&order=y&since=-1"),
        "/api/said?since=18446744073709551616".to_owned(),
        "/api/cardinality?limit=18446744073709551615".to_owned(),
        "/api/parse?line=%ED%A0%80%00%0A%0A%FF:1|c|%23%00".to_owned(),
        format!("/api/parse?line={}", "%0A:".repeat(1900)),
    ] {
        let start = Instant::now();
        let (head, body) = ask(&address, &query, "");
        assert!(head.starts_with("HTTP/1.1 200 OK") && head.contains("application/json"), "{query}: {head}");
        serde_json::from_slice::<Value>(&body).unwrap_or_else(|error| panic!("{query}: {error}"));
        assert!(body.len() < 1 << 20 && start.elapsed() < Duration::from_secs(3), "{query}: {:?}", start.elapsed());
    }
    for target in
        ["/page/../etc/passwd", "/page/%2e%2e/main.js", "/api/", "/api/overview/", "//", "/\u{0}", "http://evil/"]
    {
        let (head, _) = ask(&address, target, "");
        assert!(head.starts_with("HTTP/1.1 40"), "{target}: {head}");
    }
    let (head, _) = ask(&address, &format!("/api/metrics?match={}", "x".repeat(9000)), "");
    assert!(head.starts_with("HTTP/1.1 400"), "{head}");
    daemon.stop();
}

#[test]
fn readers_that_are_slow_or_gone_keep_neither_metrics_nor_others_waiting() {
    let (daemon, address) = serving(&[]);
    object(&address, "/api/overview");
    // Taps that are never read, and ones that send their request a byte at a time or not at all.
    let slow: Vec<TcpStream> = (0..300)
        .map(|number| {
            let mut stream = TcpStream::connect(&address).expect("it listens");
            let begin = if number % 3 == 0 { &b"GET /api/tap HTTP/1.1\r\nHost: localhost\r\n\r\n"[..] } else { b"G" };
            // One that had to give way is closed.
            let _ = stream.write_all(begin);
            stream
        })
        .collect();
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let begun = Instant::now();
    for number in 0..2000 {
        let line = format!("many.{}:1|c|#{}", number % 10, "x".repeat(4000));
        socket.send_to(line.as_bytes(), daemon.address("udp")).expect("sent");
        if number % 100 == 0 {
            let asked = Instant::now();
            assert_eq!(object(&address, "/health")["status"], "ok");
            let list = object(&address, "/api/metrics");
            assert!(
                list["total"].as_u64() <= Some(10) && asked.elapsed() < Duration::from_secs(4),
                "{:?}",
                asked.elapsed()
            );
        }
    }
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
    drop(slow);
    daemon.stop();
}
