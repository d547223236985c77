//! Where a client sends to, as text.
//!
//! | text | means |
//! | --- | --- |
//! | `udp://host:port`, `host:port`, `udp://host`, `host` | UDP; port 8125 if there is none |
//! | `udp://[::1]:8125`, `[::1]:8125`, `[::1]` | UDP to an IPv6 address, which stands in brackets |
//! | `unix:///path`, `/path` | a Unix socket: of datagrams, or a stream if that is what is there |
//! | `unixgram:///path` | a Unix socket of datagrams |
//! | `unixstream:///path` | a Unix stream |
//! | `\\.\pipe\name` | a Windows named pipe |
//!
//! Nothing is looked up and nothing is opened here: a name may not exist, and a socket may not be there yet.

mod environment;

use std::fmt;
use std::net::Ipv6Addr;
use std::path::PathBuf;
use std::str::FromStr;

pub use environment::{Environment, EnvironmentProblem};

/// The port of DogStatsD.
pub const DEFAULT_PORT: u16 = 8125;

/// How the name of every named pipe begins.
const PIPE: &str = r"\\.\pipe\";

/// Where a client sends to.
///
/// ```
/// use basenji::client::Address;
///
/// let address: Address = "agent.local:8126".parse().unwrap();
/// assert_eq!(address, Address::Udp { host: "agent.local".into(), port: 8126 });
/// assert_eq!(address.to_string(), "udp://agent.local:8126");
/// let error = "tcp://agent:1".parse::<Address>().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "'tcp://agent:1' is not an address to send to: there is no 'tcp://', \
///      only udp://, unix://, unixgram:// and unixstream://"
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Address {
    /// UDP.
    Udp {
        /// A name, an IPv4 address, or an IPv6 address without brackets.
        host: String,
        /// The port, not 0.
        port: u16,
    },
    /// A Unix socket of either type; one of datagrams is tried first.
    Unix(PathBuf),
    /// A Unix socket of datagrams.
    UnixDatagram(PathBuf),
    /// A Unix stream, in which a length stands before each datagram.
    UnixStream(PathBuf),
    /// A Windows named pipe: `\\.\pipe\` and its name.
    NamedPipe(String),
}

impl Address {
    /// Reads an address as [`FromStr`] does, with another port for UDP addresses that name none.
    ///
    /// # Errors
    ///
    /// [`AddressError`], which says what is wrong with `text`.
    pub fn parse(text: &str, default_port: u16) -> Result<Address, AddressError> {
        parse(text.trim(), default_port).map_err(|problem| AddressError { text: text.to_owned(), problem })
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Address, AddressError> {
        Address::parse(text, DEFAULT_PORT)
    }
}

/// In the form with a scheme, which [`FromStr`] reads.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Udp { host, port } if host.contains(':') => write!(f, "udp://[{host}]:{port}"),
            Address::Udp { host, port } => write!(f, "udp://{host}:{port}"),
            Address::Unix(path) => write!(f, "unix://{}", path.display()),
            Address::UnixDatagram(path) => write!(f, "unixgram://{}", path.display()),
            Address::UnixStream(path) => write!(f, "unixstream://{}", path.display()),
            Address::NamedPipe(name) => f.write_str(name),
        }
    }
}

/// Text that is not an address, or an address that nothing can be sent to from this system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressError {
    /// The address as it was given.
    pub text: String,
    /// What is wrong with it.
    pub problem: AddressProblem,
}

/// What is wrong with an address.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AddressProblem {
    /// There is no text.
    Empty,
    /// The scheme is not one of ours.
    Scheme(String),
    /// No host stands before the port.
    NoHost,
    /// A character that no host has.
    HostCharacter(char),
    /// An IPv6 address without brackets, or brackets without an IPv6 address.
    Brackets,
    /// Not a number from 1 to 65535.
    Port(String),
    /// No path stands behind the scheme.
    NoPath,
    /// The path is longer than the system allows for a socket (107 bytes on Linux), or has a NUL in it.
    BadPath,
    /// No name stands behind `\\.\pipe\`.
    NoPipeName,
    /// This system has no such thing.
    Unsupported(&'static str),
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}' is not an address to send to: {}", self.text.escape_debug(), self.problem)
    }
}

impl std::error::Error for AddressError {}

impl fmt::Display for AddressProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AddressProblem::Empty => f.write_str("it is empty"),
            AddressProblem::Scheme(scheme) => write!(
                f,
                "there is no '{}://', only udp://, unix://, unixgram:// and unixstream://",
                scheme.escape_debug()
            ),
            AddressProblem::NoHost => f.write_str("it has no host"),
            AddressProblem::HostCharacter(character) => {
                write!(f, "a host has no '{}' in it", character.escape_debug())
            }
            AddressProblem::Brackets => f.write_str("an IPv6 address is written in brackets, as in [::1]:8125"),
            AddressProblem::Port(port) => {
                write!(f, "the port '{}' is not a number from 1 to 65535", port.escape_debug())
            }
            AddressProblem::NoPath => f.write_str("it has no path"),
            AddressProblem::BadPath => {
                f.write_str("the path is longer than the system allows for a socket, or has a NUL in it")
            }
            AddressProblem::NoPipeName => f.write_str(r"no name stands behind \\.\pipe\"),
            AddressProblem::Unsupported(what) => write!(f, "this system has no {what}"),
        }
    }
}

