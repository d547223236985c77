//! UDP over IPv4 and IPv6, from a connected socket.
//!
//! A name is looked up off the caller's thread when the first datagram is sent, at intervals
//! ([`TransportOptions::lookup_every`]) and after errors; the socket changes only if its address is no longer among the
//! answers. `localhost` is not looked up: it is 127.0.0.1, and `[::1]` where there is no IPv4.
//!
//! If nobody listens, the host says so of an earlier datagram, by an error of the next one. The next one is sent
//! again at once, and the earlier one is counted ([`TransportCounters::refused`]). For the last one there is
//! [`Transport::listen_for_refusal`].

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, Socket, Type};

use super::link::Link;
use super::name::Name;
use super::{SendError, Sent, Transport, TransportCounters, TransportKind, TransportOptions};
use crate::client::sys::{self, Segmentation};

/// Datagrams over UDP.
pub struct Udp {
    peer: Peer,
    link: Link<Connected>,
    send_buffer: usize,
    segmentation: Segmentation,
    refused: AtomicU64,
    /// How many of them are known to the name.
    refused_told: u64,
}

enum Peer {
    Known(Vec<SocketAddr>),
    Name(Box<Name>),
}

struct Connected {
    socket: Socket,
    address: SocketAddr,
}

impl Udp {
    /// To `host`, a name or an address without brackets, and `port`.
    pub fn new(host: &str, port: u16, options: &TransportOptions) -> Udp {
        let peer = if host.eq_ignore_ascii_case("localhost") {
            let hosts = [IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST)];
            Peer::Known(hosts.map(|host| SocketAddr::new(host, port)).to_vec())
        } else if let Ok(host) = host.parse::<IpAddr>() {
            Peer::Known(vec![SocketAddr::new(host, port)])
        } else {
            let lookup = options.lookup.clone();
            Peer::Name(Box::new(Name::new(host.to_owned(), port, lookup, options.lookup_every, options.seed)))
        };
        Udp {
            peer,
            link: Link::new(options.retry, options.seed),
            send_buffer: options.send_buffer,
            segmentation: if options.segmentation { Segmentation::On } else { Segmentation::Off },
            refused: AtomicU64::new(0),
            refused_told: 0,
        }
    }

    /// The address that datagrams go to, once there is one.
    pub fn peer(&self) -> Option<SocketAddr> {
        self.link.get().map(|connected| connected.address)
    }

    /// Leaves an address that the name does not have any more.
    fn refresh(&mut self, now: Instant) {
        let Peer::Name(name) = &mut self.peer else { return };
        let had_none = name.addresses().is_empty();
        if name.refresh(now) {
            follow(name, had_none, &mut self.link);
        }
    }

    fn send_all(&mut self, datagrams: &[&[u8]], now: Instant) -> Sent {
        self.refresh(now);
        let Udp { peer, link, send_buffer, segmentation, refused, refused_told } = self;
        let refused = refused.get_mut();
        let mut count = 0;
        let result = link.with(
            now,
            || connect(peer, *send_buffer),
            |connected| send_past_refusals(&connected.socket, datagrams, &mut count, segmentation, refused),
        );
        let disconnected = matches!(result, Err(SendError::Disconnected { .. }));
        if let Peer::Name(name) = peer
            && (disconnected || *refused > *refused_told)
        {
            name.hurry();
        }
        *refused_told = *refused;
        Sent { count, error: result.err() }
    }
}

impl Transport for Udp {
    fn kind(&self) -> TransportKind {
        TransportKind::Udp
    }

    fn send(&mut self, datagram: &[u8], now: Instant) -> Result<(), SendError> {
        if datagram.is_empty() {
            return Ok(());
        }
        self.send_all(&[datagram], now).error.map_or(Ok(()), Err)
    }

    fn send_shared(&self, datagram: &[u8]) -> Option<Result<(), SendError>> {
        if let Peer::Name(name) = &self.peer
            && !name.rests(Instant::now())
        {
            return None;
        }
        self.link.try_shared(|connected| {
            sys::send(&connected.socket, datagram).inspect_err(|error| {
                // The error is of an earlier datagram; `send` sends this one.
                if is_refusal(error) {
                    self.refused.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
    }

    fn send_batch(&mut self, datagrams: &[&[u8]], now: Instant) -> Sent {
        self.send_all(datagrams, now)
    }

    fn maintain(&mut self, now: Instant) -> Option<Instant> {
        self.refresh(now);
        match &self.peer {
            Peer::Known(_) => None,
            Peer::Name(name) => name.due(),
        }
    }

    fn wait(&mut self, timeout: Duration) {
        if let Some(connected) = self.link.get() {
            return sys::wait_writable(&connected.socket, timeout);
        }
        let now = Instant::now();
        self.refresh(now);
        if let Peer::Name(name) = &mut self.peer
            && name.addresses().is_empty()
            && name.wait(timeout, now)
        {
            return follow(name, true, &mut self.link);
        }
        std::thread::sleep(timeout.min(Duration::from_millis(1)));
    }

    fn listen_for_refusal(&mut self, timeout: Duration) {
        let Some(connected) = self.link.get() else { return };
        sys::wait_for_error(&connected.socket, timeout);
        if let Ok(Some(_)) = connected.socket.take_error() {
            *self.refused.get_mut() += 1;
        }
    }

    fn counters(&self) -> TransportCounters {
        let refused = self.refused.load(Ordering::Relaxed);
        TransportCounters { connections: self.link.connections(), refused, cut: 0 }
    }
}

/// The name has other addresses: a socket that is connected to none of them is closed.
fn follow(name: &Name, had_none: bool, link: &mut Link<Connected>) {
    if link.get().is_some_and(|connected| !name.addresses().contains(&connected.address)) {
        link.close();
    }
    if had_none && !name.addresses().is_empty() {
        link.hurry();
    }
}

/// A socket to the first address that the system has a way to.
fn connect(peer: &Peer, send_buffer: usize) -> io::Result<Connected> {
    let addresses = match peer {
        Peer::Known(addresses) => addresses,
        Peer::Name(name) if name.addresses().is_empty() => return Err(name.reason()),
        Peer::Name(name) => name.addresses(),
    };
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for &address in addresses {
        match connect_to(address, send_buffer) {
            Ok(socket) => return Ok(Connected { socket, address }),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn connect_to(address: SocketAddr, send_buffer: usize) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_nonblocking(true)?;
    raise_send_buffer(&socket, send_buffer);
    socket.connect(&address.into())?;
    Ok(socket)
}

/// Makes the kernel's buffer `least` bytes long if it is shorter; a system that refuses keeps what it has.
pub(super) fn raise_send_buffer(socket: &Socket, least: usize) {
    if socket.send_buffer_size().is_ok_and(|size| size < least) {
        let _ = socket.set_send_buffer_size(least);
    }
}

/// Whether an error says that nobody listened for an earlier datagram.
fn is_refusal(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset)
}

/// Sends, and sends once more if the error was the refusal of an earlier datagram.
fn send_past_refusals(
    socket: &Socket,
    datagrams: &[&[u8]],
    count: &mut usize,
    segmentation: &mut Segmentation,
    refused: &mut u64,
) -> io::Result<()> {
    let mut stopped_at = None;
    loop {
        let result = sys::send_all(socket, datagrams, count, segmentation);
        let Err(error) = result else { return Ok(()) };
        if !is_refusal(&error) || stopped_at == Some(*count) {
            return Err(error);
        }
        *refused += 1;
        stopped_at = Some(*count);
    }
}
