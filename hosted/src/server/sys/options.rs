//! Socket options that neither std nor socket2 offer. Where a system has no such option, setting it says no and reading
//! it gives nothing.

use std::os::fd::AsFd;
#[cfg(target_os = "linux")]
use std::{
    mem::size_of,
    os::fd::{AsRawFd, BorrowedFd},
    ptr::{from_mut, from_ref},
};

/// Asks for the number of dropped datagrams with each received one (SO_RXQ_OVFL).
pub(crate) fn enable_drop_count(socket: &impl AsFd) -> bool {
    #[cfg(target_os = "linux")]
    return enable(socket, libc::SOL_SOCKET, libc::SO_RXQ_OVFL);
    #[cfg(not(target_os = "linux"))]
    return unsupported(socket);
}

/// Asks the kernel to hand over datagrams of one sender and one length as one (UDP_GRO, Linux 5.0).
pub(crate) fn enable_receive_offload(socket: &impl AsFd) -> bool {
    #[cfg(target_os = "linux")]
    return enable(socket, libc::SOL_UDP, libc::UDP_GRO);
    #[cfg(not(target_os = "linux"))]
    return unsupported(socket);
}

/// How many datagrams the socket has dropped since it was made, modulo 2^32 (SO_MEMINFO, Linux 4.12).
///
/// Unlike SO_RXQ_OVFL it needs no further datagram to arrive.
pub(crate) fn drop_count(socket: &impl AsFd) -> Option<u32> {
    #[cfg(target_os = "linux")]
    return words::<{ libc::SK_MEMINFO_DROPS as usize + 1 }>(socket.as_fd(), libc::SO_MEMINFO)?.last().copied();
    #[cfg(not(target_os = "linux"))]
    return unknown(socket);
}

/// The process that has connected this Unix stream (SO_PEERCRED); 0 if it lives in a PID namespace that is not visible
/// from here.
pub(crate) fn peer_pid(socket: &impl AsFd) -> Option<u32> {
    // The process is the first word of `ucred`.
    #[cfg(target_os = "linux")]
    return words::<3>(socket.as_fd(), libc::SO_PEERCRED)?.first().copied();
    #[cfg(not(target_os = "linux"))]
    return unknown(socket);
}

#[cfg(not(target_os = "linux"))]
fn unsupported(_: &impl AsFd) -> bool {
    false
}

#[cfg(not(target_os = "linux"))]
fn unknown(_: &impl AsFd) -> Option<u32> {
    None
}

#[cfg(target_os = "linux")]
fn enable(socket: &impl AsFd, level: libc::c_int, option: libc::c_int) -> bool {
    let on: libc::c_int = 1;
    let len = size_of::<libc::c_int>() as libc::socklen_t;
    // SAFETY: the pointer and the length are those of an integer on this stack.
    unsafe { libc::setsockopt(socket.as_fd().as_raw_fd(), level, option, from_ref(&on).cast(), len) == 0 }
}

/// The first `N` words of a socket-level option that is made of words; nothing if it has fewer.
#[cfg(target_os = "linux")]
fn words<const N: usize>(socket: BorrowedFd<'_>, option: libc::c_int) -> Option<[u32; N]> {
    let mut words = [0u32; N];
    let mut len = size_of_val(&words) as libc::socklen_t;
    // SAFETY: the pointer and the length are those of an array of integers on this stack.
    let result = unsafe {
        libc::getsockopt(socket.as_raw_fd(), libc::SOL_SOCKET, option, from_mut(&mut words).cast(), &mut len)
    };
    (result == 0 && len as usize == size_of_val(&words)).then_some(words)
}
