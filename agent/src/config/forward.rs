//! `statsd_forward_host` and `statsd_forward_port`: another server gets every datagram, as it came.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs, UdpSocket};

use super::settings::Settings;
use crate::failure::{Failure, reason};

/// What to call with each datagram, if they are to be forwarded. It waits for nothing: what the kernel does not take at
/// once is not forwarded.
///
/// # Errors
///
/// The host has no address, or there is no socket.
pub(super) fn forwarder(settings: &Settings) -> Result<Option<impl Fn(&[u8]) + Send + Sync + 'static>, Failure> {
    let (host, port) = (settings.forward_host.value.as_str(), settings.forward_port.0);
    if host.is_empty() || port == 0 {
        return Ok(None);
    }
    let port = u16::try_from(port).unwrap_or_default();
    let target = (host, port)
        .to_socket_addrs()
        .and_then(|mut addresses| addresses.next().ok_or_else(|| std::io::Error::other("the name has no address")));
    let socket = target.and_then(open);
    let socket = socket.map_err(|error| {
        let why = reason(&error);
        Failure::new(format!("cannot forward to {host}:{port} ({}): {why}", settings.forward_host.origin))
    })?;
    Ok(Some(move |datagram: &[u8]| {
        // Nobody is told, as with any UDP: the datagram has been taken in here all the same.
        let _ = socket.send(datagram);
    }))
}

fn open(target: SocketAddr) -> std::io::Result<UdpSocket> {
    let local: SocketAddr = match target {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    let socket = UdpSocket::bind(local)?;
    socket.set_nonblocking(true)?;
    socket.connect(target)?;
    Ok(socket)
}
