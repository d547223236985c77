//! The sockets of a server, bound and ready to read.

mod door;
mod drops;
mod udp;
#[cfg(unix)]
mod unix_datagram;
#[cfg(unix)]
mod unix_path;
#[cfg(unix)]
mod unix_stream;

#[cfg(unix)]
pub(crate) use self::{unix_datagram::bind_unix_datagram, unix_path::SocketFile, unix_stream::bind_unix_stream};
pub(crate) use door::Door;
pub(crate) use drops::Drops;
pub(crate) use udp::bind_udp;

use std::fmt;

use super::sys::{Extras, RawSocket};

/// What kind of socket a listener is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ListenerKind {
    /// UDP over IPv4 or IPv6.
    Udp,
    /// A Unix datagram socket.
    UnixDatagram,
    /// A Unix stream socket: frames with a length in front.
    UnixStream,
}

impl ListenerKind {
    /// Every kind; `ALL[kind as usize] == kind`.
    pub const ALL: [ListenerKind; 3] = [ListenerKind::Udp, ListenerKind::UnixDatagram, ListenerKind::UnixStream];

    /// The short stable name: `udp`, `unix_datagram`, `unix_stream`.
    pub const fn name(self) -> &'static str {
        match self {
            ListenerKind::Udp => "udp",
            ListenerKind::UnixDatagram => "unix_datagram",
            ListenerKind::UnixStream => "unix_stream",
        }
    }
}

impl fmt::Display for ListenerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A bound datagram socket.
pub(crate) struct DatagramSocket {
    pub(crate) socket: RawSocket,
    pub(crate) listener: ListenerKind,
    /// What comes with each datagram.
    pub(crate) extras: Extras,
    /// Whether the kernel may hand over several datagrams as one.
    pub(crate) offload: bool,
    /// The size of the kernel's buffer as the kernel tells it.
    pub(crate) granted_buffer: Option<usize>,
}

/// What waits for stream connections.
#[cfg(unix)]
pub(crate) type StreamListener = std::os::unix::net::UnixListener;

/// There is none here.
#[cfg(not(unix))]
pub(crate) enum StreamListener {}

/// There is none here.
#[cfg(not(unix))]
pub(crate) enum SocketFile {}

/// The settings of stream connections.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(not(unix), allow(dead_code))]
pub(crate) struct Limits {
    /// Connections of this worker at a time.
    pub(crate) connections: usize,
    /// Bytes of the longest frame.
    pub(crate) frame: usize,
    /// Whether a connection's process is asked for.
    pub(crate) credentials: bool,
}
