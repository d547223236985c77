//! Datagram sockets that send at once, from the calling thread: one system call a datagram, no callback.

use std::cell::RefCell;
use std::io::{Error, ErrorKind};
use std::net::{IpAddr, SocketAddr, UdpSocket};

use napi::{Env, Result, bindgen_prelude::Object, sys};
use napi_derive::napi;

use crate::raw::{self, Call};

enum Socket {
    Udp(UdpSocket),
    #[cfg(unix)]
    Unix(std::os::unix::net::UnixDatagram),
}

impl Socket {
    fn send(&self, datagram: &[u8]) -> std::io::Result<usize> {
        match self {
            // A refusal is the answer to an earlier datagram; this one was not sent.
            Socket::Udp(socket) => match socket.send(datagram) {
                Err(error) if error.kind() == ErrorKind::ConnectionRefused => socket.send(datagram),
                sent => sent,
            },
            #[cfg(unix)]
            Socket::Unix(socket) => socket.send(datagram),
        }
    }
}

thread_local! {
    /// The sockets of this isolate; the place is the number that JavaScript has.
    static SOCKETS: RefCell<Vec<Option<Socket>>> = const { RefCell::new(Vec::new()) };
}

fn keep(socket: Socket) -> i32 {
    SOCKETS.with_borrow_mut(|sockets| {
        let place = sockets.iter().position(Option::is_none).unwrap_or(sockets.len());
        if place == sockets.len() {
            sockets.push(None);
        }
        sockets[place] = Some(socket);
        i32::try_from(place).unwrap_or(i32::MAX)
    })
}

/// An error as a negative number of the system.
fn number(error: &Error) -> i32 {
    -error.raw_os_error().unwrap_or(i32::MAX)
}

fn open_udp(host: IpAddr, port: u16) -> std::io::Result<Socket> {
    let any: SocketAddr = if host.is_ipv4() { ([0, 0, 0, 0], 0).into() } else { ([0u16; 8], 0).into() };
    let socket = UdpSocket::bind(any)?;
    socket.set_nonblocking(true)?;
    socket.connect((host, port))?;
    Ok(Socket::Udp(socket))
}

/// A socket to an IP address and port: its number, or a negative error of the system.
#[napi]
pub(crate) fn udp_socket(host: String, port: u16) -> i32 {
    let Ok(host) = host.parse() else { return -1 };
    open_udp(host, port).map_or_else(|error| number(&error), keep)
}

#[cfg(unix)]
fn open_unix(path: &str) -> std::io::Result<Socket> {
    let socket = std::os::unix::net::UnixDatagram::unbound()?;
    socket.set_nonblocking(true)?;
    socket.connect(path)?;
    Ok(Socket::Unix(socket))
}

/// A socket to a path: its number, or a negative error of the system.
#[cfg(unix)]
#[napi]
pub(crate) fn unix_socket(path: String) -> i32 {
    open_unix(&path).map_or_else(|error| number(&error), keep)
}

/// Closes a socket; its number may be another's afterwards.
#[napi]
pub(crate) fn close_socket(socket: u32) {
    SOCKETS.with_borrow_mut(|sockets| {
        if let Some(place) = sockets.get_mut(socket as usize) {
            *place = None;
        }
    });
}

/// The container of this process without the marks of its kind, for the `c:` field of hot-shots.
#[napi]
pub(crate) fn container_id() -> Option<String> {
    let id = basenji::client::container_id(std::path::Path::new("/"))?;
    Some(id.strip_prefix("ci-").map_or(id.clone(), str::to_owned))
}

/// `sendText(socket, text)`: 0, or a negative error of the system.
unsafe extern "C" fn send_text(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: Node calls with what is live.
    let call = unsafe { Call::<2>::new(env, info) };
    call.result(call.text(1, |datagram| send(call.index(0), datagram)))
}

/// Sends a datagram: 0, or a negative error of the system.
pub(crate) fn send(socket: u32, datagram: &[u8]) -> i32 {
    SOCKETS.with_borrow(|sockets| match sockets.get(socket as usize) {
        Some(Some(socket)) => socket.send(datagram).map_or_else(|error| number(&error), |_| 0),
        _ => i32::MIN,
    })
}

/// Adds what is called for each datagram.
pub(crate) fn export(env: &Env, exports: &Object<'_>) -> Result<()> {
    raw::export(env, exports, c"sendText", send_text)
}
