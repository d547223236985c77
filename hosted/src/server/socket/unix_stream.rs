//! Unix stream sockets: the listener.

use std::os::unix::net::UnixListener;
use std::path::Path;

use super::SocketFile;
use crate::server::error::StartError;

/// Binds `path`, as [`SocketFile::make`] says; accepting never waits.
pub(crate) fn bind_unix_stream(path: &Path, mode: u32) -> Result<(UnixListener, SocketFile), StartError> {
    SocketFile::make(path, mode, |path| {
        let listener = UnixListener::bind(path)?;
        listener.set_nonblocking(true)?;
        Ok(listener)
    })
}
