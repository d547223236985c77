//! The frames of a stream: each is a length of four bytes, little-endian, and that many bytes, which are split into
//! lines as a datagram is.
//!
//! - [`Decoder`] reads nothing itself: the caller reads into [`Decoder::space`], says how much with
//!   [`Decoder::advance`], and takes the frames out with [`Decoder::next_frame`]. One read may bring many frames, one
//!   frame may need many reads; how the bytes were split does not matter.
//! - A frame of no bytes, and one that is longer than the storage allows, ends the stream, as in the Agent: the decoder
//!   gives the same error from then on, and the connection is to be closed.
//! - Nothing is allocated. A frame is borrowed from the storage; only the start of an unfinished one is ever moved.
//!
//! ```
//! use basenji_core::wire::framing::{self, Decoder};
//!
//! let mut sent = Vec::from(framing::header(8).unwrap());
//! sent.extend(b"page:1|c");
//!
//! let mut decoder = Decoder::new([0; 8192 + framing::HEADER]);
//! for byte in sent {
//!     decoder.space()[0] = byte;
//!     decoder.advance(1);
//! }
//! assert_eq!(decoder.next_frame(), Ok(Some(&b"page:1|c"[..])));
//! assert_eq!(decoder.next_frame(), Ok(None));
//! assert_eq!(decoder.pending(), 0);
//! ```

use crate::{ErrorKind, shift};

/// Bytes of the length before each frame.
pub const HEADER: usize = 4;

/// What a writer sends before a frame of `len` bytes; `None` for a length that no frame can have (0, or more than 32
/// bits hold).
pub const fn header(len: usize) -> Option<[u8; HEADER]> {
    if len == 0 || len > u32::MAX as usize {
        return None;
    }
    Some((len as u32).to_le_bytes())
}

/// Bytes in, frames out.
#[derive(Debug, Clone)]
pub struct Decoder<S> {
    storage: S,
    /// Where the first byte is that no frame has taken.
    start: usize,
    /// Where the bytes end that were received.
    end: usize,
}

impl<S: AsRef<[u8]> + AsMut<[u8]>> Decoder<S> {
    /// A decoder at the start of a stream; its longest frame is [`HEADER`] bytes shorter than `storage`.
    pub const fn new(storage: S) -> Self {
        Decoder { storage, start: 0, end: 0 }
    }

    /// The length of the longest frame.
    pub fn limit(&self) -> usize {
        self.storage.as_ref().len().saturating_sub(HEADER)
    }

    /// Where to put the next bytes of the stream.
    ///
    /// Not empty if [`Decoder::next_frame`] has just returned `Ok(None)`; empty after an error.
    pub fn space(&mut self) -> &mut [u8] {
        if self.announced().is_err() {
            return &mut [];
        }
        let (start, end) = (self.start, self.end);
        if start > 0
            && let Some(received) = self.storage.as_mut().get_mut(..end)
            && start <= received.len()
        {
            shift::bytes_to_front(received, start);
            (self.start, self.end) = (0, end.saturating_sub(start));
        }
        self.storage.as_mut().get_mut(self.end..).unwrap_or_default()
    }

    /// Takes the first `n` bytes of [`Decoder::space`] as received; those beyond it do not count.
    pub fn advance(&mut self, n: usize) {
        self.end = self.end.saturating_add(n).min(self.storage.as_ref().len());
    }

    /// The next whole frame, or `None` until more bytes have been received.
    ///
    /// # Errors
    ///
    /// - [`ErrorKind::EmptyFrame`]: the next frame has no bytes;
    /// - [`ErrorKind::FrameTooLong`]: it is longer than [`Decoder::limit`].
    pub fn next_frame(&mut self) -> Result<Option<&[u8]>, ErrorKind> {
        let Some(len) = self.announced()? else {
            return Ok(None);
        };
        let from = self.start.saturating_add(HEADER);
        let frame = self.storage.as_ref().get(from..self.end);
        let frame = frame.and_then(|received| received.get(..len));
        if frame.is_some() {
            self.start = from.saturating_add(len);
        }
        Ok(frame)
    }

    /// The length of the next frame, if its header is there.
    fn announced(&self) -> Result<Option<usize>, ErrorKind> {
        let received = self.storage.as_ref().get(self.start..self.end);
        let Some(header) = received.and_then(<[u8]>::first_chunk::<HEADER>) else {
            return match self.limit() {
                // There would never be space for a header and a frame.
                0 => Err(ErrorKind::FrameTooLong),
                _ => Ok(None),
            };
        };
        match usize::try_from(u32::from_le_bytes(*header)) {
            Ok(0) => Err(ErrorKind::EmptyFrame),
            Ok(len) if len <= self.limit() => Ok(Some(len)),
            _ => Err(ErrorKind::FrameTooLong),
        }
    }

    /// The bytes that no frame has taken, length included: after an error, those that show what is wrong.
    pub fn rest(&self) -> &[u8] {
        self.storage.as_ref().get(self.start..self.end).unwrap_or_default()
    }

    /// How many bytes wait for the rest of their frame, once all frames have been taken.
    ///
    /// If it is not 0 at the end of the stream, the last frame was cut, and is lost.
    pub const fn pending(&self) -> usize {
        self.end.saturating_sub(self.start)
    }
}

#[cfg(test)]
mod tests {
    use super::{Decoder, HEADER, header};
    use crate::ErrorKind;
    use proptest::prelude::*;
    use std::{vec, vec::Vec};

