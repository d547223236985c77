//! Many datagrams a system call, into buffers that are allocated once.
//!
//! A [`Batch`] promises: no allocation after [`Batch::new`]; memory that no datagram has touched stays untouched; what
//! the kernel tells beside the bytes (sender, control messages) is decoded on demand.

use std::io;
use std::mem::size_of;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::ptr;

use super::control::{self, Ancillary};
use super::{Extras, Shape};

#[cfg(target_os = "linux")]
use libc::mmsghdr as Header;

/// What `recvmmsg` fills, for systems without it.
#[cfg(not(target_os = "linux"))]
struct Header {
    msg_hdr: libc::msghdr,
    msg_len: libc::c_uint,
}

/// Bytes between slots, so that the starts of 64 KiB slots do not share a set of the cache.
const STAGGER: usize = 2112;

/// The buffers of one socket.
pub(crate) struct Batch {
    bytes: Vec<u8>,
    stride: usize,
    slot_bytes: usize,
    name_space: libc::socklen_t,
    control_space: usize,
    names: Vec<libc::sockaddr_in6>,
    /// Point into `bytes`, `names`, `parts` and `controls`, none of which is ever resized.
    headers: Vec<Header>,
    _parts: Vec<libc::iovec>,
    _controls: Vec<control::Space>,
    /// How many of `headers` the last call has changed.
    filled: usize,
}

impl Batch {
    /// Allocates every buffer; those of the datagrams are not touched.
    pub(crate) fn new(shape: Shape) -> Batch {
        let slots = shape.slots.max(1);
        let stride = shape.bytes + STAGGER;
        let mut bytes = vec![0u8; slots * stride];
        // SAFETY: all-zero bytes are a value of this C structure.
        let mut names: Vec<libc::sockaddr_in6> = (0..slots).map(|_| unsafe { std::mem::zeroed() }).collect();
        let mut controls = vec![control::Space::default(); slots];
        let base = bytes.as_mut_ptr();
        let mut parts: Vec<libc::iovec> = (0..slots)
            .map(|slot| libc::iovec { iov_base: base.wrapping_add(slot * stride).cast(), iov_len: shape.bytes })
            .collect();
        let name_space = if shape.extras == Extras::Udp { size_of::<libc::sockaddr_in6>() } else { 0 };
        let control_space = control::space(shape.extras);
        let headers = names
            .iter_mut()
            .zip(&mut parts)
            .zip(&mut controls)
            .map(|((name, part), control)| {
                // SAFETY: all-zero bytes are a value of this C structure.
                let mut header: Header = unsafe { std::mem::zeroed() };
                if name_space > 0 {
                    header.msg_hdr.msg_name = ptr::from_mut(name).cast();
                }
                if control_space > 0 {
                    header.msg_hdr.msg_control = control.as_mut_ptr();
                }
                header.msg_hdr.msg_iov = ptr::from_mut(part);
                header.msg_hdr.msg_iovlen = 1;
                header
            })
            .collect();
        Batch {
            bytes,
            stride,
            slot_bytes: shape.bytes,
            name_space: name_space as libc::socklen_t,
            control_space,
            names,
            headers,
            _parts: parts,
            _controls: controls,
            filled: slots,
        }
    }

    /// Receives what `socket` holds, without waiting, and returns the number of datagrams; 0 if there is none.
    ///
    /// # Errors
    ///
    /// What the system call reports, interruption and "nothing there" excepted.
    pub(crate) fn receive(&mut self, socket: &impl AsFd) -> io::Result<usize> {
        #[cfg(target_os = "linux")]
        return self.receive_by(socket.as_fd(), recvmmsg);
        #[cfg(not(target_os = "linux"))]
        return self.receive_by(socket.as_fd(), recvmsg);
    }

