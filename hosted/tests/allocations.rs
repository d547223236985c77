//! In steady state a server receives, parses and records without asking the allocator for anything.
#![cfg(target_os = "linux")]

#[path = "support/counting.rs"]
mod counting;

use std::net::UdpSocket;
use std::os::unix::net::UnixDatagram;

use basenji::server::{Bucket, Server};
use counting::allocations;

const DATAGRAM: &[u8] = b"a:1|c|#x,y\nb:2.5|g|@0.5\nc:1:2:3|d|#z\nd:4|h\ne:5|ms\nf:me|s\nnot a line\na:1|c|#y,x";

#[test]
fn a_known_load_allocates_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("s");
    let server = Server::builder()
        .udp("127.0.0.1:0")
        .unwrap()
        .unix_datagram(&path)
        // One bucket for the whole test.
        .config(|config| config.aggregation.bucket_secs = 86400)
        .start(|_: &Bucket| {})
        .unwrap();
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    udp.connect(("127.0.0.1", server.port())).unwrap();
    let unix = UnixDatagram::unbound().unwrap();
    unix.connect(&path).unwrap();
    let mut expected = 0;
    let mut send = |times: u64| {
        for _ in 0..times {
            udp.send(DATAGRAM).unwrap();
            unix.send(DATAGRAM).unwrap();
            expected += 2;
            while server.stats().datagrams.total() < expected {
                std::thread::yield_now();
            }
        }
    };
    // Until every histogram has as many samples as it keeps, and the threads have started.
    send(2000);
    let before = allocations();
    send(1000);
    assert_eq!(allocations() - before, 0);
    assert_eq!(server.stop().messages.total(), 7 * 6000);
}
