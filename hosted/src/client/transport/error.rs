//! Why a datagram was not sent, and what follows from it.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Instant;

use crate::said::Said;

/// Why a datagram was not sent. No part of it has left.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum SendError {
    /// There is no room now (EAGAIN, ENOBUFS); the connection stays.
    WouldBlock,
    /// The datagram is longer than this transport carries (EMSGSIZE); the connection stays.
    TooLong,
    /// There is no connection, and none could be made.
    Disconnected {
        /// When the next attempt is made, by the first call from then on.
        retry_at: Instant,
        /// Why there is none.
        source: Arc<io::Error>,
    },
    /// The system refuses this datagram (a firewall's EPERM, for one); the connection stays.
    Failed(Arc<io::Error>),
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SendError::WouldBlock => f.write_str("the socket is full"),
            SendError::TooLong => f.write_str("the datagram is longer than the transport carries"),
            SendError::Disconnected { source, .. } => write!(f, "there is no connection: {}", Said(source)),
            SendError::Failed(source) => write!(f, "the system refuses the datagram: {}", Said(source)),
        }
    }
}

impl std::error::Error for SendError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            SendError::Disconnected { source, .. } | SendError::Failed(source) => Some(source),
            SendError::WouldBlock | SendError::TooLong => None,
        }
    }
}

/// What became of a batch: the first `count` datagrams were sent, and `error` says why the next one was not.
#[derive(Debug, Clone)]
pub struct Sent {
    /// How many were sent.
    pub count: usize,
    /// Why the next one was not; `None` if there is no next one.
    pub error: Option<SendError>,
}

/// What an error of a system call means for the connection it happened on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// No room: try again.
    Full,
    /// Too long for this socket.
    TooLong,
    /// The connection is gone.
    Gone,
    /// The socket is gone: its number was closed by somebody else, and may belong to another file.
    Foreign,
    /// Only this datagram is affected.
    ThisOne,
}

/// What `error` means for the connection it happened on.
pub(super) fn judge(error: &io::Error) -> Verdict {
    use io::ErrorKind as Kind;
    match error.kind() {
        Kind::WouldBlock => return Verdict::Full,
        Kind::ConnectionRefused
        | Kind::ConnectionReset
        | Kind::ConnectionAborted
        | Kind::NotConnected
        | Kind::BrokenPipe
        | Kind::NotFound
        | Kind::TimedOut
        | Kind::AddrNotAvailable
        | Kind::NetworkDown
        | Kind::NetworkUnreachable
        | Kind::HostUnreachable => return Verdict::Gone,
        _ => {}
    }
    match error.raw_os_error() {
        Some(code) if code == codes::NO_BUFFERS => Verdict::Full,
        Some(code) if code == codes::TOO_LONG => Verdict::TooLong,
        Some(code) if code == codes::NO_DESTINATION => Verdict::Gone,
        Some(code) if code == codes::NOT_OPEN || code == codes::NO_SOCKET => Verdict::Foreign,
        _ => Verdict::ThisOne,
    }
}

#[cfg(unix)]
mod codes {
    pub(super) const NO_BUFFERS: i32 = libc::ENOBUFS;
    pub(super) const TOO_LONG: i32 = libc::EMSGSIZE;
    pub(super) const NO_DESTINATION: i32 = libc::EDESTADDRREQ;
    pub(super) const NOT_OPEN: i32 = libc::EBADF;
    pub(super) const NO_SOCKET: i32 = libc::ENOTSOCK;
}

/// Those of Windows Sockets.
#[cfg(not(unix))]
mod codes {
    pub(super) const NO_BUFFERS: i32 = 10055;
    pub(super) const TOO_LONG: i32 = 10040;
    pub(super) const NO_DESTINATION: i32 = 10039;
    pub(super) const NOT_OPEN: i32 = 10009;
    pub(super) const NO_SOCKET: i32 = 10038;
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_full_socket_or_a_long_datagram_closes_nothing_and_a_lost_peer_does() {
        for (codes, verdict) in [
            (&[libc::EAGAIN, libc::EWOULDBLOCK, libc::ENOBUFS][..], Verdict::Full),
            (&[libc::EMSGSIZE], Verdict::TooLong),
            (&[libc::ECONNREFUSED, libc::ECONNRESET, libc::ENOTCONN, libc::EPIPE, libc::ENOENT], Verdict::Gone),
            (&[libc::ENETUNREACH, libc::EHOSTUNREACH, libc::ENETDOWN, libc::EDESTADDRREQ], Verdict::Gone),
            (&[libc::EBADF, libc::ENOTSOCK], Verdict::Foreign),
            (&[libc::EPERM, libc::EACCES, libc::EINVAL, libc::ENOMEM], Verdict::ThisOne),
        ] {
            for code in codes {
                assert_eq!(judge(&io::Error::from_raw_os_error(*code)), verdict, "{code}");
            }
        }
    }
}
