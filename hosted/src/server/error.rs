//! Why a server does not start.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use crate::said::Said;
use crate::settings::SettingError;

/// Why a server does not start: one sentence that says what and where.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// There is nothing to listen on.
    NoListener,
    /// Text that is not an address, or a name that does not resolve.
    BadAddress {
        /// What was given.
        text: String,
        /// What the resolver says.
        source: io::Error,
    },
    /// Another program has the port.
    PortInUse {
        /// The address asked for.
        address: SocketAddr,
    },
    /// The address is not one of this machine's.
    AddressNotAvailable {
        /// The address asked for.
        address: SocketAddr,
    },
    /// Another program answers on the path.
    PathInUse {
        /// The path asked for.
        path: PathBuf,
    },
    /// There is a file, a directory or the like at the path, and it is left alone.
    NotASocket {
        /// The path asked for.
        path: PathBuf,
    },
    /// The directory that the socket was to be made in does not exist.
    NoDirectory {
        /// The path asked for.
        path: PathBuf,
    },
    /// The path is longer than the system allows for a socket (107 bytes on Linux), or has a NUL in it.
    BadPath {
        /// The path asked for.
        path: PathBuf,
    },
    /// The system does not allow it.
    Permission {
        /// What was asked for: an address, or a path.
        place: String,
    },
    /// A setting is outside its range.
    Setting(SettingError),
    /// A tag that no line of the protocol can carry.
    BadTag {
        /// The tag.
        tag: String,
    },
    /// This system has no such thing.
    Unsupported {
        /// What was asked for.
        what: &'static str,
    },
    /// Anything else that the system reports.
    System {
        /// What was tried.
        what: String,
        /// What the system says.
        source: io::Error,
    },
}

impl StartError {
    /// The error of a UDP socket on `address`.
    pub(crate) fn udp(address: SocketAddr, source: io::Error) -> StartError {
        match source.kind() {
            io::ErrorKind::AddrInUse => StartError::PortInUse { address },
            io::ErrorKind::AddrNotAvailable => StartError::AddressNotAvailable { address },
            io::ErrorKind::PermissionDenied => StartError::Permission { place: address.to_string() },
            _ => StartError::System { what: format!("cannot listen on UDP {address}"), source },
        }
    }

    /// The error of a Unix socket at `path`.
    #[cfg(unix)]
    pub(crate) fn path(path: &Path, source: io::Error) -> StartError {
        match source.kind() {
            io::ErrorKind::NotFound => StartError::NoDirectory { path: path.to_owned() },
            io::ErrorKind::InvalidInput => StartError::BadPath { path: path.to_owned() },
            io::ErrorKind::PermissionDenied => StartError::Permission { place: path.display().to_string() },
            io::ErrorKind::AddrInUse => StartError::PathInUse { path: path.to_owned() },
            _ => StartError::System { what: format!("cannot listen on {}", path.display()), source },
        }
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StartError::NoListener => f.write_str("there is nothing to listen on: give a UDP address or a socket path"),
            StartError::BadAddress { text, source } => {
                write!(f, "'{text}' is not an address to listen on: {}", Said(source))
            }
            StartError::PortInUse { address } => {
                write!(f, "UDP port {} on {} is already in use by another program", address.port(), address.ip())
            }
            StartError::AddressNotAvailable { address } => {
                write!(f, "cannot listen on UDP {address}: this machine does not have the address {}", address.ip())
            }
            StartError::PathInUse { path } => {
                write!(f, "another program is already listening on the socket {}", path.display())
            }
            StartError::NotASocket { path } => {
                write!(f, "{} exists and is not a socket; it is left as it is", path.display())
            }
            StartError::NoDirectory { path } => {
                let directory = path.parent().unwrap_or(Path::new("."));
                write!(
                    f,
                    "cannot make the socket {}: the directory {} does not exist",
                    path.display(),
                    directory.display()
                )
            }
            StartError::BadPath { path } => {
                write!(f, "{} cannot be the path of a socket: it is too long or has a NUL in it", path.display())
            }
            StartError::Permission { place } => write!(f, "no permission to listen on {place}"),
            StartError::Setting(error) => fmt::Display::fmt(error, f),
            StartError::BadTag { tag } => {
                write!(
                    f,
                    "'{}' cannot be a tag: it is empty or has a ',', a '|' or a newline in it",
                    tag.escape_default()
                )
            }
            StartError::Unsupported { what } => write!(f, "{what}: this system does not have it"),
            StartError::System { what, source } => write!(f, "{what}: {}", Said(source)),
        }
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            StartError::BadAddress { source, .. } | StartError::System { source, .. } => Some(source),
            _ => None,
        }
    }
}
