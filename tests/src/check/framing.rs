//! Properties of the stream's framing.

use crate::naive;
use basenji_core::ErrorKind;
use basenji_core::wire::framing::{Decoder, HEADER};

/// The frames of a stream, and its error, are the same however the reads split it, and are those of the naive twin.
///
/// The first byte of `bytes` is one less than the longest frame that is accepted, the second says how the stream is split, the rest is the stream.
pub fn framing_split(bytes: &[u8]) {
    let [limit, split, stream @ ..] = bytes else { return };
    let limit = usize::from(*limit) + 1;
    let expected = naive::frames(stream, limit);
    for chunks in [vec![stream], stream.chunks(1).collect(), pieces(stream, *split)] {
        let (frames, pending) = decode(&chunks, limit);
        assert_eq!(frames, expected, "limit {limit}, chunks {chunks:?}");
        if expected.error.is_none() {
            let taken: usize = expected.frames.iter().map(|frame| HEADER + frame.0.len()).sum();
            assert_eq!(pending, stream.len() - taken, "limit {limit}, chunks {chunks:?}");
        }
    }
}

/// What the core makes of a stream that arrives in `chunks`, and how many bytes are left over.
pub fn decode(chunks: &[impl AsRef<[u8]>], limit: usize) -> (naive::Framed, usize) {
    let mut decoder = Decoder::new(vec![0xA5; limit + HEADER]);
    let mut framed = naive::Framed { frames: Vec::new(), error: None };
    for chunk in chunks {
        let mut rest = chunk.as_ref();
        while !rest.is_empty() {
            let space = decoder.space();
            assert!(!space.is_empty(), "a decoder without an error has space");
            let (now, later) = rest.split_at(rest.len().min(space.len()));
            space[..now.len()].copy_from_slice(now);
            decoder.advance(now.len());
            rest = later;
            if let Err(kind) = take(&mut decoder, &mut framed.frames) {
                framed.error = Some(kind);
                return (framed, decoder.pending());
            }
        }
    }
    (framed, decoder.pending())
}

fn take(decoder: &mut Decoder<Vec<u8>>, frames: &mut Vec<naive::Bytes>) -> Result<(), ErrorKind> {
    loop {
        match decoder.next_frame() {
            Ok(Some(frame)) => frames.push(frame.into()),
            Ok(None) => return Ok(()),
            Err(kind) => {
                assert_eq!(decoder.next_frame(), Err(kind), "a decoder that failed has failed for ever");
                assert!(decoder.space().is_empty(), "a decoder that failed takes no more");
                return Err(kind);
            }
        }
    }
}

/// Pieces of 0 to 15 bytes whose lengths follow from `seed`.
fn pieces(stream: &[u8], seed: u8) -> Vec<&[u8]> {
    let mut state = u32::from(seed);
    let mut rest = stream;
    let mut pieces = Vec::new();
    while !rest.is_empty() {
        state = state.wrapping_mul(1_103_515_245).wrapping_add(12_345);
        let (piece, after) = rest.split_at(rest.len().min((state >> 16) as usize % 16));
        pieces.push(piece);
        rest = after;
    }
    pieces
}
