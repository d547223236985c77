//! Waking a thread that waits in a [`Poller`](super::Poller).

use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;

/// A pair of ends: what one thread writes makes the other one's descriptor readable.
pub(crate) fn wake() -> io::Result<(Waker, Wake)> {
    let (near, far) = UnixStream::pair()?;
    near.set_nonblocking(true)?;
    far.set_nonblocking(true)?;
    Ok((Waker(near), Wake(far)))
}

/// The end that wakes.
pub(crate) struct Waker(UnixStream);

impl Waker {
    /// Makes the other end readable; if it is already, nothing changes.
    pub(crate) fn wake(&self) {
        let _ = (&self.0).write(&[0]);
    }
}

/// The end that is woken.
pub(crate) struct Wake(UnixStream);

impl Wake {
    /// Makes this end unreadable until it is woken again.
    pub(crate) fn clear(&self) {
        let mut bytes = [0; 64];
        while (&self.0).read(&mut bytes).is_ok_and(|len| len == bytes.len()) {}
    }
}

impl AsFd for Wake {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
