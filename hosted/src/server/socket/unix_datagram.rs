//! Unix datagram sockets. The kernel never drops for them: a sender that is too fast waits, or gets an error.

use std::path::Path;

use socket2::{Domain, SockAddr, Socket, Type};

use super::{DatagramSocket, ListenerKind, SocketFile};
use crate::server::error::StartError;
use crate::server::sys::Extras;

/// Binds `path`, as [`SocketFile::make`] says. `buffer` is as for UDP; with `credentials`, the sender's process comes
/// with each datagram (SO_PASSCRED).
pub(crate) fn bind_unix_datagram(
    path: &Path,
    mode: u32,
    buffer: usize,
    credentials: bool,
) -> Result<(DatagramSocket, SocketFile), StartError> {
    let (socket, file) = SocketFile::make(path, mode, |path| {
        let socket = Socket::new(Domain::UNIX, Type::DGRAM, None)?;
        if buffer > 0 {
            socket.set_recv_buffer_size(buffer)?;
        }
        #[cfg(target_os = "linux")]
        socket.set_passcred(credentials)?;
        socket.bind(&SockAddr::unix(path)?)?;
        Ok(socket)
    })?;
    let socket = DatagramSocket {
        granted_buffer: socket.recv_buffer_size().ok(),
        socket: socket.into(),
        listener: ListenerKind::UnixDatagram,
        extras: if credentials { Extras::Credentials } else { Extras::None },
        offload: false,
    };
    Ok((socket, file))
}
