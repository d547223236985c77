//! What a hook is shown of a datagram.

use std::fmt;

use super::report::Origin;
use super::socket::ListenerKind;

/// One datagram or frame, as it has come and before it is taken in. What it borrows is gone after the call.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Arrival<'a> {
    /// Its bytes, at most [`Config::receive_buffer`](super::Config::receive_buffer) of them.
    pub bytes: &'a [u8],
    /// Whether it was longer than that, so that its end is missing.
    pub is_truncated: bool,
    /// Where it came in.
    pub listener: ListenerKind,
    /// The sender's process, of a Unix socket if origin detection is on; 0 if it is not visible from here.
    pub pid: Option<u32>,
    /// The container of that process, if there is a [`Tagger`](super::Tagger) and it has one.
    pub container: Option<&'a [u8]>,
    pub(crate) origin: &'a dyn Fn() -> Origin,
}

impl Arrival<'_> {
    /// Where it came from, with its address; allocates.
    pub fn origin(&self) -> Origin {
        (self.origin)()
    }
}

impl fmt::Debug for Arrival<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arrival")
            .field("bytes", &self.bytes.escape_ascii())
            .field("is_truncated", &self.is_truncated)
            .field("listener", &self.listener)
            .finish_non_exhaustive()
    }
}
