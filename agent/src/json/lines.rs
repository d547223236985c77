//! Objects, one a line.

use std::io::{self, Write};

use serde::Serialize;

/// Bytes after which the lines are handed on.
const CHUNK: usize = 64 * 1024;

/// Writes objects as lines; only whole lines reach the output.
#[derive(Debug)]
pub(crate) struct Lines<W> {
    pending: Vec<u8>,
    output: W,
}

impl<W: Write> Lines<W> {
    /// Lines for `output`, which needs no buffer of its own.
    pub(crate) fn new(output: W) -> Self {
        Lines { pending: Vec::with_capacity(CHUNK + CHUNK / 4), output }
    }

    /// Appends one object.
    ///
    /// # Errors
    ///
    /// What the output reports.
    pub(crate) fn write(&mut self, object: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer(&mut self.pending, object)?;
        self.pending.push(b'\n');
        if self.pending.len() >= CHUNK { self.hand_on() } else { Ok(()) }
    }

    /// Hands on all lines so far.
    ///
    /// # Errors
    ///
    /// What the output reports.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.hand_on()?;
        self.output.flush()
    }

    fn hand_on(&mut self) -> io::Result<()> {
        let result = self.output.write_all(&self.pending);
        self.pending.clear();
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_object_is_a_line() {
        let mut output = Vec::new();
        let mut lines = Lines::new(&mut output);
        lines.write(&"a\nb").expect("a vector takes all");
        lines.write(&1).expect("a vector takes all");
        lines.flush().expect("a vector takes all");
        assert_eq!(output, b"\"a\\nb\"\n1\n");
    }

    #[test]
    fn a_full_chunk_is_handed_on_by_itself() {
        let mut output = Vec::new();
        let mut lines = Lines::new(&mut output);
        lines.write(&"x".repeat(CHUNK)).expect("a vector takes all");
        drop(lines);
        assert_eq!(output.len(), CHUNK + 3);
    }
}
