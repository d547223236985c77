//! The stream's framing: a length of four bytes, little-endian, then as many bytes.

use super::Bytes;
use basenji_core::ErrorKind;

/// What a stream holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Framed {
    /// The whole frames, up to the error if there is one.
    pub frames: Vec<Bytes>,
    /// Why the connection is closed; the end of the stream is no error.
    pub error: Option<ErrorKind>,
}

/// The frames of a whole stream, none of which may be longer than `limit` bytes.
pub fn frames(stream: &[u8], limit: usize) -> Framed {
    let mut framed = Framed { frames: Vec::new(), error: None };
    let mut rest = stream;
    while rest.len() >= 4 {
        let length =
            rest[0] as usize + rest[1] as usize * 0x100 + rest[2] as usize * 0x1_0000 + rest[3] as usize * 0x100_0000;
        rest = &rest[4..];
        if length == 0 {
            framed.error = Some(ErrorKind::EmptyFrame);
            break;
        }
        if length > limit {
            framed.error = Some(ErrorKind::FrameTooLong);
            break;
        }
        if rest.len() < length {
            break;
        }
        framed.frames.push(rest[..length].into());
        rest = &rest[length..];
    }
    framed
}
