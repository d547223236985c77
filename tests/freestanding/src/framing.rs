//! Everything of `basenji_core::wire::framing`.

use basenji_core::wire::framing::{Decoder, header};

use crate::Observer;

/// Feeds `stream` in whatever pieces fit, and observes each frame.
pub(crate) fn observe(mut stream: &[u8], buffer: &mut [u8], observer: &mut Observer) {
    observer.maybe(header(stream.len()).as_ref().map(<[u8; 4]>::as_slice));
    let mut decoder = Decoder::new(buffer);
    observer.number(decoder.limit() as u64);
    loop {
        let space = decoder.space();
        let n = space.len().min(stream.len());
        space.iter_mut().zip(stream).for_each(|(to, from)| *to = *from);
        stream = stream.get(n..).unwrap_or_default();
        decoder.advance(n);
        loop {
            match decoder.next_frame() {
                Ok(Some(frame)) => observer.bytes(frame),
                Ok(None) => break,
                Err(kind) => {
                    observer.bytes(decoder.rest());
                    return observer.shown(&kind);
                }
            }
        }
        observer.number(decoder.pending() as u64);
        if n == 0 {
            return;
        }
    }
}