    fn receive_by(
        &mut self,
        socket: BorrowedFd<'_>,
        call: fn(BorrowedFd<'_>, &mut [Header]) -> io::Result<usize>,
    ) -> io::Result<usize> {
        for header in self.headers.iter_mut().take(self.filled) {
            header.msg_hdr.msg_namelen = self.name_space;
            header.msg_hdr.msg_controllen = self.control_space as _;
        }
        self.filled = 0;
        loop {
            match call(socket, &mut self.headers) {
                Ok(count) => {
                    self.filled = count;
                    return Ok(count);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(0),
                Err(error) => return Err(error),
            }
        }
    }

    /// [`Batch::receive`] as systems without `recvmmsg` do it.
    #[cfg(all(test, target_os = "linux"))]
    pub(super) fn receive_by_recvmsg(&mut self, socket: &impl AsFd) -> io::Result<usize> {
        self.receive_by(socket.as_fd(), recvmsg)
    }

    /// The datagrams of the last [`Batch::receive`].
    pub(crate) fn iter(&self) -> impl Iterator<Item = RawDatagram<'_>> {
        self.headers.iter().take(self.filled).zip(&self.names).zip(self.bytes.chunks(self.stride)).map(
            |((header, name), slot)| {
                let len = (header.msg_len as usize).min(self.slot_bytes);
                RawDatagram { bytes: slot.get(..len).unwrap_or_default(), header: &header.msg_hdr, name }
            },
        )
    }
}

/// One datagram of a [`Batch`], or several of one length that were received as one.
#[derive(Clone, Copy)]
pub(crate) struct RawDatagram<'a> {
    /// The bytes, as many as fit.
    pub(crate) bytes: &'a [u8],
    header: &'a libc::msghdr,
    name: &'a libc::sockaddr_in6,
}

impl RawDatagram<'_> {
    /// Whether the kernel has cut it to the length of the buffer (MSG_TRUNC).
    pub(crate) fn is_truncated(&self) -> bool {
        self.header.msg_flags & libc::MSG_TRUNC != 0
    }

    /// What its control messages say.
    pub(crate) fn ancillary(&self) -> Ancillary {
        if self.header.msg_controllen == 0 {
            return Ancillary::default();
        }
        // SAFETY: a `RawDatagram` borrows the batch, so its headers and control space are as the last successful call has
        // left them.
        unsafe { control::read(self.header) }
    }

    /// The sender's address; of a UDP socket only.
    pub(crate) fn sender(&self) -> Option<SocketAddr> {
        if self.header.msg_namelen == 0 {
            return None;
        }
        match libc::c_int::from(self.name.sin6_family) {
            libc::AF_INET => {
                // SAFETY: `sockaddr_in` is shorter than `sockaddr_in6` and no more aligned, and every byte of the
                // latter is initialised.
                let name = unsafe { ptr::from_ref(self.name).cast::<libc::sockaddr_in>().read() };
                let address = Ipv4Addr::from(u32::from_be(name.sin_addr.s_addr));
                Some(SocketAddr::new(IpAddr::V4(address), u16::from_be(name.sin_port)))
            }
            libc::AF_INET6 => {
                let address = Ipv6Addr::from(self.name.sin6_addr.s6_addr).to_canonical();
                Some(SocketAddr::new(address, u16::from_be(self.name.sin6_port)))
            }
            _ => None,
        }
    }
}

/// Fills `headers` from the front; returns how many.
#[cfg(target_os = "linux")]
fn recvmmsg(socket: BorrowedFd<'_>, headers: &mut [Header]) -> io::Result<usize> {
    let slots = headers.len() as libc::c_uint;
    // SAFETY: every header points to buffers of the lengths it says, that live in the same `Batch`, which is borrowed
    // mutably.
    let count = unsafe {
        libc::recvmmsg(socket.as_raw_fd(), headers.as_mut_ptr(), slots, libc::MSG_DONTWAIT as _, ptr::null_mut())
    };
    usize::try_from(count).map_err(|_| io::Error::last_os_error())
}

/// The same where there is no `recvmmsg`: an error after the first datagram is left for the next call to report.
#[cfg(any(not(target_os = "linux"), test))]
fn recvmsg(socket: BorrowedFd<'_>, headers: &mut [Header]) -> io::Result<usize> {
    let mut count = 0;
    for header in headers {
        // SAFETY: the header points to buffers of the lengths it says, that live in the same `Batch`, which is borrowed
        // mutably.
        let received = unsafe { libc::recvmsg(socket.as_raw_fd(), &mut header.msg_hdr, libc::MSG_DONTWAIT) };
        match libc::c_uint::try_from(received) {
            Ok(len) => header.msg_len = len,
            Err(_) if count > 0 => break,
            Err(_) => return Err(io::Error::last_os_error()),
        }
        count += 1;
    }
    Ok(count)
}
