//! How a socket turns senders away.

use std::io;

#[cfg(target_os = "linux")]
use super::udp;
use super::{DatagramSocket, ListenerKind};

/// Shuts a socket for senders, while what has arrived can still be read.
///
/// A door that is shut turns senders away with an error. Nothing that the system has taken before is lost, and nothing is taken after: of UDP see
/// [`settle`](crate::server::sys::settle), too.
pub(crate) trait Door {
    /// Shuts it for good.
    ///
    /// # Errors
    ///
    /// What the system reports; the socket then stays open for senders.
    fn shut(&self) -> io::Result<()>;
}

impl Door for DatagramSocket {
    fn shut(&self) -> io::Result<()> {
        #[cfg(target_os = "linux")]
        return match self.listener {
            ListenerKind::Udp => udp::shut(&self.socket),
            _ => socket2::SockRef::from(&self.socket).shutdown(std::net::Shutdown::Read),
        };
        // On other systems this would drop what has arrived.
        #[cfg(not(target_os = "linux"))]
        return Err(io::ErrorKind::Unsupported.into());
    }
}

#[cfg(unix)]
impl Door for std::os::unix::net::UnixListener {
    fn shut(&self) -> io::Result<()> {
        shut_stream(self)
    }
}

#[cfg(unix)]
impl Door for std::os::unix::net::UnixStream {
    fn shut(&self) -> io::Result<()> {
        shut_stream(self)
    }
}

#[cfg(unix)]
fn shut_stream(socket: &impl std::os::fd::AsFd) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    return socket2::SockRef::from(socket).shutdown(std::net::Shutdown::Read);
    #[cfg(not(target_os = "linux"))]
    return Err(io::Error::other(format!("{:?} stays open", socket.as_fd())));
}
