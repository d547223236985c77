//! Reads a capture, message by message, up to its end or its fault. Memory: the longest message, whatever a file claims.

use std::fmt;
use std::io::{ErrorKind, Read};

use super::message::Captured;
use super::state::State;
use super::writer::{HEADER, VERSION, VERSION_AT};
use crate::failure::reason;

/// Bytes of the longest message, and of the longest state.
const LONGEST: u32 = 16 << 20;
const LONGEST_STATE: u64 = 64 << 20;

/// What is wrong with a capture, and how many bytes from the start of what it holds, uncompressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) offset: u64,
    pub(crate) problem: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at byte {}: {}", self.offset, self.problem)
    }
}

/// A capture that is being read.
#[derive(Debug)]
pub(crate) struct Reader<R> {
    input: R,
    version: u8,
    /// Bytes that were read.
    offset: u64,
    buffer: Vec<u8>,
    state: Option<State>,
}

impl<R: Read> Reader<R> {
    /// Reads the header.
    ///
    /// # Errors
    ///
    /// There is none, or one of a version that is not known.
    pub(crate) fn new(input: R) -> Result<Reader<R>, Fault> {
        let mut reader = Reader { input, version: 0, offset: 0, buffer: Vec::new(), state: None };
        reader.fill(HEADER.len() as u64)?;
        let mut header = HEADER;
        let version = reader.buffer.get(VERSION_AT).map_or(0, |byte| byte & 0xf);
        header[VERSION_AT] |= version;
        if reader.buffer != header {
            return Err(Fault { offset: 0, problem: "this is no capture: its first bytes are others".to_owned() });
        }
        if !(1..=VERSION).contains(&version) {
            let problem = format!("this is a capture of version {version}; versions 1 to {VERSION} are known");
            return Err(Fault { offset: VERSION_AT as u64, problem });
        }
        reader.version = version;
        Ok(reader)
    }

    /// The next message; none at the end.
    ///
    /// # Errors
    ///
    /// The file is cut or corrupt here. What came before is good; nothing after it can be read.
    pub(crate) fn next(&mut self) -> Result<Option<Captured<'_>>, Fault> {
        if self.state.is_some() {
            return Ok(None);
        }
        let start = self.offset;
        self.fill(4)?;
        let len = match <[u8; 4]>::try_from(&self.buffer[..]) {
            Ok(len) => u32::from_le_bytes(len),
            Err(_) if self.buffer.is_empty() && self.version == 1 => {
                self.state = Some(State::default());
                return Ok(None);
            }
            Err(_) if self.buffer.is_empty() => {
                return Err(cut(start, "it ends without its state, between two messages"));
            }
            Err(_) => return Err(cut(start, "it ends within the length of a message")),
        };
        if len == 0 && self.version > 1 {
            self.read_state()?;
            return Ok(None);
        }
        if len > LONGEST {
            return Err(cut(start, format!("a message claims to have {len} bytes; the longest have {LONGEST}")));
        }
        let start = self.offset;
        self.fill(len.into())?;
        if self.buffer.len() < len as usize {
            return Err(cut(start, format!("a message is cut: of its {len} bytes there are {}", self.buffer.len())));
        }
        match Captured::read(&self.buffer) {
            Err(fault) => {
                let problem = format!("a message is corrupt: {}", fault.problem);
                Err(Fault { offset: start + fault.offset as u64, problem })
            }
            // Seconds, before version 3.
            Ok(captured) if self.version < 3 => {
                Ok(Some(Captured { at: captured.at.saturating_mul(1_000_000_000), ..captured }))
            }
            Ok(captured) => Ok(Some(captured)),
        }
    }

    /// What stands at the end, once [`Reader::next`] has come there.
    pub(crate) fn state(&self) -> Option<&State> {
        self.state.as_ref()
    }

    /// Bytes that were read, uncompressed.
    #[cfg(test)]
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    fn read_state(&mut self) -> Result<(), Fault> {
        let start = self.offset;
        self.fill(LONGEST_STATE)?;
        let Some((state, len)) = self.buffer.split_last_chunk::<4>() else {
            return Err(cut(start, "the state at its end is cut"));
        };
        let len = u32::from_le_bytes(*len);
        if len as usize != state.len() {
            let there = state.len();
            return Err(cut(start, format!("the state at its end is cut: it says {len} bytes, and {there} are there")));
        }
        let state = State::read(state).map_err(|fault| Fault {
            offset: start + fault.offset as u64,
            problem: format!("the state at its end is corrupt: {}", fault.problem),
        })?;
        self.state = Some(state);
        Ok(())
    }

    /// Reads this many bytes into the buffer, or what there is.
    fn fill(&mut self, len: u64) -> Result<(), Fault> {
        self.buffer.clear();
        let read = (&mut self.input).take(len).read_to_end(&mut self.buffer);
        let start = self.offset;
        self.offset += self.buffer.len() as u64;
        read.map(|_| ()).map_err(|error| match error.kind() {
            ErrorKind::UnexpectedEof => cut(start, "it is cut within what is compressed"),
            _ => cut(start, format!("it cannot be read on: {}", reason(&error))),
        })
    }
}

fn cut(offset: u64, problem: impl Into<String>) -> Fault {
    Fault { offset, problem: problem.into() }
}