fn parse(text: &str, default_port: u16) -> Result<Address, AddressProblem> {
    if text.is_empty() {
        return Err(AddressProblem::Empty);
    }
    if let Some(name) = text.strip_prefix(PIPE) {
        return if name.is_empty() { Err(AddressProblem::NoPipeName) } else { Ok(Address::NamedPipe(text.to_owned())) };
    }
    let Some((scheme, rest)) = text.split_once("://") else {
        return if text.starts_with('/') { Ok(Address::Unix(text.into())) } else { udp(text, default_port) };
    };
    let path = || if rest.is_empty() { Err(AddressProblem::NoPath) } else { Ok(PathBuf::from(rest)) };
    match scheme.to_ascii_lowercase().as_str() {
        "udp" => udp(rest.strip_suffix('/').unwrap_or(rest), default_port),
        "unix" => path().map(Address::Unix),
        "unixgram" => path().map(Address::UnixDatagram),
        "unixstream" => path().map(Address::UnixStream),
        _ => Err(AddressProblem::Scheme(scheme.to_owned())),
    }
}

/// `host`, `host:port`, `[v6]` or `[v6]:port`.
fn udp(text: &str, default_port: u16) -> Result<Address, AddressProblem> {
    let (host, port) = match text.strip_prefix('[') {
        Some(bracketed) => {
            let (host, rest) = bracketed.split_once(']').ok_or(AddressProblem::Brackets)?;
            // A zone may follow the address: fe80::1%eth0.
            if host.split('%').next().and_then(|address| address.parse::<Ipv6Addr>().ok()).is_none() {
                return Err(AddressProblem::Brackets);
            }
            let port = match rest.strip_prefix(':') {
                Some(port) => Some(port),
                None if rest.is_empty() => None,
                None => return Err(AddressProblem::Brackets),
            };
            (host, port)
        }
        None => match text.split_once(':') {
            Some((_, rest)) if rest.contains(':') => return Err(AddressProblem::Brackets),
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    let port = port.map_or(Ok(default_port), parse_port)?;
    if host.is_empty() {
        return Err(AddressProblem::NoHost);
    }
    let unfit = |&character: &char| {
        character.is_whitespace() || character.is_control() || matches!(character, '/' | '@' | '?' | '#' | '|' | '\\')
    };
    match host.chars().find(unfit) {
        Some(character) => Err(AddressProblem::HostCharacter(character)),
        None => Ok(Address::Udp { host: host.to_owned(), port }),
    }
}

/// A number from 1 to 65535.
pub(crate) fn parse_port(text: &str) -> Result<u16, AddressProblem> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse() {
        Ok(port) if digits && port != 0 => Ok(port),
        _ => Err(AddressProblem::Port(text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn udp(host: &str, port: u16) -> Address {
        Address::Udp { host: host.to_owned(), port }
    }

    #[test]
    fn every_form_is_read_and_its_display_reads_as_the_same() {
        for (text, expected) in [
            ("udp://localhost:1", udp("localhost", 1)),
            ("udp://localhost", udp("localhost", 8125)),
            ("udp://localhost:65535/", udp("localhost", 65535)),
            ("UDP://h:1", udp("h", 1)),
            (" 10.0.0.1:8126\n", udp("10.0.0.1", 8126)),
            ("agent", udp("agent", 8125)),
            ("[::1]:8126", udp("::1", 8126)),
            ("udp://[::1]", udp("::1", 8125)),
            ("[fe80::1%eth0]:1", udp("fe80::1%eth0", 1)),
            ("unix:///var/run/datadog/dsd.socket", Address::Unix("/var/run/datadog/dsd.socket".into())),
            ("unix://relative", Address::Unix("relative".into())),
            ("/var/run/dsd.socket", Address::Unix("/var/run/dsd.socket".into())),
            ("unixgram:///a b", Address::UnixDatagram("/a b".into())),
            ("unixstream:///s", Address::UnixStream("/s".into())),
            (r"\\.\pipe\dsd", Address::NamedPipe(r"\\.\pipe\dsd".into())),
        ] {
            let address: Address = text.parse().unwrap();
            assert_eq!(address, expected, "{text}");
            assert_eq!(address.to_string().parse(), Ok(address), "{text}");
        }
    }

    #[test]
    fn an_error_says_what_is_wrong_and_where() {
        for (text, message) in [
            ("", "'' is not an address to send to: it is empty"),
            ("h:0", "'h:0' is not an address to send to: the port '0' is not a number from 1 to 65535"),
            ("h:+1", "'h:+1' is not an address to send to: the port '+1' is not a number from 1 to 65535"),
            ("h:", "'h:' is not an address to send to: the port '' is not a number from 1 to 65535"),
            ("udp://:1", "'udp://:1' is not an address to send to: it has no host"),
            ("a b:1", "'a b:1' is not an address to send to: a host has no ' ' in it"),
            ("u@h:1", "'u@h:1' is not an address to send to: a host has no '@' in it"),
            (
                "::1:8125",
                "'::1:8125' is not an address to send to: an IPv6 address is written in brackets, as in [::1]:8125",
            ),
            ("unix://", "'unix://' is not an address to send to: it has no path"),
            (r"\\.\pipe\", r"'\\\\.\\pipe\\' is not an address to send to: no name stands behind \\.\pipe\"),
        ] {
            assert_eq!(text.parse::<Address>().unwrap_err().to_string(), message);
        }
        for text in ["[::1]x", "[name]:1", "[::1", "h:1:2", "udp://h/path", "tcp://h:1"] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }

    #[test]
    fn another_default_port_holds_for_addresses_without_one() {
        assert_eq!(Address::parse("udp://h", 7), Ok(udp("h", 7)));
        assert_eq!(Address::parse("udp://h:8", 7), Ok(udp("h", 8)));
    }
}
