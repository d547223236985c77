//! How a capture comes over HTTP: messages behind their length, and an end that tells what is missing.
//!
//! ```text
//! length:u32 message  |  0: nothing, so that both ends know that the other is there  |  MAX why:u8 left-out:u64
//! ```
//! Numbers are little-endian. A stream without its end has broken off.

use std::io::{self, Read, Write};

/// Why a capture has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    Time = 0,
    Bytes = 1,
}

/// One frame.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Frame<'a> {
    Message(&'a [u8]),
    Pulse,
    /// Why it has ended, and how many datagrams came too fast.
    End(Why, u64),
}

/// Bytes of the longest message.
const LONGEST: u32 = 16 << 20;

/// Writes a frame.
pub(super) fn write(frame: &Frame<'_>, out: &mut dyn Write) -> io::Result<()> {
    match frame {
        Frame::Message(message) => {
            out.write_all(&(message.len() as u32).to_le_bytes())?;
            out.write_all(message)
        }
        Frame::Pulse => out.write_all(&[0; 4]),
        Frame::End(why, left_out) => {
            out.write_all(&u32::MAX.to_le_bytes())?;
            out.write_all(&[*why as u8])?;
            out.write_all(&left_out.to_le_bytes())
        }
    }
}

/// Reads a frame; `buffer` holds its message.
///
/// # Errors
///
/// The stream has broken off, or is none of a daemon.
pub(super) fn read<'b>(input: &mut impl Read, buffer: &'b mut Vec<u8>) -> io::Result<Frame<'b>> {
    let mut len = [0; 4];
    input.read_exact(&mut len)?;
    match u32::from_le_bytes(len) {
        0 => Ok(Frame::Pulse),
        u32::MAX => {
            let (mut why, mut left_out) = ([0], [0; 8]);
            input.read_exact(&mut why)?;
            input.read_exact(&mut left_out)?;
            let why = if why == [Why::Time as u8] { Why::Time } else { Why::Bytes };
            Ok(Frame::End(why, u64::from_le_bytes(left_out)))
        }
        len @ ..=LONGEST => {
            buffer.clear();
            input.take(len.into()).read_to_end(buffer)?;
            match buffer.len() == len as usize {
                true => Ok(Frame::Message(buffer)),
                false => Err(io::ErrorKind::UnexpectedEof.into()),
            }
        }
        _ => Err(io::Error::new(io::ErrorKind::InvalidData, "this is no stream of a capture")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_read_as_they_were_written_and_a_cut_stream_is_told_anywhere() {
        let frames = [Frame::Pulse, Frame::Message(b"one"), Frame::Pulse, Frame::End(Why::Bytes, 7)];
        let mut bytes = Vec::new();
        let mut ends = vec![0];
        for frame in &frames {
            write(frame, &mut bytes).unwrap();
            ends.push(bytes.len());
        }
        let (mut input, mut buffer) = (&bytes[..], Vec::new());
        frames.iter().for_each(|frame| assert_eq!(&read(&mut input, &mut buffer).unwrap(), frame));
        for len in 0..bytes.len() {
            let mut input = &bytes[..len];
            let whole = std::iter::from_fn(|| read(&mut input, &mut buffer).ok().map(|_| ())).count();
            assert_eq!(whole, ends.iter().filter(|end| **end <= len).count() - 1, "{len}");
        }
        assert!(read(&mut &[0xff, 0xff, 0xff, 0x7f][..], &mut buffer).is_err());
    }
}
