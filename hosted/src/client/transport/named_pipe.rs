//! A Windows named pipe.
//!
//! The server splits what it reads after the last newline, so every datagram is written with one at its end. std opens a
//! pipe for blocking writes only: a write waits while the pipe's buffer is full, so this transport belongs on the thread of
//! a [`Sender`](crate::client::Sender).
#![cfg(windows)]

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::time::Instant;

use super::link::Link;
use super::{SendError, Transport, TransportCounters, TransportKind, TransportOptions};

/// Datagrams over a named pipe.
pub struct NamedPipe {
    name: String,
    link: Link<File>,
    longest: usize,
    /// The datagram and its newline.
    line: Vec<u8>,
}

impl NamedPipe {
    /// To the pipe of this name, `\\.\pipe\` included.
    pub fn new(name: &str, options: &TransportOptions) -> NamedPipe {
        let link = Link::new(options.retry, options.seed);
        NamedPipe { name: name.to_owned(), link, longest: options.longest_frame, line: Vec::new() }
    }
}

impl Transport for NamedPipe {
    fn kind(&self) -> TransportKind {
        TransportKind::NamedPipe
    }

    fn send(&mut self, datagram: &[u8], now: Instant) -> Result<(), SendError> {
        if datagram.is_empty() {
            return Ok(());
        }
        let NamedPipe { name, link, longest, line } = self;
        line.clear();
        line.extend_from_slice(datagram);
        if !datagram.ends_with(b"\n") {
            line.push(b'\n');
        }
        if line.len() > *longest {
            return Err(SendError::TooLong);
        }
        link.with(now, || OpenOptions::new().write(true).open(&*name), |pipe| pipe.write_all(line).map_err(broken))
    }

    fn counters(&self) -> TransportCounters {
        TransportCounters { connections: self.link.connections(), ..TransportCounters::default() }
    }
}

/// After any error of a pipe a part of the line may have been written, so a new connection is made, which begins with a whole line.
fn broken(error: io::Error) -> io::Error {
    io::Error::new(io::ErrorKind::BrokenPipe, error)
}
