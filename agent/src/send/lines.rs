//! `basenji send --stdin`: lines as they are, packed into datagrams.
//!
//! Whatever can be read is sent before the next read waits. A line that no server will take is sent all the same, since that
//! may be the intent, with a warning that says which line and why.

use std::io;

use basenji::client::SendError;
use basenji::core::ParseError;
use basenji::core::wire::Message;

use super::destination::Destination;
use super::message::LONGEST;
use super::warning::warn;
use crate::failure::{Failure, reason};
use crate::input::{Piece, Pieces};

/// The longest line that is read, newline included.
const CAPACITY: usize = 1024 * 1024;

/// The most lines that are warned of one by one.
const MOST_WARNINGS: u64 = 10;

/// The most bytes of a line that a warning shows.
const EXCERPT: usize = 96;

/// Sends all lines of standard input.
///
/// # Errors
///
/// The input cannot be read, the server has gone, or a line was too long to be sent.
pub(super) fn run(destination: &mut Destination) -> Result<(), Failure> {
    let mut pieces = Pieces::new(io::stdin(), CAPACITY);
    let mut lines = Lines { destination, datagram: Vec::new(), waiting: 0, number: 0, odd: 0, too_long: 0 };
    loop {
        let piece = pieces.next();
        let piece = piece.map_err(|error| Failure::new(format!("cannot read standard input: {}", reason(&error))))?;
        match piece {
            Some(Piece::Lines(text)) => {
                text.split_inclusive(|&byte| byte == b'\n').try_for_each(|line| lines.take(line))?;
                lines.send()?;
            }
            Some(Piece::Cut(_)) => {
                lines.number += 1;
                lines.too_long += 1;
            }
            None => break,
        }
    }
    lines.end()
}

/// Lines on their way into datagrams.
struct Lines<'a> {
    destination: &'a mut Destination,
    datagram: Vec<u8>,
    /// Lines in the datagram.
    waiting: u64,
    /// Of the last line, from 1.
    number: u64,
    /// Lines that do not parse.
    odd: u64,
    /// Lines that were not sent.
    too_long: u64,
}

impl Lines<'_> {
    fn take(&mut self, line: &[u8]) -> Result<(), Failure> {
        self.number += 1;
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        if text.is_empty() {
            return Ok(());
        }
        if let Err(error) = Message::parse(text) {
            self.odd += 1;
            if self.odd <= MOST_WARNINGS {
                warn(format_args!("line {} will be refused: {error}: \"{}\"", self.number, excerpt(text, error)));
            }
        }
        if self.datagram.len() + text.len() + 1 > self.destination.limit() {
            self.send()?;
        }
        if text.len() >= LONGEST {
            self.too_long += 1;
            return Ok(());
        }
        self.datagram.extend(text);
        self.datagram.push(b'\n');
        self.waiting += 1;
        Ok(())
    }

    /// Sends what waits.
    fn send(&mut self) -> Result<(), Failure> {
        if self.waiting == 0 {
            return Ok(());
        }
        let sent = self.destination.deliver(&self.datagram, self.waiting);
        self.datagram.clear();
        self.waiting = 0;
        match sent {
            // Only a line that is longer than a datagram travels alone and can be too long.
            Err(SendError::TooLong) => self.too_long += 1,
            sent => sent.map_err(|error| self.destination.failure(&error))?,
        }
        Ok(())
    }

    fn end(mut self) -> Result<(), Failure> {
        self.send()?;
        self.destination.finish().map_err(|error| self.destination.failure(&error))?;
        if self.odd > MOST_WARNINGS {
            warn(format_args!("{} lines will be refused in all", self.odd));
        }
        match self.too_long {
            0 => Ok(()),
            count => Err(Failure::new(format!(
                "{count} lines were not sent because they are longer than {} takes",
                self.destination.address()
            ))),
        }
    }
}

/// The part of a line around what is wrong with it, escaped.
fn excerpt(line: &[u8], error: ParseError) -> String {
    let start = error.offset.saturating_sub(EXCERPT / 3).min(line.len().saturating_sub(EXCERPT));
    let rest = line.get(start..).unwrap_or_default();
    rest.get(..EXCERPT).unwrap_or(rest).escape_ascii().to_string()
}
