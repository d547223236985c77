//! Everything of `basenji_core::client`.

use basenji_core::client::{Limits, PackError, Packer};
use basenji_core::wire::Messages;

use crate::Observer;

/// Packs the messages of `datagram` into smaller ones in `buffer`.
pub(crate) fn observe(datagram: &[u8], buffer: &mut [u8], observer: &mut Observer) {
    let limits = Limits { datagram: datagram.len() / 2, line: datagram.len() };
    let mut packer = Packer::new(buffer, limits, datagram.first() == Some(&b'_'));
    for message in Messages::new(datagram).flatten() {
        match packer.push(|writer| message.write(writer)) {
            Ok(bytes) => observer.number(bytes as u64),
            Err(PackError::Busy) => observer.maybe(packer.take(false)),
            Err(PackError::TooLong) => observer.text("too long"),
            Err(PackError::Refused(error)) => observer.shown(&error),
        }
        observer.number(u64::from(packer.is_due()));
    }
    observer.maybe(packer.take(true));
    observer.number(packer.pending() as u64);
    observer.number(packer.clear() as u64);
}
