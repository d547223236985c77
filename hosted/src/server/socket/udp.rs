//! UDP over IPv4 and IPv6.
//!
//! Several workers share a port by SO_REUSEPORT: the kernel gives every sender to one of them. With one worker the
//! option stays off, and with several the port is first tried without it, so that a port in use is always noticed.

use std::io;
use std::net::SocketAddr;

use socket2::{Domain, Protocol, Socket, Type};

use super::{DatagramSocket, ListenerKind};
use crate::server::error::StartError;
use crate::server::sys::{Extras, options};

/// Binds `workers` sockets to `address`, all to the same port, also if that is 0; returns them and the address they
/// have.
///
/// `buffer` is the asked size of the kernel's buffer (SO_RCVBUF), 0 for the system's default.
pub(crate) fn bind_udp(
    address: SocketAddr,
    workers: usize,
    buffer: usize,
) -> Result<(Vec<DatagramSocket>, SocketAddr), StartError> {
    bind_all(address, workers.max(1), buffer).map_err(|source| StartError::udp(address, source))
}

fn bind_all(mut address: SocketAddr, workers: usize, buffer: usize) -> io::Result<(Vec<DatagramSocket>, SocketAddr)> {
    let shared = workers > 1;
    if shared && address.port() != 0 {
        bind(address, false, 0)?;
    }
    let mut sockets = Vec::with_capacity(workers);
    for _ in 0..workers {
        let socket = bind(address, shared, buffer)?;
        if let Some(bound) = socket.local_addr()?.as_socket() {
            address = bound;
        }
        let offload = options::enable_receive_offload(&socket);
        options::enable_drop_count(&socket);
        sockets.push(DatagramSocket {
            granted_buffer: socket.recv_buffer_size().ok(),
            socket: socket.into(),
            listener: ListenerKind::Udp,
            extras: Extras::Udp,
            offload,
        });
    }
    Ok((sockets, address))
}

fn bind(address: SocketAddr, shared: bool, buffer: usize) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    if address.is_ipv6() {
        // `[::]` takes IPv4 too, as it does on Linux by default; where a system refuses, it takes IPv6 only.
        let _ = socket.set_only_v6(false);
    }
    #[cfg(unix)]
    socket.set_reuse_port(shared)?;
    #[cfg(not(unix))]
    let _ = shared;
    if buffer > 0 {
        socket.set_recv_buffer_size(buffer)?;
    }
    socket.bind(&address.into())?;
    Ok(socket)
}

/// Connects the socket to itself, from where nothing comes: from now on the system finds no receiver for what is sent to it, and reports an error to
/// senders.
#[cfg(target_os = "linux")]
pub(super) fn shut(socket: &impl std::os::fd::AsFd) -> io::Result<()> {
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

    let socket = socket2::SockRef::from(socket);
    let mut own = socket.local_addr()?.as_socket().ok_or(io::ErrorKind::AddrNotAvailable)?;
    match own.ip() {
        IpAddr::V4(address) if address.is_unspecified() => own.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(address) if address.is_unspecified() => own.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    socket.connect(&own.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOPBACK: [&str; 2] = ["127.0.0.1:0", "[::1]:0"];

    #[test]
    fn port_0_becomes_one_port_for_all_workers() {
        for address in LOOPBACK {
            let (sockets, bound) = bind_udp(address.parse().unwrap(), 3, 0).unwrap();
            assert_eq!(sockets.len(), 3);
            assert_ne!(bound.port(), 0);
        }
    }

    #[test]
    fn a_port_in_use_is_noticed_with_one_worker_and_with_several() {
        for address in LOOPBACK {
            let (_sockets, bound) = bind_udp(address.parse().unwrap(), 2, 0).unwrap();
            for workers in [1, 2] {
                let error = bind_udp(bound, workers, 0).err().unwrap();
                assert!(matches!(error, StartError::PortInUse { address } if address == bound));
                let expected =
                    format!("UDP port {} on {} is already in use by another program", bound.port(), bound.ip());
                assert_eq!(error.to_string(), expected);
            }
        }
    }

    #[test]
    fn an_address_of_another_machine_is_named() {
        let error = bind_udp("192.0.2.1:0".parse().unwrap(), 1, 0).err().unwrap();
        let expected = "cannot listen on UDP 192.0.2.1:0: this machine does not have the address 192.0.2.1";
        assert_eq!(error.to_string(), expected);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_size_of_the_buffer_is_set_and_read_back() {
        let (sockets, _) = bind_udp("127.0.0.1:0".parse().unwrap(), 1, 20_000).unwrap();
        assert_eq!(sockets[0].granted_buffer, Some(40_000));
    }
}
