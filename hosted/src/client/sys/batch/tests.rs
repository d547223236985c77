//! Batches on real sockets.

use std::io::{self, ErrorKind};
use std::net::UdpSocket;

use socket2::Socket;

use super::{Segmentation, send_all, send_each};

type Send = fn(&Socket, &[&[u8]], &mut usize) -> io::Result<()>;

fn batched(socket: &Socket, datagrams: &[&[u8]], done: &mut usize) -> io::Result<()> {
    send_all(socket, datagrams, done, &mut Segmentation::Off)
}

fn segmented(socket: &Socket, datagrams: &[&[u8]], done: &mut usize) -> io::Result<()> {
    send_all(socket, datagrams, done, &mut Segmentation::On)
}

const WAYS: [(&str, Send); 3] = [("each", send_each), ("batched", batched), ("segmented", segmented)];

fn udp_pair(address: &str) -> (Socket, UdpSocket) {
    let receiver = UdpSocket::bind(address).unwrap();
    let sender = UdpSocket::bind(address).unwrap();
    sender.connect(receiver.local_addr().unwrap()).unwrap();
    sender.set_nonblocking(true).unwrap();
    (sender.into(), receiver)
}

#[test]
fn datagrams_arrive_whole_and_in_order_every_way_over_both_families() {
    let texts: Vec<String> = (0..150).map(|n| "x".repeat([5, 5, 5, 3, 9, 1][n % 6]) + &n.to_string()).collect();
    let datagrams: Vec<&[u8]> = texts.iter().map(|text| text.as_bytes()).collect();
    for address in ["127.0.0.1:0", "[::1]:0"] {
        for (way, send) in WAYS {
            let (sender, receiver) = udp_pair(address);
            let mut done = 0;
            send(&sender, &datagrams, &mut done).unwrap();
            assert_eq!(done, 150);
            let mut buffer = [0; 100];
            for datagram in &datagrams {
                let len = receiver.recv(&mut buffer).unwrap();
                assert_eq!(&buffer[..len], *datagram, "{way}");
            }
        }
    }
}

#[test]
fn one_that_is_too_long_stops_the_batch_before_it() {
    let long = vec![b'a'; 70_000];
    for (way, send) in WAYS {
        let (sender, receiver) = udp_pair("127.0.0.1:0");
        let mut done = 0;
        let error = send(&sender, &[b"a", b"a", &long, b"b"], &mut done).unwrap_err();
        assert_eq!(done, 2, "{way}");
        #[cfg(unix)]
        assert_eq!(error.raw_os_error(), Some(libc::EMSGSIZE), "{way}");
        done += 1;
        send(&sender, &[b"a", b"a", &long, b"b"], &mut done).unwrap();
        let arrived: Vec<u8> = (0..3)
            .map(|_| {
                let mut byte = [0];
                receiver.recv(&mut byte).unwrap();
                byte[0]
            })
            .collect();
        assert_eq!(arrived, b"aab");
        drop(error);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_unix_socket_takes_what_it_has_room_for() {
    use std::os::unix::net::UnixDatagram;
    for (way, send) in WAYS.into_iter().take(2) {
        let (sender, receiver) = UnixDatagram::pair().unwrap();
        let sender = Socket::from(sender);
        let datagrams = [&b"a"[..]; 1000];
        let mut done = 0;
        let error = send(&sender, &datagrams, &mut done).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WouldBlock, "{way}");
        receiver.set_nonblocking(true).unwrap();
        let mut arrived = 0;
        while receiver.recv(&mut [0]).is_ok() {
            arrived += 1;
        }
        assert_eq!(arrived, done, "{way}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn segments_that_the_system_refuses_are_sent_one_by_one() {
    use std::os::fd::AsRawFd;
    let (sender, receiver) = udp_pair("127.0.0.1:0");
    // Checksums cannot be left out while segments are made: the kernel refuses, as a device without support does.
    let on: libc::c_int = 1;
    // SAFETY: the pointer and the length are those of an integer on this stack.
    let set =
        unsafe { libc::setsockopt(sender.as_raw_fd(), libc::SOL_SOCKET, libc::SO_NO_CHECK, (&raw const on).cast(), 4) };
    assert_eq!(set, 0);
    let mut segmentation = Segmentation::On;
    let mut done = 0;
    send_all(&sender, &[b"aa", b"bb"], &mut done, &mut segmentation).unwrap();
    assert_eq!((done, segmentation), (2, Segmentation::Off));
    let mut buffer = [0; 9];
    assert_eq!(receiver.recv(&mut buffer).unwrap(), 2);
    assert_eq!(receiver.recv(&mut buffer).unwrap(), 2);
}
