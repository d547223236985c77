//! The attackers, a process each. Each prints what it has handed over, a name and a number a line.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{TcpStream, UdpSocket};
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::thread;
use std::time::{Duration, Instant};

/// Which listener an attacker goes for.
#[derive(Clone, Copy)]
pub(super) enum Place {
    Datagram,
    Stream,
    Udp,
    Http,
}

/// Every attacker.
pub(super) const ROLES: [(&str, Place); 11] = [
    ("known", Place::Datagram),
    ("late", Place::Datagram),
    ("contexts", Place::Datagram),
    ("points", Place::Datagram),
    ("spread", Place::Datagram),
    ("bad", Place::Datagram),
    ("frames", Place::Stream),
    ("crowd", Place::Stream),
    ("udp", Place::Udp),
    ("idle", Place::Http),
    ("looks", Place::Http),
];

/// Sums to be printed.
type Sums = BTreeMap<&'static str, u64>;

pub(super) fn run(role: &str, place: &str, seconds: Duration) {
    let end = Instant::now() + seconds;
    let mut sums = Sums::new();
    match role {
        // A few a second from the first moment on, and so small that a shard has to know it.
        "known" => {
            datagrams(place, end, &mut sums, "known", Duration::from_millis(2), |_| "known:1|c|#service:old".to_owned())
        }
        "late" => {
            thread::sleep(seconds / 3);
            datagrams(place, end, &mut sums, "late", Duration::from_millis(2), |_| "late:1|c|#service:new".to_owned());
        }
        "contexts" => datagrams(place, end, &mut sums, "flood", Duration::ZERO, |number| {
            format!("flood:1|c|#user:{number},padding:{}", "x".repeat(number as usize % 200))
        }),
        "points" => datagrams(place, end, &mut sums, "points", Duration::from_millis(250), |number| {
            format!("points:1{}|c|T{}|#pad:{}", ":1".repeat(1500), 1_700_000_000 + number % 100, "x".repeat(3800))
        }),
        "spread" => datagrams(place, end, &mut sums, "spread", Duration::from_micros(100), |number| match number % 3 {
            0 => format!("set.{}:{number}|s", number % 50),
            1 => format!("distribution.{}:{}|d", number % 50, (number as f64).powi(3)),
            _ => format!("histogram.{}:{}|h|@0.5", number % 50, (number as f64).sqrt()),
        }),
        "bad" => {
            datagrams(place, end, &mut sums, "neighbour", Duration::from_millis(1), |_| {
                "no line\nneighbour:1|c\nbad:x|c".to_owned()
            });
            let lines = sums.get("neighbour").copied().unwrap_or_default() * 2;
            sums.insert("bad_lines", lines);
        }
        "frames" => frames(place, end, &mut sums),
        "crowd" => crowd(place, end, &mut sums),
        "udp" => udp(place, end, &mut sums),
        "idle" => idle(place, end),
        "looks" => looks(place, end),
        _ => panic!("there is no attacker '{role}'"),
    }
    sums.iter().for_each(|(name, number)| println!("{name} {number}"));
}

/// Sends datagrams to a Unix socket, which makes a sender wait that is too fast, and notes the longest wait.
fn datagrams(
    path: &str,
    end: Instant,
    sums: &mut Sums,
    what: &'static str,
    pause: Duration,
    line: impl Fn(u64) -> String,
) {
    let socket = UnixDatagram::unbound().expect("there is a descriptor");
    socket.connect(path).expect("it listens");
    let (mut number, mut longest) = (0, Duration::ZERO);
    while Instant::now() < end {
        let line = line(number);
        let begun = Instant::now();
        socket.send(line.as_bytes()).expect("it is received");
        longest = longest.max(begun.elapsed());
        number += 1;
        if !pause.is_zero() {
            thread::sleep(pause);
        }
    }
    *sums = Sums::from([(what, number), ("datagram", number), ("longest_wait_us", longest.as_micros() as u64)]);
}

fn frame(line: &str) -> Vec<u8> {
    [&u32::try_from(line.len()).expect("it is short").to_le_bytes(), line.as_bytes()].concat()
}

/// A few connections that send as fast as they may.
fn frames(path: &str, end: Instant, sums: &mut Sums) {
    let mut streams: Vec<_> = (0..8).map(|_| UnixStream::connect(path).expect("it listens")).collect();
    let mut number = 0u64;
    while Instant::now() < end {
        for stream in &mut streams {
            stream.write_all(&frame(&format!("stream.{}:1|c", number % 100))).expect("it is read");
            number += 1;
        }
    }
    sums.insert("frames", number);
}

/// Connections that come, send a frame and a part of another, and go; and some that stay and say nothing.
fn crowd(path: &str, end: Instant, sums: &mut Sums) {
    let _silent: Vec<_> = (0..200).map(|_| UnixStream::connect(path).expect("it listens")).collect();
    let whole = frame("crowd:1|c");
    let mut number = 0u64;
    while Instant::now() < end {
        let mut stream = UnixStream::connect(path).expect("it listens");
        stream.write_all(&whole).expect("it is read");
        stream.write_all(&whole[..whole.len() / 2]).expect("it is read");
        number += 1;
        if number.is_multiple_of(50) {
            thread::sleep(Duration::from_millis(1));
        }
    }
    sums.insert("frames", number);
}

/// More than the kernel holds.
fn udp(address: &str, end: Instant, sums: &mut Sums) {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("there is a port");
    socket.connect(address).expect("it is an address");
    let mut number = 0u64;
    while Instant::now() < end {
        for _ in 0..500 {
            socket.send(format!("udp.{}:1|c", number % 100).as_bytes()).expect("it is taken");
            number += 1;
        }
        thread::sleep(Duration::from_millis(2));
    }
    sums.insert("udp", number);
}

/// Connections that ask nothing, and some that read slowly what they have asked for.
fn idle(address: &str, end: Instant) {
    let mut held = Vec::new();
    while Instant::now() < end {
        if let Ok(mut stream) = TcpStream::connect(address) {
            if held.len() % 4 == 0 {
                let _ = stream.write_all(b"GET /contexts?top=10000 HTTP/1.1\r\nHost: localhost\r\n\r\n");
            }
            held.push(stream);
        }
        if held.len() > 500 {
            held.drain(..250);
        }
        thread::sleep(Duration::from_millis(10));
    }
}

/// One look at the contexts after the other.
fn looks(address: &str, end: Instant) {
    while Instant::now() < end {
        if let Ok(mut stream) = TcpStream::connect(address) {
            let _ = stream.write_all(b"GET /contexts HTTP/1.1\r\nHost: localhost\r\n\r\n");
            let _ = stream.read_to_end(&mut Vec::new());
        }
        thread::sleep(Duration::from_millis(50));
    }
}