    /// What a decoder for frames of `limit` bytes makes of a stream that arrives in pieces: the frames, the error, the
    /// bytes left over.
    fn decode(pieces: &[&[u8]], limit: usize) -> (Vec<Vec<u8>>, Option<ErrorKind>, usize) {
        let mut decoder = Decoder::new(vec![0xAA; limit + HEADER]);
        let mut frames = Vec::new();
        for piece in pieces {
            let mut piece = *piece;
            loop {
                let space = decoder.space();
                let n = space.len().min(piece.len());
                space[..n].copy_from_slice(&piece[..n]);
                decoder.advance(n);
                piece = &piece[n..];
                loop {
                    match decoder.next_frame() {
                        Ok(Some(frame)) => frames.push(frame.to_vec()),
                        Ok(None) => break,
                        Err(kind) => return (frames, Some(kind), decoder.pending()),
                    }
                }
                assert!(!decoder.space().is_empty());
                if piece.is_empty() {
                    break;
                }
            }
        }
        (frames, None, decoder.pending())
    }

    fn stream(frames: &[Vec<u8>]) -> Vec<u8> {
        let framed = frames.iter().flat_map(|frame| {
            let header = header(frame.len()).unwrap();
            header.into_iter().chain(frame.iter().copied())
        });
        framed.collect()
    }

    #[test]
    fn the_length_is_little_endian_and_does_not_count_itself() {
        assert_eq!(header(8192), Some([0x00, 0x20, 0, 0]));
        let (frames, error, pending) = decode(&[b"\x03\0\0\0a:1\x01\0\0\0b"], 8192);
        assert_eq!(frames, [b"a:1".to_vec(), b"b".to_vec()]);
        assert_eq!((error, pending), (None, 0));
    }

    #[test]
    fn no_header_announces_an_empty_frame() {
        assert_eq!(header(0), None);
        assert_eq!(header(u32::MAX as usize), Some([0xFF; 4]));
        #[cfg(target_pointer_width = "64")]
        assert_eq!(header(u32::MAX as usize + 1), None);
    }

    #[test]
    fn a_frame_as_long_as_the_limit_is_whole_and_a_longer_one_ends_the_stream() {
        let longest = stream(&[vec![b'x'; 100]]);
        assert_eq!(decode(&[&longest], 100).0, [vec![b'x'; 100]]);
        assert_eq!(decode(&[&longest], 99), (vec![], Some(ErrorKind::FrameTooLong), HEADER + 99));
        let (_, error, _) = decode(&[b"\xFF\xFF\xFF\xFF"], 99);
        assert_eq!(error, Some(ErrorKind::FrameTooLong));
    }

    #[test]
    fn an_empty_frame_ends_the_stream_after_the_frames_before_it() {
        let (frames, error, _) = decode(&[b"\x01\0\0\0a\0\0\0\0\x01\0\0\0b"], 99);
        assert_eq!(frames, [b"a".to_vec()]);
        assert_eq!(error, Some(ErrorKind::EmptyFrame));
    }

    #[test]
    fn a_failed_decoder_stays_failed_and_takes_no_more() {
        let mut decoder = Decoder::new([0; 16]);
        decoder.advance(4);
        for _ in 0..3 {
            assert_eq!(decoder.next_frame(), Err(ErrorKind::EmptyFrame));
            assert!(decoder.space().is_empty());
            decoder.advance(1);
        }
    }

    #[test]
    fn a_stream_that_ends_inside_a_frame_leaves_bytes_pending() {
        assert_eq!(decode(&[b"\x01\0\0"], 9), (vec![], None, 3));
        assert_eq!(decode(&[b"\x02\0\0\0a"], 9), (vec![], None, 5));
        assert_eq!(decode(&[b"\x01\0\0\0a"], 9), (vec![b"a".to_vec()], None, 0));
    }

    #[test]
    fn more_than_the_space_is_not_received() {
        let mut decoder = Decoder::new([1, 0, 0, 0, b'a']);
        decoder.advance(usize::MAX);
        assert_eq!(decoder.next_frame(), Ok(Some(&b"a"[..])));
        assert_eq!(decoder.pending(), 0);
    }

    #[test]
    fn storage_without_room_for_a_frame_fails_at_once() {
        for len in 0..=HEADER {
            let mut decoder = Decoder::new(vec![0; len]);
            assert_eq!(decoder.next_frame(), Err(ErrorKind::FrameTooLong));
        }
    }

    proptest! {
        #[test]
        fn frames_are_the_same_however_the_stream_is_split(
            frames in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..40), 0..12),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
            cut_off in 0..9usize,
        ) {
            let mut bytes = stream(&frames);
            bytes.truncate(bytes.len().saturating_sub(cut_off));
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let pieces: Vec<&[u8]> = cuts.windows(2).map(|cut| &bytes[cut[0]..cut[1]]).collect();
            let whole = decode(&[&bytes], 40);
            prop_assert_eq!(&decode(&pieces, 40), &whole);
            prop_assert!(frames.starts_with(&whole.0));
            if cut_off == 0 {
                prop_assert_eq!(whole, (frames, None, 0));
            }
        }

        #[test]
        fn any_bytes_split_anywhere_give_the_same(bytes in prop::collection::vec(0..4u8, 0..60), at in any::<prop::sample::Index>()) {
            let (left, right) = bytes.split_at(at.index(bytes.len() + 1));
            let (whole, parts) = (decode(&[&bytes], 20), decode(&[left, right], 20));
            prop_assert_eq!((whole.0, whole.1), (parts.0, parts.1));
        }
    }
}
