//! From an address to its transport.

use super::{Transport, TransportOptions, Udp};
use crate::client::address::{Address, AddressError, AddressProblem};

impl Address {
    /// The transport to this address; nothing is opened or looked up before it is used.
    ///
    /// # Errors
    ///
    /// - [`AddressProblem::BadPath`]: no socket can have this path;
    /// - [`AddressProblem::Unsupported`]: this system has no such thing.
    pub fn open(&self, options: &TransportOptions) -> Result<Box<dyn Transport>, AddressError> {
        let transport: Result<Box<dyn Transport>, AddressProblem> = match self {
            Address::Udp { host, port } => Ok(Box::new(Udp::new(host, *port, options))),
            #[cfg(unix)]
            Address::Unix(path) => check(path).map(|path| Box::new(super::Unix::new(path, options)) as _),
            #[cfg(unix)]
            Address::UnixDatagram(path) => {
                check(path).map(|path| Box::new(super::UnixDatagramTransport::new(path, options)) as _)
            }
            #[cfg(unix)]
            Address::UnixStream(path) => {
                check(path).map(|path| Box::new(super::UnixStreamTransport::new(path, options)) as _)
            }
            #[cfg(not(unix))]
            Address::Unix(_) | Address::UnixDatagram(_) | Address::UnixStream(_) => {
                Err(AddressProblem::Unsupported("Unix sockets"))
            }
            #[cfg(windows)]
            Address::NamedPipe(name) => Ok(Box::new(super::NamedPipe::new(name, options))),
            #[cfg(not(windows))]
            Address::NamedPipe(_) => Err(AddressProblem::Unsupported("named pipes of Windows")),
        };
        transport.map_err(|problem| AddressError { text: self.to_string(), problem })
    }
}

/// Whether a socket can have this path.
#[cfg(unix)]
fn check(path: &std::path::Path) -> Result<&std::path::Path, AddressProblem> {
    socket2::SockAddr::unix(path).map(|_| path).map_err(|_| AddressProblem::BadPath)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::client::TransportKind;

    #[test]
    fn every_address_has_its_transport() {
        for (text, kind) in [
            ("udp://h:1", TransportKind::Udp),
            ("unix:///s", TransportKind::UnixDatagram),
            ("unixgram:///s", TransportKind::UnixDatagram),
            ("unixstream:///s", TransportKind::UnixStream),
        ] {
            let transport = text.parse::<Address>().unwrap().open(&TransportOptions::default()).unwrap();
            assert_eq!(transport.kind(), kind);
        }
    }

    #[test]
    fn an_address_that_cannot_work_here_is_an_error_that_says_so() {
        let long = format!("unix:///{}", "x".repeat(200));
        for (text, end) in [
            (long.as_str(), "the path is longer than the system allows for a socket, or has a NUL in it"),
            (r"\\.\pipe\dsd", "this system has no named pipes of Windows"),
        ] {
            let error = text.parse::<Address>().unwrap().open(&TransportOptions::default()).err().unwrap();
            assert!(error.to_string().ends_with(end), "{error}");
        }
    }
}
