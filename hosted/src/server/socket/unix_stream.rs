//! Unix stream sockets: the listener.

use std::os::unix::net::UnixListener;
use std::path::Path;

use super::SocketFile;
use crate::server::error::StartError;

/// Binds `path`, as [`SocketFile::make`] says; accepting never waits. With `credentials`, the sender's process comes
/// with what is read of a connection (SO_PASSCRED, which connections have from their listener).
pub(crate) fn bind_unix_stream(
    path: &Path,
    mode: u32,
    credentials: bool,
) -> Result<(UnixListener, SocketFile), StartError> {
    SocketFile::make(path, mode, |path| {
        let listener = UnixListener::bind(path)?;
        #[cfg(target_os = "linux")]
        socket2::SockRef::from(&listener).set_passcred(credentials)?;
        #[cfg(not(target_os = "linux"))]
        let _ = credentials;
        listener.set_nonblocking(true)?;
        Ok(listener)
    })
}
