//! The system calls on real sockets.

use std::io::Write as _;
use std::net::UdpSocket;
use std::os::fd::AsFd;
use std::os::unix::net::{UnixDatagram, UnixStream};

use super::batch::Batch;
use super::{Extras, Poller, Shape, options, wake};

fn batch(slots: usize, bytes: usize, extras: Extras) -> Batch {
    Batch::new(Shape { slots, bytes, extras })
}

fn receive(batch: &mut Batch, socket: &impl AsFd) -> Vec<Vec<u8>> {
    batch.receive(&socket).unwrap();
    batch.iter().map(|datagram| datagram.bytes.to_vec()).collect()
}

#[test]
fn a_batch_takes_what_is_there_up_to_its_slots() {
    let (sender, receiver) = UnixDatagram::pair().unwrap();
    let mut batch = batch(3, 100, Extras::None);
    assert!(receive(&mut batch, &receiver).is_empty());
    for text in ["a", "bb", "", "ccc"] {
        sender.send(text.as_bytes()).unwrap();
    }
    assert_eq!(receive(&mut batch, &receiver), [&b"a"[..], b"bb", b""]);
    assert_eq!(receive(&mut batch, &receiver), [b"ccc"]);
    assert!(receive(&mut batch, &receiver).is_empty());
}

#[test]
fn a_datagram_longer_than_its_slot_is_marked_as_cut_and_its_neighbours_are_whole() {
    let (sender, receiver) = UnixDatagram::pair().unwrap();
    let mut batch = batch(4, 4, Extras::None);
    for text in ["abcd", "abcde", "xyz"] {
        sender.send(text.as_bytes()).unwrap();
    }
    assert_eq!(receive(&mut batch, &receiver), [&b"abcd"[..], b"abcd", b"xyz"]);
    assert_eq!(batch.iter().map(|datagram| datagram.is_truncated()).collect::<Vec<_>>(), [false, true, false]);
}

#[test]
fn senders_are_known_over_both_families() {
    for address in ["127.0.0.1:0", "[::1]:0"] {
        let receiver = UdpSocket::bind(address).unwrap();
        let sender = UdpSocket::bind(address).unwrap();
        sender.send_to(b"a", receiver.local_addr().unwrap()).unwrap();
        let mut batch = batch(2, 10, Extras::Udp);
        batch.receive(&receiver).unwrap();
        let senders: Vec<_> = batch.iter().map(|datagram| datagram.sender()).collect();
        assert_eq!(senders, [Some(sender.local_addr().unwrap())]);
    }
}

#[test]
fn a_sender_over_ipv4_has_an_ipv4_address_on_a_socket_of_both_families() {
    let receiver = UdpSocket::bind("[::]:0").unwrap();
    let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
    sender.send_to(b"a", ("127.0.0.1", receiver.local_addr().unwrap().port())).unwrap();
    let mut batch = batch(2, 10, Extras::Udp);
    batch.receive(&receiver).unwrap();
    assert_eq!(batch.iter().next().unwrap().sender(), Some(sender.local_addr().unwrap()));
}

#[test]
fn polling_finds_the_ready_ones_and_passes_over_the_paused_ones() {
    let (waker, wake) = wake().unwrap();
    let (mut near, far) = UnixStream::pair().unwrap();
    let (_silent, silent) = UnixStream::pair().unwrap();
    let mut poller = Poller::new(&wake);
    poller.push(&silent);
    poller.push(&far);
    let ready = |poller: &mut Poller| {
        poller.wait().unwrap();
        [poller.is_woken(), poller.is_ready(0), poller.is_ready(1)]
    };
    waker.wake();
    waker.wake();
    assert_eq!(ready(&mut poller), [true, false, false]);
    near.write_all(b"x").unwrap();
    assert_eq!(ready(&mut poller), [true, false, true]);
    wake.clear();
    assert_eq!(ready(&mut poller), [false, false, true]);
    waker.wake();
    poller.pause(1);
    assert_eq!(ready(&mut poller), [true, false, false]);
    wake.clear();
    poller.resume(1);
    assert_eq!(ready(&mut poller), [false, false, true]);
    poller.swap_remove(0);
    assert_eq!(ready(&mut poller), [false, true, false]);
    drop(near);
    assert_eq!(ready(&mut poller), [false, true, false]);
}

#[cfg(target_os = "linux")]
mod linux {
    use super::*;
    use crate::server::sys::control::Ancillary;
    use std::io::{IoSlice, Read as _};
    use std::os::fd::AsRawFd;

    #[test]
    fn the_senders_process_comes_with_the_datagram() {
        let (sender, receiver) = UnixDatagram::pair().unwrap();
        socket2::SockRef::from(&receiver).set_passcred(true).unwrap();
        sender.send(b"a").unwrap();
        let mut batch = batch(2, 10, Extras::Credentials);
        batch.receive(&receiver).unwrap();
        let pids: Vec<_> = batch.iter().map(|datagram| datagram.ancillary().pid).collect();
        assert_eq!(pids, [Some(std::process::id())]);
        let (near, _far) = UnixStream::pair().unwrap();
        assert_eq!(options::peer_pid(&near), Some(std::process::id()));
    }

