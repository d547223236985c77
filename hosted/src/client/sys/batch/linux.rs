//! Many datagrams a call: `sendmmsg`, and UDP segmentation for those of one length.

use std::io;
use std::mem::{size_of, zeroed};
use std::os::fd::AsRawFd;
use std::ptr;

use socket2::Socket;

use super::{FLAGS, Segmentation};
use crate::client::sys::uninterrupted;

/// Most datagrams a call, and most segments of one: what every kernel that knows UDP_SEGMENT takes.
const SLOTS: usize = 64;

/// Longest payload over IPv4, which segments must fit in together.
const LONGEST: usize = 65_507;

/// Space for one control message of two bytes, aligned as its header asks.
type Control = [u64; 3];

/// Sends the datagrams from number `done` on, in order, and moves `done` behind each that is sent.
///
/// A run of datagrams of one length, of which the last may be shorter, leaves as one if `segmentation` is on. It is turned
/// off when the system refuses it: an old kernel, a path whose MTU is shorter than the datagrams.
///
/// # Errors
///
/// Why datagram number `done` was not sent: what the system call reports, interruption excepted.
pub(crate) fn send_all(
    socket: &Socket,
    datagrams: &[&[u8]],
    done: &mut usize,
    segmentation: &mut Segmentation,
) -> io::Result<()> {
    loop {
        let rest = datagrams.get(*done..).unwrap_or_default();
        let rest = rest.get(..SLOTS).unwrap_or(rest);
        match rest {
            [] => return Ok(()),
            [datagram] => {
                super::send(socket, datagram)?;
                *done += 1;
            }
            _ => match send_some(socket, rest, *segmentation) {
                Ok(count) => *done += count,
                Err(error) if *segmentation == Segmentation::On && refuses_segments(&error) => {
                    *segmentation = Segmentation::Off;
                }
                Err(error) => return Err(error),
            },
        }
    }
}

/// Sends up to [`SLOTS`] datagrams with one call; returns how many.
fn send_some(socket: &Socket, datagrams: &[&[u8]], segmentation: Segmentation) -> io::Result<usize> {
    let mut parts = [libc::iovec { iov_base: ptr::null_mut(), iov_len: 0 }; SLOTS];
    for (part, datagram) in parts.iter_mut().zip(datagrams) {
        *part = libc::iovec { iov_base: datagram.as_ptr().cast_mut().cast(), iov_len: datagram.len() };
    }
    // SAFETY: all-zero bytes are a value of this C structure.
    let mut headers: [libc::mmsghdr; SLOTS] = unsafe { zeroed() };
    let mut controls = [Control::default(); SLOTS];
    let mut runs = [0usize; SLOTS];
    let mut count = 0;
    let mut rest = datagrams;
    let mut parts = &mut parts[..];
    for ((header, control), run) in headers.iter_mut().zip(&mut controls).zip(&mut runs) {
        let Some(first) = rest.first() else { break };
        let len = if segmentation == Segmentation::On { segments(rest) } else { 1 };
        let (now, later) = parts.split_at_mut(len.min(parts.len()));
        (rest, parts) = (rest.get(len..).unwrap_or_default(), later);
        header.msg_hdr.msg_iov = now.as_mut_ptr();
        header.msg_hdr.msg_iovlen = now.len() as _;
        if len > 1 {
            set_segment(&mut header.msg_hdr, control, first.len());
        }
        *run = len;
        count += 1;
    }
    let sent = uninterrupted(|| {
        // SAFETY: the first `count` headers point to parts and control space of this stack frame, whose parts point to the
        // datagrams, which the kernel only reads.
        let sent = unsafe { libc::sendmmsg(socket.as_raw_fd(), headers.as_mut_ptr(), count, FLAGS as _) };
        usize::try_from(sent).map_err(|_| io::Error::last_os_error())
    })?;
    Ok(runs.iter().take(sent).sum())
}

/// How many datagrams from the first on can leave as one: of one length, but for a last that is shorter.
fn segments(datagrams: &[&[u8]]) -> usize {
    let Some(segment) = datagrams.first().map(|first| first.len()).filter(|len| *len > 0) else { return 1 };
    let mut count = 0;
    let mut bytes = 0;
    for datagram in datagrams.iter().take(SLOTS) {
        bytes += datagram.len();
        if datagram.len() > segment || datagram.is_empty() || bytes > LONGEST {
            break;
        }
        count += 1;
        if datagram.len() < segment {
            break;
        }
    }
    count.max(1)
}

/// Has the payload of `header` cut into segments of `len` bytes.
fn set_segment(header: &mut libc::msghdr, control: &mut Control, len: usize) {
    let len = len as u16;
    header.msg_control = control.as_mut_ptr().cast();
    // SAFETY: CMSG_SPACE and CMSG_LEN compute numbers; the control space has room for one message of two bytes
    // (asserted below), so that CMSG_FIRSTHDR returns its start and CMSG_DATA the place of the two bytes in it.
    unsafe {
        header.msg_controllen = libc::CMSG_SPACE(size_of::<u16>() as libc::c_uint) as _;
        let message = libc::CMSG_FIRSTHDR(header);
        (*message).cmsg_level = libc::SOL_UDP;
        (*message).cmsg_type = libc::UDP_SEGMENT;
        (*message).cmsg_len = libc::CMSG_LEN(size_of::<u16>() as libc::c_uint) as _;
        libc::CMSG_DATA(message).cast::<u16>().write_unaligned(len);
    }
}

// SAFETY: CMSG_SPACE computes a number.
const _: () = assert!(unsafe { libc::CMSG_SPACE(size_of::<u16>() as libc::c_uint) } as usize <= size_of::<Control>());

/// Whether the system may refuse a datagram for its segments where it would send them one by one.
fn refuses_segments(error: &io::Error) -> bool {
    let codes = [libc::EINVAL, libc::EIO, libc::EMSGSIZE, libc::EOPNOTSUPP, libc::ENOPROTOOPT];
    error.raw_os_error().is_some_and(|code| codes.contains(&code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_of_one_length_but_for_a_shorter_last() {
        for (lengths, expected) in [
            (&[5, 5, 5][..], 3),
            (&[5, 5, 3, 5], 3),
            (&[5, 6], 1),
            (&[5, 0], 1),
            (&[0, 0], 1),
            (&[40_000, 40_000], 1),
            (&[65_507], 1),
            (&[30_000, 30_000, 5_507], 3),
        ] {
            let bytes = vec![b'a'; 65_507];
            let datagrams: Vec<&[u8]> = lengths.iter().map(|len| &bytes[..*len]).collect();
            assert_eq!(segments(&datagrams), expected, "{lengths:?}");
        }
        assert_eq!(segments(&[&b"a"[..]; 100]), SLOTS);
    }
}
