//! Datagrams out of a connected socket, without waiting and without signals (SIGPIPE).

#[cfg(target_os = "linux")]
mod linux;
#[cfg(test)]
mod tests;

use std::io;

use socket2::Socket;

use super::uninterrupted;

#[cfg(target_os = "linux")]
pub(crate) use linux::send_all;

/// What keeps a call from waiting and from raising SIGPIPE.
#[cfg(all(unix, not(target_vendor = "apple")))]
const FLAGS: libc::c_int = libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;

/// The sockets themselves are non-blocking, and socket2 has told them not to raise signals.
#[cfg(not(all(unix, not(target_vendor = "apple"))))]
const FLAGS: std::ffi::c_int = 0;

/// Whether datagrams of one length may leave as one that the kernel or the network card cuts up (UDP_SEGMENT, Linux
/// 4.18).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(target_os = "linux"), allow(dead_code))]
pub(crate) enum Segmentation {
    /// It is a UDP socket, and nothing has refused it.
    On,
    /// It is no UDP socket, the user has said no, or it was tried and refused.
    Off,
}

/// Sends one datagram, or to a stream what there is room for; returns how many bytes.
///
/// # Errors
///
/// What the system call reports, interruption excepted.
pub(crate) fn send(socket: &Socket, bytes: &[u8]) -> io::Result<usize> {
    uninterrupted(|| socket.send_with_flags(bytes, FLAGS))
}

/// Sends what of `parts` there is room for and returns how many bytes that was: for a stream.
///
/// # Errors
///
/// What the system call reports, interruption excepted.
#[cfg(unix)]
pub(crate) fn send_vectored(socket: &Socket, parts: &[io::IoSlice<'_>]) -> io::Result<usize> {
    uninterrupted(|| socket.send_vectored_with_flags(parts, FLAGS))
}

/// Sends the datagrams from number `done` on, in order, and moves `done` behind each that is sent.
///
/// # Errors
///
/// Why datagram number `done` was not sent: what the system call reports, interruption excepted.
#[cfg(not(target_os = "linux"))]
pub(crate) fn send_all(socket: &Socket, datagrams: &[&[u8]], done: &mut usize, _: &mut Segmentation) -> io::Result<()> {
    send_each(socket, datagrams, done)
}

/// [`send_all`], a system call each.
#[cfg(any(not(target_os = "linux"), test))]
fn send_each(socket: &Socket, datagrams: &[&[u8]], done: &mut usize) -> io::Result<()> {
    while let Some(datagram) = datagrams.get(*done) {
        send(socket, datagram)?;
        *done += 1;
    }
    Ok(())
}
