//! A connected datagram socket that Python has opened, sent to without Python.
//!
//! It is a duplicate, so that it stays this socket when Python closes its own. It does not block, and a send takes a few microseconds: giving
//! the interpreter's lock away meanwhile would cost a waiting thread's time slice each.

use std::io;

#[cfg(unix)]
mod system {
    use std::io;
    use std::net::UdpSocket;
    use std::os::fd::BorrowedFd;

    /// `send(2)` does not ask for the family.
    pub(crate) struct Direct(UdpSocket);

    impl Direct {
        pub(crate) fn duplicate(fd: i32) -> io::Result<Direct> {
            // SAFETY: the caller's socket is open, and stays so during this call; -1 is refused before.
            let socket = unsafe { BorrowedFd::borrow_raw(fd) }.try_clone_to_owned()?;
            Ok(Direct(UdpSocket::from(socket)))
        }

        pub(crate) fn send(&self, datagram: &[u8]) -> io::Result<usize> {
            self.0.send(datagram)
        }
    }
}

#[cfg(not(unix))]
mod system {
    use std::io;

    /// Elsewhere Python sends.
    pub(crate) enum Direct {}

    impl Direct {
        pub(crate) fn duplicate(_: i32) -> io::Result<Direct> {
            Err(io::ErrorKind::Unsupported.into())
        }

        pub(crate) fn send(&self, _: &[u8]) -> io::Result<usize> {
            match *self {}
        }
    }
}

pub(crate) use system::Direct;

/// The outcome of a datagram.
pub(crate) enum Sent {
    /// It was sent; whether a report is due.
    Yes { report: bool },
    /// The system refused it.
    No(io::Error, Vec<u8>),
    /// It is buffered; Python has to send what waited before, which is in hand by this number.
    Full(Vec<u8>, u64),
    /// Python has to send it.
    Handed(Vec<u8>),
}
