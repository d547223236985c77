//! A Unix socket of datagrams.
//!
//! The receiver's queue is short (11 datagrams on Linux by default): when it is full, [`SendError::WouldBlock`] says so, and
//! [`Transport::wait`] returns when the receiver has read. A socket file that was removed and made again is connected anew.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use socket2::{Domain, SockAddr, Socket, Type};

use super::link::Link;
use super::udp::raise_send_buffer;
use super::{SendError, Sent, Transport, TransportCounters, TransportKind, TransportOptions};
use crate::client::sys::{self, Segmentation};

/// Datagrams over a Unix socket.
pub struct UnixDatagramTransport {
    path: PathBuf,
    link: Link<Socket>,
    send_buffer: usize,
}

impl UnixDatagramTransport {
    /// To the socket at `path`.
    pub fn new(path: &Path, options: &TransportOptions) -> UnixDatagramTransport {
        let link = Link::new(options.retry, options.seed);
        UnixDatagramTransport { path: path.to_owned(), link, send_buffer: options.send_buffer }
    }

    /// Lets the next call try to connect at once.
    pub(super) fn hurry(&mut self) {
        self.link.hurry();
    }
}

impl Transport for UnixDatagramTransport {
    fn kind(&self) -> TransportKind {
        TransportKind::UnixDatagram
    }

    fn send(&mut self, datagram: &[u8], now: Instant) -> Result<(), SendError> {
        self.send_batch(&[datagram], now).error.map_or(Ok(()), Err)
    }

    fn send_shared(&self, datagram: &[u8]) -> Option<Result<(), SendError>> {
        self.link.try_shared(|socket| sys::send(socket, datagram))
    }

    fn send_batch(&mut self, datagrams: &[&[u8]], now: Instant) -> Sent {
        let UnixDatagramTransport { path, link, send_buffer } = self;
        let mut count = 0;
        let result = link.with(
            now,
            || connect(path, Type::DGRAM, *send_buffer),
            |socket| sys::send_all(socket, datagrams, &mut count, &mut Segmentation::Off),
        );
        Sent { count, error: result.err() }
    }

    fn wait(&mut self, timeout: Duration) {
        match self.link.get() {
            Some(socket) => sys::wait_writable(socket, timeout),
            None => std::thread::sleep(timeout.min(Duration::from_millis(10))),
        }
    }

    fn counters(&self) -> TransportCounters {
        TransportCounters { connections: self.link.connections(), ..TransportCounters::default() }
    }
}

/// A non-blocking socket to `path`; a stream's full backlog is an error, too (EAGAIN).
pub(super) fn connect(path: &Path, kind: Type, send_buffer: usize) -> io::Result<Socket> {
    let socket = Socket::new(Domain::UNIX, kind, None)?;
    socket.set_nonblocking(true)?;
    raise_send_buffer(&socket, send_buffer);
    socket.connect(&SockAddr::unix(path)?)?;
    Ok(socket)
}
