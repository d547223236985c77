//! Reading a Unix stream together with who has written what is read.

use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::ptr;

use super::{Extras, control};

/// Reads what there is of a stream with SO_PASSCRED, without waiting. The kernel never hands over what two processes have
/// written as one, so the process that it names is the writer of all of it; 0 if that is not visible from here.
///
/// # Errors
///
/// What the system call reports, interruption and "nothing there" included.
pub(crate) fn receive_with_sender(stream: &UnixStream, buffer: &mut [u8]) -> io::Result<(usize, Option<u32>)> {
    let mut part = libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: buffer.len() };
    let mut space = control::Space::default();
    // SAFETY: all-zero bytes are a value of this C structure.
    let mut header: libc::msghdr = unsafe { std::mem::zeroed() };
    header.msg_iov = ptr::from_mut(&mut part);
    header.msg_iovlen = 1;
    header.msg_control = space.as_mut_ptr();
    header.msg_controllen = control::space(Extras::Credentials) as _;
    // SAFETY: the header points to `buffer` and to control space on this stack, with their lengths.
    let received = unsafe { libc::recvmsg(stream.as_raw_fd(), &mut header, libc::MSG_DONTWAIT) };
    let len = usize::try_from(received).map_err(|_| io::Error::last_os_error())?;
    // SAFETY: the call was successful, and the space it has filled is the one above.
    let ancillary = unsafe { control::read(&header) };
    Ok((len, ancillary.pid))
}
