//! The system calls that std does not offer. All `unsafe` of the server is in this directory.
//!
//! On Unix: [`Batch`] receives many datagrams with one call (`recvmmsg` on Linux, `recvmsg` elsewhere) into buffers
//! that are allocated once, [`Poller`] waits for several descriptors, and [`options`] sets and reads what neither std
//! nor socket2 know. On other systems the same names stand for plain std calls on one UDP socket.

mod arenas;
#[cfg(unix)]
mod batch;
#[cfg(unix)]
mod control;
#[cfg(unix)]
mod credentials;
#[cfg(not(unix))]
mod other;
#[cfg(unix)]
mod poll;
#[cfg(all(test, unix))]
mod tests;
#[cfg(unix)]
mod wake;

#[cfg(unix)]
pub(crate) mod options;
#[cfg(unix)]
mod settle;

pub use self::arenas::limit_arenas;
#[cfg(not(unix))]
pub(crate) use self::other::{Batch, Poller, RawSocket, Wake, Waker, options, settle, wake};
#[cfg(unix)]
pub(crate) use self::{
    batch::Batch,
    credentials::receive_with_sender,
    poll::Poller,
    settle::settle,
    wake::{Wake, Waker, wake},
};

/// A socket of any family.
#[cfg(unix)]
pub(crate) type RawSocket = std::os::fd::OwnedFd;

/// What the buffers of a [`Batch`] hold.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(not(unix), allow(dead_code))]
pub(crate) struct Shape {
    /// Datagrams a call.
    pub(crate) slots: usize,
    /// Bytes a datagram; a longer one is cut.
    pub(crate) bytes: usize,
    /// What comes with the bytes.
    pub(crate) extras: Extras,
}

/// What the kernel tells about a datagram beside its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(unix), allow(dead_code))]
pub(crate) enum Extras {
    /// The sender's address, the number of drops and the length of offloaded segments: UDP.
    Udp,
    /// The sender's process: a Unix socket with SO_PASSCRED.
    Credentials,
    /// Nothing: a Unix socket without it.
    None,
}
