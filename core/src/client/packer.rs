//! Whole lines into full datagrams, counted in bytes.
//!
//! The buffer holds lines back to back and is larger than a datagram, so that calls go on while one waits to be sent. A datagram is as many
//! whole lines as fit its limit, and is due when the next line no longer fits it, or when the caller says that it is time. A line that is longer
//! than the limit travels alone, if the transport can carry it.

use crate::wire::{WriteError, Writer};
use memchr::memrchr;

/// The most bytes of a datagram, and of a line that travels alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a datagram: 1432 on UDP, 8192 on Unix sockets.
    pub datagram: usize,
    /// Bytes of a line that is longer than a datagram; no more than `datagram` refuses them all.
    pub line: usize,
}

/// Lines on their way into datagrams, in a buffer of the caller.
///
/// # Example
///
/// ```
/// use basenji_core::client::{Limits, Packer};
/// use basenji_core::wire::Metric;
///
/// let mut packer = Packer::new([0; 64], Limits { datagram: 24, line: 24 }, true);
/// for line in [b"visits:1|c", b"visits:2|c", b"visits:3|c"] {
///     packer.push(|writer| Metric::parse(line).unwrap().write(writer)).unwrap();
/// }
/// assert!(packer.is_due());
/// assert_eq!(packer.pending(), 33);
/// ```
#[derive(Debug, Clone)]
pub struct Packer<B> {
    buffer: B,
    limits: Limits,
    /// Whether the newline at a datagram's end is sent.
    newline: bool,
    /// Where the lines begin that were not handed out, and where they end.
    start: usize,
    end: usize,
    /// Bytes of whole lines that make the next datagram, without the ones that no longer fit it.
    ready: usize,
    /// Whether a line stands behind those of the next datagram, or found no room there.
    full: bool,
}

/// Why a line was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PackError {
    /// There is no room before a datagram is taken out; the line can be written again then.
    Busy,
    /// The line is longer than the transport can carry, and than any room that could come.
    TooLong,
    /// The line was refused by its writer.
    Refused(WriteError),
}

impl<B: AsRef<[u8]> + AsMut<[u8]>> Packer<B> {
    /// An empty packer. The buffer should hold two datagrams and must hold the longest line.
    pub fn new(buffer: B, limits: Limits, newline: bool) -> Self {
        Packer { buffer, limits, newline, start: 0, end: 0, ready: 0, full: false }
    }

    /// Bytes that wait.
    pub fn pending(&self) -> usize {
        self.end.saturating_sub(self.start)
    }

    /// Whether a datagram is full.
    pub fn is_due(&self) -> bool {
        self.full
    }

