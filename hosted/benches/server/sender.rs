//! A sender that is not the bottleneck: a Unix socket, or UDP with segmentation, where one call sends up to 64 datagrams.

use std::fmt;
use std::net::UdpSocket;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixDatagram;
use std::ptr;
use std::thread::sleep;
use std::time::{Duration, Instant};

use basenji::server::Address;

/// The kinds of sockets.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Transport {
    Unix,
    Udp,
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Transport::Unix => "Unix datagram",
            Transport::Udp => "UDP",
        })
    }
}

enum Socket {
    Unix(UnixDatagram),
    Udp(UdpSocket),
}

/// Sends a text in datagrams of one size, again and again.
pub(crate) struct Sender {
    socket: Socket,
    /// Datagrams, one after the other.
    stream: Vec<u8>,
    size: usize,
    /// Bytes that one call sends.
    block: usize,
    at: usize,
    messages_a_datagram: f64,
    /// Datagrams so far.
    pub(crate) sent: u64,
}

impl Sender {
    pub(crate) fn new(to: Address, transport: Transport, size: usize, text: &[u8]) -> Sender {
        let (mut stream, messages) = datagrams(text, size);
        let (socket, datagrams) = match to {
            Address::Path(path) => {
                let socket = UnixDatagram::unbound().expect("a socket");
                socket.connect(path).expect("the receiver is there");
                (Socket::Unix(socket), 1)
            }
            Address::Udp(address) => {
                let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
                socket.connect(address).expect("the receiver is there");
                segment(&socket, size);
                (Socket::Udp(socket), (65_000 / size).min(64))
            }
        };
        assert!(transport == Transport::Unix || datagrams > 1);
        let messages_a_datagram = messages as f64 / (stream.len() / size) as f64;
        // Each call sends as much as each other, for the kernel counts a loss in calls.
        stream.extend_from_within(..(datagrams - stream.len() / size % datagrams) % datagrams * size);
        Sender { socket, stream, size, block: datagrams * size, at: 0, messages_a_datagram, sent: 0 }
    }

    pub(crate) fn messages_a_datagram(&self) -> f64 {
        self.messages_a_datagram
    }

    /// Sends every datagram once.
    pub(crate) fn round(&mut self) {
        let sent = self.sent;
        while ((self.sent - sent) as usize) < self.stream.len() / self.size {
            self.block();
        }
    }

    /// Sends as much as one call can.
    pub(crate) fn block(&mut self) {
        self.send(self.block);
    }

    /// Sends one datagram after the other for some time, at this pace, as many as are due after each sleep.
    pub(crate) fn keep_pace(&mut self, messages_a_second: f64, time: Duration) {
        let (start, before) = (Instant::now(), self.sent);
        let datagrams_a_second = messages_a_second / self.messages_a_datagram;
        while start.elapsed() < time {
            let due = start.elapsed().as_secs_f64() * datagrams_a_second;
            while ((self.sent - before) as f64) < due {
                self.one();
            }
            let next = Duration::from_secs_f64((self.sent - before) as f64 / datagrams_a_second);
            sleep(next.saturating_sub(start.elapsed()));
        }
    }

    /// Sends one datagram.
    pub(crate) fn one(&mut self) {
        self.send(self.size);
    }

    fn send(&mut self, most: usize) {
        let end = (self.at + most).min(self.stream.len());
        let bytes = &self.stream[self.at..end];
        let sent = match &self.socket {
            Socket::Unix(socket) => socket.send(bytes),
            Socket::Udp(socket) => socket.send(bytes),
        };
        assert_eq!(sent.expect("the receiver is there"), bytes.len());
        self.sent += (bytes.len() / self.size) as u64;
        self.at = end % self.stream.len();
    }
}

/// A text in datagrams of exactly `size` bytes, and how many messages they hold. What is left of a datagram becomes a field that nobody knows.
fn datagrams(text: &[u8], size: usize) -> (Vec<u8>, usize) {
    let mut stream = Vec::new();
    let (mut start, mut messages) = (0, 0);
    for line in text.split(|&byte| byte == b'\n').filter(|line| !line.is_empty() && line.len() + 1 < size) {
        if stream.len() - start + line.len() + 1 > size {
            pad(&mut stream, start + size);
            start = stream.len();
        }
        stream.extend_from_slice(line);
        stream.push(b'\n');
        messages += 1;
    }
    pad(&mut stream, start + size);
    (stream, messages)
}

fn pad(stream: &mut Vec<u8>, end: usize) {
    if stream.len() + 2 <= end {
        stream.pop();
        stream.push(b'|');
        stream.resize(end - 1, b'x');
    }
    stream.resize(end, b'\n');
}

/// Tells the kernel to cut what is sent into datagrams of `size` bytes.
fn segment(socket: &UdpSocket, size: usize) {
    let size = libc::c_int::try_from(size).expect("a small number");
    let (pointer, len) = (ptr::from_ref(&size).cast(), size_of_val(&size) as libc::socklen_t);
    // SAFETY: the pointer is to a live integer of the length that is told, which the kernel only reads.
    let result = unsafe { libc::setsockopt(socket.as_raw_fd(), libc::SOL_UDP, libc::UDP_SEGMENT, pointer, len) };
    assert_eq!(result, 0, "the kernel segments UDP: {}", std::io::Error::last_os_error());
}