    /// Sends `bytes` together with a descriptor.
    fn send_descriptor(sender: &UnixDatagram, bytes: &[u8], descriptor: &impl AsRawFd) {
        let parts = [IoSlice::new(bytes)];
        let mut control = [0u64; 3];
        // SAFETY: the message points to a buffer and control space of this stack frame, and the header written to the
        // latter lies within it.
        unsafe {
            let mut message: libc::msghdr = std::mem::zeroed();
            message.msg_iov = parts.as_ptr().cast_mut().cast();
            message.msg_iovlen = 1;
            message.msg_control = control.as_mut_ptr().cast();
            message.msg_controllen = libc::CMSG_SPACE(4) as _;
            let header = libc::CMSG_FIRSTHDR(&message);
            (*header).cmsg_level = libc::SOL_SOCKET;
            (*header).cmsg_type = libc::SCM_RIGHTS;
            (*header).cmsg_len = libc::CMSG_LEN(4) as _;
            libc::CMSG_DATA(header).cast::<libc::c_int>().write_unaligned(descriptor.as_raw_fd());
            assert!(libc::sendmsg(sender.as_raw_fd(), &message, 0) >= 0);
        }
    }

    #[test]
    fn descriptors_that_a_sender_passes_along_do_not_stay_open() {
        for extras in [Extras::Credentials, Extras::None, Extras::Udp] {
            let (sender, receiver) = UnixDatagram::pair().unwrap();
            socket2::SockRef::from(&receiver).set_passcred(extras == Extras::Credentials).unwrap();
            let (near, mut far) = UnixStream::pair().unwrap();
            send_descriptor(&sender, b"a", &near);
            drop(near);
            let mut batch = batch(2, 10, extras);
            assert_eq!(receive(&mut batch, &receiver), [b"a"]);
            // `Extras::Udp` has room for a descriptor, which is closed when the messages are read.
            assert!(batch.iter().all(|datagram| datagram.ancillary().drops.is_none()));
            assert_eq!(far.read(&mut [0]).unwrap(), 0, "the other end is closed");
        }
    }

    #[test]
    fn receiving_by_recvmsg_does_the_same() {
        let (sender, receiver) = UnixDatagram::pair().unwrap();
        let mut batch = batch(2, 4, Extras::None);
        assert_eq!(batch.receive_by_recvmsg(&receiver).unwrap(), 0);
        for text in ["abcde", "b", "c"] {
            sender.send(text.as_bytes()).unwrap();
        }
        assert_eq!(batch.receive_by_recvmsg(&receiver).unwrap(), 2);
        let datagrams: Vec<_> = batch.iter().map(|datagram| (datagram.bytes, datagram.is_truncated())).collect();
        assert_eq!(datagrams, [(&b"abcd"[..], true), (b"b", false)]);
        assert_eq!(batch.receive_by_recvmsg(&receiver).unwrap(), 1);
    }

    #[test]
    fn a_segmenting_sender_is_received_as_one_with_the_length_of_its_segments() {
        let receiver = UdpSocket::bind("127.0.0.1:0").unwrap();
        assert!(options::enable_receive_offload(&receiver));
        let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
        sender.connect(receiver.local_addr().unwrap()).unwrap();
        let segment: libc::c_int = 5;
        // SAFETY: the pointer and the length are those of an integer on this stack.
        let set = unsafe {
            libc::setsockopt(sender.as_raw_fd(), libc::SOL_UDP, libc::UDP_SEGMENT, (&raw const segment).cast(), 4)
        };
        assert_eq!(set, 0);
        sender.send(b"aaaaabbbbbcc").unwrap();
        let mut batch = batch(4, 65536, Extras::Udp);
        assert_eq!(receive(&mut batch, &receiver), [b"aaaaabbbbbcc"]);
        let datagram = batch.iter().next().unwrap();
        assert_eq!(datagram.ancillary(), Ancillary { segment: Some(5), drops: None, pid: None });
        assert_eq!(datagram.sender(), Some(sender.local_addr().unwrap()));
    }

    #[test]
    fn drops_are_told_with_later_datagrams_and_at_any_time() {
        let receiver = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::DGRAM, None).unwrap();
        receiver.set_recv_buffer_size(1).unwrap();
        receiver.bind(&"127.0.0.1:0".parse::<std::net::SocketAddr>().unwrap().into()).unwrap();
        let receiver = UdpSocket::from(receiver);
        assert!(options::enable_drop_count(&receiver));
        let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
        sender.connect(receiver.local_addr().unwrap()).unwrap();
        let send = || (0..100).for_each(|_| assert_eq!(sender.send(&[b'a'; 1000]).unwrap(), 1000));
        send();
        let mut batch = batch(128, 1000, Extras::Udp);
        let kept = receive(&mut batch, &receiver).len() as u32;
        assert!(kept < 100);
        assert_eq!(options::drop_count(&receiver), Some(100 - kept));
        send();
        batch.receive(&receiver).unwrap();
        assert_eq!(batch.iter().next().unwrap().ancillary().drops, Some(100 - kept));
    }
}