    /// Takes the one line that `write` writes, with its newline. Cost: its bytes, and now and then those that wait.
    ///
    /// # Errors
    ///
    /// As [`PackError`] says; nothing of the line is taken.
    pub fn push(&mut self, write: impl Fn(&mut Writer<'_>) -> Result<(), WriteError>) -> Result<usize, PackError> {
        self.push_within(self.limits.datagram.max(self.limits.line).saturating_add(usize::from(!self.newline)), write)
    }

    /// Bytes that fit the next datagram before it is full, with the newline of the last line.
    pub(super) fn room(&self) -> usize {
        if self.full { 0 } else { self.longest().saturating_sub(self.ready) }
    }

    /// Bytes of the lines of a datagram, with the newline of the last one, which need not be sent.
    pub(super) fn longest(&self) -> usize {
        self.limits.datagram.saturating_add(usize::from(!self.newline))
    }

    /// [`Packer::push`] of a line that is too long if it has more than `most` bytes with its newline.
    pub(super) fn push_within(
        &mut self,
        most: usize,
        write: impl Fn(&mut Writer<'_>) -> Result<(), WriteError>,
    ) -> Result<usize, PackError> {
        let len = match self.write(&write) {
            Err(WriteError::Full) if self.start > 0 => {
                self.move_to_front();
                self.write(&write)
            }
            result => result,
        };
        let len = match len {
            Ok(len) => len,
            Err(WriteError::Full) if self.pending() > 0 => {
                // Whatever waits has to leave first.
                self.full = true;
                return Err(PackError::Busy);
            }
            Err(WriteError::Full) => return Err(PackError::TooLong),
            Err(refused) => return Err(PackError::Refused(refused)),
        };
        if len > most {
            return Err(PackError::TooLong);
        }
        self.end = self.end.saturating_add(len);
        if !self.full {
            let with_line = self.ready.saturating_add(len);
            if self.ready == 0 || with_line <= self.longest() {
                self.ready = with_line;
            } else {
                self.full = true;
            }
        }
        Ok(len)
    }

    /// The next datagram if one is full, or, when `force` says so, whatever waits. Its bytes are gone with the next call.
    pub fn take(&mut self, force: bool) -> Option<&[u8]> {
        if self.ready == 0 || !(self.full || force) {
            return None;
        }
        let (start, end) = (self.start, self.start.saturating_add(self.ready));
        self.start = end;
        self.measure();
        let datagram = self.buffer.as_ref().get(start..end).unwrap_or_default();
        Some(if self.newline { datagram } else { datagram.strip_suffix(b"\n").unwrap_or(datagram) })
    }

    /// Drops everything that waits; returns how many bytes that was.
    pub fn clear(&mut self) -> usize {
        let dropped = self.pending();
        (self.start, self.end, self.ready, self.full) = (0, 0, 0, false);
        dropped
    }

    fn write(&mut self, write: &impl Fn(&mut Writer<'_>) -> Result<(), WriteError>) -> Result<usize, WriteError> {
        let free = self.buffer.as_mut().get_mut(self.end..).unwrap_or_default();
        let mut writer = Writer::new(free);
        write(&mut writer)?;
        Ok(writer.written().len())
    }

    fn move_to_front(&mut self) {
        let pending = self.pending();
        let bytes = self.buffer.as_mut().get_mut(..self.end).unwrap_or_default();
        if self.start <= bytes.len() {
            bytes.copy_within(self.start.., 0);
        }
        (self.start, self.end) = (0, pending);
    }

    /// Finds the lines of the next datagram among those that wait.
    fn measure(&mut self) {
        let waiting = self.buffer.as_ref().get(self.start..self.end).unwrap_or_default();
        let (ready, full) = match waiting.get(..self.longest()) {
            None => (waiting.len(), false),
            Some(first) => match memrchr(b'\n', first) {
                Some(last) => (last.saturating_add(1), last.saturating_add(1) < waiting.len()),
                // A line that is longer than a datagram.
                None => {
                    let line = memchr::memchr(b'\n', waiting).map_or(waiting.len(), |at| at.saturating_add(1));
                    (line, line < waiting.len())
                }
            },
        };
        (self.ready, self.full) = (ready, full);
        if waiting.is_empty() {
            (self.start, self.end) = (0, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Metric, MetricKind, OriginFields, Tags, Values};
    use std::string::String;
    use std::vec::Vec;

    const LIMITS: Limits = Limits { datagram: 20, line: 30 };

    /// Pushes a line of `len` bytes, newline included, that begins with `letter`.
    fn push<const N: usize>(packer: &mut Packer<[u8; N]>, letter: char, len: usize) -> Result<usize, PackError> {
        let mut name = String::from(letter);
        name.extend(std::iter::repeat_n('.', len - 6));
        packer.push(|writer| {
            let metric = Metric {
                name: name.as_bytes(),
                kind: MetricKind::Count,
                values: Values::One(1.0),
                sample_rate: 1.0,
                tags: Tags::NONE,
                timestamp: None,
                origin: OriginFields::NONE,
            };
            metric.write(writer)
        })
    }

    fn lengths<const N: usize>(packer: &mut Packer<[u8; N]>, force: bool) -> Vec<usize> {
        std::iter::from_fn(|| packer.take(force).map(<[u8]>::len)).collect()
    }

    #[test]
    fn a_datagram_is_due_once_the_next_line_does_not_fit_it() {
        let mut packer = Packer::new([0; 60], LIMITS, true);
        for letter in ['a', 'b'] {
            assert_eq!(push(&mut packer, letter, 10), Ok(10));
        }
        assert_eq!((packer.is_due(), packer.take(false)), (false, None));
        push(&mut packer, 'c', 10).expect("there is room");
        assert_eq!(lengths(&mut packer, false), [20]);
        assert_eq!(lengths(&mut packer, true), [10]);
        assert_eq!(packer.pending(), 0);
    }

    #[test]
    fn what_leaves_a_line_no_room_is_due() {
        let mut packer = Packer::new([0; 32], LIMITS, true);
        push(&mut packer, 'a', 10).expect("there is room");
        assert_eq!(push(&mut packer, 'b', 28), Err(PackError::Busy));
        assert_eq!(lengths(&mut packer, false), [10]);
        assert_eq!(push(&mut packer, 'b', 28), Ok(28));
        assert_eq!(push(&mut packer, 'c', 33), Err(PackError::Busy));
        assert_eq!(lengths(&mut packer, false), [28]);
        assert_eq!(push(&mut packer, 'c', 33), Err(PackError::TooLong));
    }

    #[test]
    fn without_the_last_newline_one_byte_more_fits() {
        let mut packer = Packer::new([0; 60], LIMITS, false);
        for len in [10, 11, 10] {
            push(&mut packer, 'a', len).expect("there is room");
        }
        assert_eq!(lengths(&mut packer, true), [20, 9]);
    }

    #[test]
    fn a_line_longer_than_a_datagram_travels_alone_up_to_its_limit() {
        let mut packer = Packer::new([0; 60], LIMITS, true);
        push(&mut packer, 'a', 10).expect("there is room");
        push(&mut packer, 'b', 30).expect("there is room");
        push(&mut packer, 'c', 10).expect("there is room");
        assert_eq!(lengths(&mut packer, true), [10, 30, 10]);
        assert_eq!(push(&mut packer, 'd', 31), Err(PackError::TooLong));
        assert_eq!(packer.pending(), 0);
    }

    #[test]
    fn a_full_buffer_is_busy_until_a_datagram_is_taken() {
        let mut packer = Packer::new([0; 60], LIMITS, true);
        for _ in 0..6 {
            push(&mut packer, 'a', 10).expect("there is room");
        }
        assert_eq!(push(&mut packer, 'b', 10), Err(PackError::Busy));
        assert_eq!(packer.take(false).map(<[u8]>::len), Some(20));
        push(&mut packer, 'b', 10).expect("there is room again");
        assert_eq!(lengths(&mut packer, true), [20, 20, 10]);
    }

    proptest::proptest! {
        #[test]
        fn every_line_leaves_whole_once_and_in_order(lines in proptest::collection::vec((6usize..30, 0u8..4), 0..60)) {
            let mut packer = Packer::new([0; 60], LIMITS, true);
            let (mut sent, mut taken): (Vec<u8>, Vec<usize>) = (Vec::new(), Vec::new());
            for (place, (len, drain)) in lines.iter().enumerate() {
                let letter = char::from(b'a' + (place % 26) as u8);
                while push(&mut packer, letter, *len) == Err(PackError::Busy) {
                    let datagram = packer.take(true).expect("a full buffer has a datagram");
                    assert!(datagram.len() <= 20 || datagram.iter().filter(|&&byte| byte == b'\n').count() == 1);
                    sent.extend(datagram);
                }
                taken.push(*len);
                if *drain == 0 {
                    while let Some(datagram) = packer.take(false) {
                        sent.extend(datagram);
                    }
                }
            }
            while let Some(datagram) = packer.take(true) {
                sent.extend(datagram);
            }
            let lengths: Vec<_> = sent.split_inclusive(|&byte| byte == b'\n').map(<[u8]>::len).collect();
            assert_eq!(lengths, taken);
        }
    }
}
