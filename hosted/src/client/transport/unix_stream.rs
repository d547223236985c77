//! A Unix stream: each datagram is a frame, a length of four bytes, little-endian, before its bytes (protocol v1.0,
//! `unixstream`).
//!
//! - A frame of which the system takes only a part is finished before anything else is sent; if the connection breaks
//!   before, the next one begins with a whole frame. A frame is never followed by another one before it is complete.
//! - A frame longer than [`TransportOptions::longest_frame`] is refused: a server closes the connection on one that its
//!   buffer cannot hold.

use std::io::{self, IoSlice};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use basenji_core::wire::framing;
use socket2::{Socket, Type};

use super::link::Link;
use super::unix_datagram::connect;
use super::{SendError, Sent, Transport, TransportCounters, TransportKind, TransportOptions};
use crate::client::sys;

/// Most frames a system call.
const FRAMES: usize = 32;

/// Datagrams as frames of a Unix stream.
pub struct UnixStreamTransport {
    path: PathBuf,
    link: Link<Connection>,
    send_buffer: usize,
    longest_frame: usize,
    cut: u64,
}

struct Connection {
    socket: Socket,
    /// The end of a frame of which the beginning was sent.
    rest: Vec<u8>,
}

impl UnixStreamTransport {
    /// To the listener at `path`.
    pub fn new(path: &Path, options: &TransportOptions) -> UnixStreamTransport {
        UnixStreamTransport {
            path: path.to_owned(),
            link: Link::new(options.retry, options.seed),
            send_buffer: options.send_buffer,
            longest_frame: options.longest_frame,
            cut: 0,
        }
    }

    /// Lets the next call try to connect at once.
    pub(super) fn hurry(&mut self) {
        self.link.hurry();
    }
}

impl Transport for UnixStreamTransport {
    fn kind(&self) -> TransportKind {
        TransportKind::UnixStream
    }

    fn send(&mut self, datagram: &[u8], now: Instant) -> Result<(), SendError> {
        self.send_batch(&[datagram], now).error.map_or(Ok(()), Err)
    }

    fn send_batch(&mut self, datagrams: &[&[u8]], now: Instant) -> Sent {
        let UnixStreamTransport { path, link, send_buffer, longest_frame, cut } = self;
        let fitting = datagrams.iter().take_while(|datagram| datagram.len() <= *longest_frame).count();
        let frames = datagrams.get(..fitting).unwrap_or_default();
        let unfinished = link.get().is_some_and(|connection| !connection.rest.is_empty());
        let before = link.connections();
        let mut count = 0;
        let result = link.with(
            now,
            || Connection::open(path, *send_buffer, *longest_frame),
            |connection| connection.send(frames, &mut count),
        );
        if unfinished && (link.get().is_none() || link.connections() != before) {
            *cut += 1;
        }
        let too_long = (fitting < datagrams.len()).then_some(SendError::TooLong);
        Sent { count, error: result.err().or(too_long) }
    }

    fn maintain(&mut self, now: Instant) -> Option<Instant> {
        if self.has_unfinished() {
            // The counters tell the outcome.
            self.send_batch(&[], now);
        }
        None
    }

    fn wait(&mut self, timeout: Duration) {
        match self.link.get() {
            Some(connection) => sys::wait_writable(&connection.socket, timeout),
            None => std::thread::sleep(timeout.min(Duration::from_millis(10))),
        }
    }

    fn has_unfinished(&self) -> bool {
        self.link.get().is_some_and(|connection| !connection.rest.is_empty())
    }

    fn counters(&self) -> TransportCounters {
        TransportCounters { connections: self.link.connections(), refused: 0, cut: self.cut }
    }
}

impl Connection {
    fn open(path: &Path, send_buffer: usize, longest_frame: usize) -> io::Result<Connection> {
        let socket = connect(path, Type::STREAM, send_buffer)?;
        // Room for the rest of any frame of usual length, so that a full stream causes no allocation.
        let rest = Vec::with_capacity(longest_frame.min(64 * 1024) + framing::HEADER);
        Ok(Connection { socket, rest })
    }

    /// Sends the frames from number `count` on. One of which only the beginning is sent counts as sent: its end leaves
    /// before anything else.
    fn send(&mut self, datagrams: &[&[u8]], count: &mut usize) -> io::Result<()> {
        loop {
            self.finish()?;
            let frames = datagrams.get(*count..).unwrap_or_default();
            let frames = frames.get(..FRAMES).unwrap_or(frames);
            let written = self.write(frames)?;
            *count += self.account(frames, written);
            if *count >= datagrams.len() {
                return Ok(());
            }
        }
    }

    /// Writes what there is room for; returns how many bytes that was.
    fn write(&mut self, frames: &[&[u8]]) -> io::Result<usize> {
        let mut headers = [[0; framing::HEADER]; FRAMES];
        let mut parts = [IoSlice::new(&[]); 2 * FRAMES];
        for (header, frame) in headers.iter_mut().zip(frames) {
            *header = framing::header(frame.len()).unwrap_or_default();
        }
        for ((pair, header), frame) in parts.chunks_exact_mut(2).zip(&headers).zip(frames) {
            // A frame of no bytes would end the stream, so it is left out, header and all.
            if let ([first, second], false) = (pair, frame.is_empty()) {
                (*first, *second) = (IoSlice::new(header), IoSlice::new(frame));
            }
        }
        if frames.iter().all(|frame| frame.is_empty()) {
            return Ok(0);
        }
        sys::send_vectored(&self.socket, parts.get(..2 * frames.len()).unwrap_or_default())
    }

    /// How many frames `written` bytes are; keeps the end of the one that they end in.
    fn account(&mut self, frames: &[&[u8]], written: usize) -> usize {
        let mut left = written;
        for (place, frame) in frames.iter().enumerate() {
            let len = if frame.is_empty() { 0 } else { framing::HEADER + frame.len() };
            if left < len {
                if left == 0 {
                    return place;
                }
                let header = framing::header(frame.len()).unwrap_or_default();
                self.rest.extend(header.iter().chain(*frame).skip(left));
                return place + 1;
            }
            left -= len;
        }
        frames.len()
    }

    /// Sends the end of a frame whose beginning was sent.
    fn finish(&mut self) -> io::Result<()> {
        while !self.rest.is_empty() {
            let written = sys::send(&self.socket, &self.rest)?;
            self.rest.drain(..written.min(self.rest.len()));
        }
        Ok(())
    }
}
