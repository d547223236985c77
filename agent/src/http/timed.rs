//! A connection with an end in time.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// Reads and writes until its deadline, and then only fails, however little the other end takes or gives at a time.
#[derive(Debug)]
pub(super) struct Timed<'a> {
    stream: &'a TcpStream,
    end: Instant,
    /// What each write gets anew, for answers that are meant to last.
    each: Option<Duration>,
}

impl<'a> Timed<'a> {
    pub(super) fn new(stream: &'a TcpStream, end: Instant) -> Timed<'a> {
        Timed { stream, end, each: None }
    }

    /// Gives each write this time from now on, instead of one deadline for all.
    pub(super) fn renew(&mut self, each: Duration) {
        self.each = Some(each);
    }

    /// The time that is left, more than zero.
    fn left(&self) -> io::Result<Duration> {
        let left = self.end.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(ErrorKind::TimedOut.into()) } else { Ok(left) }
    }
}

impl Read for Timed<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(Some(self.left()?))?;
        let mut stream = self.stream;
        stream.read(bytes)
    }
}

impl Write for Timed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(each) = self.each {
            self.end = Instant::now() + each;
        }
        self.stream.set_write_timeout(Some(self.left()?))?;
        let mut stream = self.stream;
        stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
