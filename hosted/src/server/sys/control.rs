//! Control messages: what the kernel sends along with a datagram.

use std::mem::size_of;
use std::os::fd::{FromRawFd, OwnedFd, RawFd};

use super::Extras;

/// Space for the control messages of one datagram, aligned as their header asks.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Space([u64; 8]);

impl Space {
    /// Where the kernel writes.
    pub(super) fn as_mut_ptr(&mut self) -> *mut libc::c_void {
        self.0.as_mut_ptr().cast()
    }
}

/// The bytes of control messages that a socket is given space for.
///
/// For credentials it is exactly one message, so that the kernel has no room to install descriptors that a sender
/// passes along.
pub(super) fn space(extras: Extras) -> usize {
    // SAFETY: CMSG_SPACE computes a number.
    let space = |bytes: usize| unsafe { libc::CMSG_SPACE(bytes as libc::c_uint) as usize };
    let len = match extras {
        Extras::Udp => 2 * space(size_of::<u32>()),
        Extras::Credentials => space(credentials_len()),
        Extras::None => 0,
    };
    len.min(size_of::<Space>())
}

#[cfg(target_os = "linux")]
fn credentials_len() -> usize {
    size_of::<libc::ucred>()
}

#[cfg(not(target_os = "linux"))]
fn credentials_len() -> usize {
    0
}

/// What the control messages of one datagram say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Ancillary {
    /// UDP_GRO: several datagrams of this length (the last one may be shorter) were received as one.
    pub(crate) segment: Option<usize>,
    /// SO_RXQ_OVFL: datagrams that the socket had dropped when this one was queued; absent while there are none.
    pub(crate) drops: Option<u32>,
    /// SCM_CREDENTIALS: the sender's process; 0 if it lives in a PID namespace that is not visible from here.
    pub(crate) pid: Option<u32>,
}

/// Reads the control messages that a receive call has left in `header`; descriptors among them are closed.
///
/// # Safety
///
/// `header` was filled by a successful receive call, and the control space it points to is still valid and unchanged.
pub(super) unsafe fn read(header: &libc::msghdr) -> Ancillary {
    let mut ancillary = Ancillary::default();
    // SAFETY: the header describes valid control space, says the caller.
    let mut message = unsafe { libc::CMSG_FIRSTHDR(header) };
    while !message.is_null() {
        // SAFETY: CMSG_FIRSTHDR and CMSG_NXTHDR return headers that lie whole in the control space.
        let (level, kind, len) = unsafe { ((*message).cmsg_level, (*message).cmsg_type, (*message).cmsg_len as usize) };
        // SAFETY: as above; CMSG_DATA points behind the header.
        let data = unsafe { libc::CMSG_DATA(message) };
        // SAFETY: CMSG_LEN computes a number.
        let header_len = unsafe { libc::CMSG_LEN(0) as usize };
        // SAFETY: the kernel has written `len` bytes, header included, from `message` on.
        let payload = unsafe { std::slice::from_raw_parts(data, len.saturating_sub(header_len)) };
        ancillary.take(level, kind, payload);
        // SAFETY: `message` came from this header.
        message = unsafe { libc::CMSG_NXTHDR(header, message) };
    }
    ancillary
}

impl Ancillary {
    fn take(&mut self, level: libc::c_int, kind: libc::c_int, payload: &[u8]) {
        match (level, kind) {
            #[cfg(target_os = "linux")]
            (libc::SOL_UDP, libc::UDP_GRO) => self.segment = word(payload).map(|segment| segment as usize),
            #[cfg(target_os = "linux")]
            (libc::SOL_SOCKET, libc::SO_RXQ_OVFL) => self.drops = word(payload),
            // The process is the first field of `ucred`.
            #[cfg(target_os = "linux")]
            (libc::SOL_SOCKET, libc::SCM_CREDENTIALS) => self.pid = word(payload),
            (libc::SOL_SOCKET, libc::SCM_RIGHTS) => {
                for descriptor in payload.chunks_exact(size_of::<RawFd>()).filter_map(word) {
                    // SAFETY: the kernel has just made this descriptor for us, nobody else knows it.
                    drop(unsafe { OwnedFd::from_raw_fd(descriptor as RawFd) });
                }
            }
            _ => {}
        }
    }
}

/// The first four bytes as the number that the kernel wrote.
fn word(payload: &[u8]) -> Option<u32> {
    payload.first_chunk().copied().map(u32::from_ne_bytes)
}
