//! Waiting for room in a socket, and for its errors.

use std::time::Duration;

use socket2::Socket;

/// Waits until `socket` takes bytes again, or is broken, at most `timeout`; an interruption ends it, too.
///
/// On Linux a Unix socket of datagrams becomes writable when its receiver has read one.
#[cfg(unix)]
pub(crate) fn wait_writable(socket: &Socket, timeout: Duration) {
    wait(socket, libc::POLLOUT, timeout);
}

/// Waits until `socket` has an error to tell, at most `timeout`; an interruption ends it, too.
#[cfg(unix)]
pub(crate) fn wait_for_error(socket: &Socket, timeout: Duration) {
    // Errors are told without being asked for.
    wait(socket, 0, timeout);
}

#[cfg(unix)]
fn wait(socket: &Socket, events: libc::c_short, timeout: Duration) {
    use std::os::fd::AsRawFd;
    let mut descriptor = libc::pollfd { fd: socket.as_raw_fd(), events, revents: 0 };
    // A wait of less than a millisecond is one, so that nobody spins.
    let millis = timeout.as_millis().clamp(1, i32::MAX as u128) as libc::c_int;
    // SAFETY: the pointer is that of one structure on this stack.
    unsafe { libc::poll(&mut descriptor, 1, millis) };
}

/// Waits a millisecond at most: this system's sockets are nearly always writable.
#[cfg(not(unix))]
pub(crate) fn wait_writable(_: &Socket, timeout: Duration) {
    std::thread::sleep(timeout.min(Duration::from_millis(1)));
}

/// Waits `timeout`: this system tells of an error only when it is asked.
#[cfg(not(unix))]
pub(crate) fn wait_for_error(_: &Socket, timeout: Duration) {
    std::thread::sleep(timeout);
}
