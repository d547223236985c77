//! Writes a capture: header, messages, state.

use std::io::{self, Write};

use super::Captured;
use super::state::State;

/// The first bytes of a capture; the lower half of the fifth is its version.
pub(super) const HEADER: [u8; 8] = [0xd4, 0x74, 0xd0, 0x60, 0xf0, 0xff, 0, 0];

/// Where the version stands.
pub(super) const VERSION_AT: usize = 4;

/// The version that is written, with times in nanoseconds. Version 2 has seconds, version 1 no state either.
pub(super) const VERSION: u8 = 3;

/// The Zstandard level of captures, the fastest.
const LEVEL: i32 = 1;

/// Writes one capture. Without [`Writer::finish`] it has no end, and is read up to there.
pub(crate) struct Writer<W: Write> {
    out: Out<W>,
    state: State,
    len: Vec<u8>,
}

enum Out<W: Write> {
    Plain(W),
    Compressed(Box<zstd::stream::write::Encoder<'static, W>>),
}

impl<W: Write> Write for Out<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Out::Plain(out) => out.write(bytes),
            Out::Compressed(out) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Out::Plain(out) => out.flush(),
            Out::Compressed(out) => out.flush(),
        }
    }
}

impl<W: Write> Writer<W> {
    /// Begins a capture in `out`.
    ///
    /// # Errors
    ///
    /// What `out` reports.
    pub(crate) fn new(out: W, is_compressed: bool) -> io::Result<Writer<W>> {
        let mut out = match is_compressed {
            false => Out::Plain(out),
            true => Out::Compressed(Box::new(zstd::stream::write::Encoder::new(out, LEVEL)?)),
        };
        let mut header = HEADER;
        header[VERSION_AT] |= VERSION;
        out.write_all(&header)?;
        Ok(Writer { out, state: State::default(), len: Vec::new() })
    }

    /// Appends a message that is already encoded, and remembers its container.
    ///
    /// # Errors
    ///
    /// What the file reports, or that it is no message.
    pub(crate) fn push(&mut self, message: &[u8]) -> io::Result<()> {
        let captured = Captured::read(message)
            .map_err(|malformed| io::Error::new(io::ErrorKind::InvalidData, malformed.problem))?;
        self.state.learn(captured.pid, captured.container);
        self.len.clear();
        self.len.extend_from_slice(&(message.len() as u32).to_le_bytes());
        self.out.write_all(&self.len)?;
        self.out.write_all(message)
    }

    /// Writes the end, and hands back what was written to.
    ///
    /// # Errors
    ///
    /// What the file reports.
    pub(crate) fn finish(mut self) -> io::Result<W> {
        let mut end = vec![0; 4];
        self.state.write(&mut end);
        let len = (end.len() - 4) as u32;
        end.extend_from_slice(&len.to_le_bytes());
        self.out.write_all(&end)?;
        let mut out = match self.out {
            Out::Plain(out) => out,
            Out::Compressed(out) => out.finish()?,
        };
        out.flush()?;
        Ok(out)
    }
}
