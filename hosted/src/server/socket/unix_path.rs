//! The file of a Unix socket: what is in its place before, its mode, and its removal.
//!
//! A socket file on which no program answers is left over from an earlier run, and is removed. One on which a program
//! answers, and anything that is not a socket, is an error and stays.

use std::fs;
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::path::{Path, PathBuf};

use crate::server::error::StartError;

/// A socket file that this process has made; dropping it removes the file if it is still the same one.
#[derive(Debug)]
pub(crate) struct SocketFile {
    path: PathBuf,
    identity: (u64, u64),
}

impl SocketFile {
    /// Makes room at `path`, calls `bind`, and gives the new file its mode.
    pub(crate) fn make<S>(
        path: &Path,
        mode: u32,
        bind: impl FnOnce(&Path) -> io::Result<S>,
    ) -> Result<(S, SocketFile), StartError> {
        clear(path)?;
        let make = || {
            let socket = bind(path)?;
            let metadata = fs::symlink_metadata(path)?;
            let file = SocketFile { path: path.to_owned(), identity: (metadata.dev(), metadata.ino()) };
            fs::set_permissions(path, fs::Permissions::from_mode(mode))?;
            Ok((socket, file))
        };
        make().map_err(|source| StartError::path(path, source))
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        let ours = fs::symlink_metadata(&self.path).is_ok_and(|metadata| {
            (metadata.dev(), metadata.ino()) == self.identity && metadata.file_type().is_socket()
        });
        if ours {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Removes a socket file on which no program answers.
fn clear(path: &Path) -> Result<(), StartError> {
    let metadata = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(StartError::path(path, error)),
    };
    if !metadata.file_type().is_socket() {
        return Err(StartError::NotASocket { path: path.to_owned() });
    }
    match is_answered(path) {
        Ok(true) => Err(StartError::PathInUse { path: path.to_owned() }),
        Ok(false) => match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(StartError::path(path, error)),
            _ => Ok(()),
        },
        Err(error) => Err(StartError::path(path, error)),
    }
}

/// Whether a program has a socket of either type at `path`.
fn is_answered(path: &Path) -> io::Result<bool> {
    let refused =
        |error: &io::Error| matches!(error.kind(), io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound);
    match UnixDatagram::unbound()?.connect(path) {
        Ok(()) => return Ok(true),
        Err(error) if refused(&error) => return Ok(false),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Err(error),
        // The socket is of the other type.
        Err(_) => {}
    }
    match UnixStream::connect(path) {
        Ok(_) => Ok(true),
        Err(error) if refused(&error) => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn make(path: &Path, mode: u32) -> Result<(UnixDatagram, SocketFile), StartError> {
        SocketFile::make(path, mode, |path| UnixDatagram::bind(path))
    }

    #[test]
    fn the_file_has_the_mode_asked_for_and_goes_with_its_owner() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("s");
        for mode in [0o722, 0o700, 0o777] {
            let made = make(&path, mode).unwrap();
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, mode);
            drop(made);
            assert!(!path.exists());
        }
    }

    #[test]
    fn a_socket_file_that_nobody_answers_on_is_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("s");
        drop(UnixDatagram::bind(&path).unwrap());
        drop(make(&path, 0o722).unwrap());
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        make(&path, 0o722).unwrap();
    }

    #[test]
    fn a_socket_that_a_program_answers_on_stays() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("s");
        let _datagram = UnixDatagram::bind(&path).unwrap();
        assert!(matches!(make(&path, 0o722), Err(StartError::PathInUse { .. })));
        let path = directory.path().join("t");
        let _stream = std::os::unix::net::UnixListener::bind(&path).unwrap();
        assert!(matches!(make(&path, 0o722), Err(StartError::PathInUse { .. })));
        assert!(path.exists());
    }

    #[test]
    fn what_is_no_socket_is_an_error_and_stays() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        fs::write(&path, "precious").unwrap();
        let error = make(&path, 0o722).unwrap_err();
        assert_eq!(error.to_string(), format!("{} exists and is not a socket; it is left as it is", path.display()));
        assert_eq!(fs::read(&path).unwrap(), b"precious");
        assert!(matches!(make(directory.path(), 0o722), Err(StartError::NotASocket { .. })));
    }

    #[test]
    fn a_missing_directory_and_a_path_that_is_too_long_are_named() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("missing").join("s");
        let error = make(&path, 0o722).unwrap_err();
        let directory_of_path = path.parent().unwrap().display();
        assert_eq!(
            error.to_string(),
            format!("cannot make the socket {}: the directory {directory_of_path} does not exist", path.display())
        );
        let path = directory.path().join("x".repeat(200));
        assert!(matches!(make(&path, 0o722), Err(StartError::BadPath { .. })));
    }

    #[test]
    fn a_file_that_another_program_has_put_in_place_is_not_removed() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("s");
        let made = make(&path, 0o722).unwrap();
        // Moved, not removed, so that the new file cannot be given the number of the old one.
        fs::rename(&path, directory.path().join("moved")).unwrap();
        let _other = UnixDatagram::bind(&path).unwrap();
        drop(made);
        assert!(path.exists());
    }
}
