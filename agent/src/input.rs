//! The lines of an endless input, in constant memory.
//!
//! The input is read in large pieces, and what is handed out are pieces of whole lines, so that nothing is copied but
//! the start of the line that a piece has cut. Memory: one buffer of the capacity, whatever the input holds.

use std::io::{self, ErrorKind, Read};

use memchr::{memchr, memrchr};

/// A part of the input.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// One or more whole lines; the last one lacks its newline only at the end of the input.
    Lines(&'a [u8]),
    /// The start of a line that is longer than the capacity; the rest of it will be passed over.
    Cut(&'a [u8]),
}

/// Reads an input piece by piece.
#[derive(Debug)]
pub(crate) struct Pieces<R> {
    input: R,
    buffer: Box<[u8]>,
    /// What has been handed out of the buffer.
    used: usize,
    /// What has been read into it.
    filled: usize,
    /// Whether the rest of a cut line is still to come.
    inside_cut_line: bool,
}

impl<R: Read> Pieces<R> {
    /// The pieces of `input`, with lines of up to `capacity` bytes, newline included.
    pub(crate) fn new(input: R, capacity: usize) -> Self {
        Pieces { input, buffer: vec![0; capacity].into(), used: 0, filled: 0, inside_cut_line: false }
    }

    /// Waits for the next piece; `None` at the end of the input.
    ///
    /// # Errors
    ///
    /// What the input reports.
    pub(crate) fn next(&mut self) -> io::Result<Option<Piece<'_>>> {
        self.buffer.copy_within(self.used..self.filled, 0);
        self.filled -= self.used;
        self.used = 0;
        loop {
            let mut unseen = self.filled;
            match self.input.read(&mut self.buffer[unseen..]) {
                Ok(0) => break,
                Ok(count) => self.filled += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            }
            if self.inside_cut_line {
                let end = memchr(b'\n', &self.buffer[..self.filled]);
                let rest = end.map_or(self.filled, |at| at + 1);
                self.buffer.copy_within(rest..self.filled, 0);
                self.filled -= rest;
                self.inside_cut_line = end.is_none();
                unseen = 0;
            }
            if let Some(at) = memrchr(b'\n', &self.buffer[unseen..self.filled]) {
                self.used = unseen + at + 1;
                return Ok(Some(Piece::Lines(&self.buffer[..self.used])));
            }
            if self.filled == self.buffer.len() {
                self.used = self.filled;
                self.inside_cut_line = true;
                return Ok(Some(Piece::Cut(&self.buffer)));
            }
        }
        self.used = self.filled;
        Ok((self.filled > 0).then(|| Piece::Lines(&self.buffer[..self.used])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives the input in reads of `step` bytes.
    struct Slow<'a>(&'a [u8], usize);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let limit = self.1.min(buffer.len());
            self.0.read(&mut buffer[..limit])
        }
    }

    /// The lines of the input, those that were cut with `~` at their end.
    fn lines(input: &[u8], step: usize, capacity: usize) -> Vec<String> {
        let mut pieces = Pieces::new(Slow(input, step), capacity);
        let mut lines = Vec::new();
        while let Some(piece) = pieces.next().expect("a slice can be read") {
            match piece {
                Piece::Lines(text) => lines
                    .extend(text.split_inclusive(|&byte| byte == b'\n').map(|line| line.escape_ascii().to_string())),
                Piece::Cut(text) => lines.push(format!("{}~", text.escape_ascii())),
            }
        }
        lines
    }

    #[test]
    fn the_size_of_the_reads_does_not_matter() {
        let input = b"one\ntwo\n\nthree";
        for step in 1..=input.len() {
            assert_eq!(lines(input, step, 8), ["one\\n", "two\\n", "\\n", "three"], "reads of {step} bytes");
        }
    }

    #[test]
    fn a_line_that_is_too_long_is_cut_and_its_neighbours_are_not() {
        let input = b"a\n0123456789abcdefghi\nb\nc\n0123456789";
        for step in 1..=input.len() {
            assert_eq!(
                lines(input, step, 8),
                ["a\\n", "01234567~", "b\\n", "c\\n", "01234567~"],
                "reads of {step} bytes"
            );
        }
    }

    #[test]
    fn a_line_may_be_as_long_as_the_capacity() {
        assert_eq!(lines(b"1234567\n1234567\n", 3, 8), ["1234567\\n", "1234567\\n"]);
        assert_eq!(lines(b"", 3, 8), Vec::<String>::new());
    }
}
