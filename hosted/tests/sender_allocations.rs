//! In steady state a sender queues and sends without asking the allocator for anything, on no thread.
#![cfg(target_os = "linux")]

#[path = "support/counting.rs"]
mod counting;

use std::net::UdpSocket;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use basenji::client::{Address, Lifetime, Sender, SenderConfig, TransportOptions};
use counting::allocations;

#[test]
fn a_warm_sender_allocates_nothing_whatever_its_transport() {
    let directory = tempfile::tempdir().unwrap();
    let place = |name| directory.path().join(name);
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    let datagrams = std::os::unix::net::UnixDatagram::bind(place("d")).unwrap();
    std::thread::spawn(move || while datagrams.recv(&mut [0; 9000]).is_ok() {});
    let stream = std::os::unix::net::UnixListener::bind(place("s")).unwrap();
    std::thread::spawn(move || {
        let mut connection = stream.accept().unwrap().0;
        while std::io::Read::read(&mut connection, &mut [0; 9000]).is_ok_and(|len| len > 0) {}
    });
    for address in [
        Address::Udp { host: "127.0.0.1".to_owned(), port: udp.local_addr().unwrap().port() },
        Address::UnixDatagram(place("d")),
        Address::UnixStream(place("s")),
    ] {
        let open = address.clone();
        let gate = Arc::new(Mutex::new(()));
        let hold = Arc::clone(&gate);
        let connect = move || {
            drop(hold.lock().unwrap());
            open.open(&TransportOptions::default()).unwrap()
        };
        let held = gate.lock().unwrap();
        let config = SenderConfig { patience: Duration::from_secs(60), ..SenderConfig::default() };
        let sender = Sender::start(connect, config).unwrap();
        let push = || (0..100).for_each(|n| _ = sender.push(&[b'x'; 8192][..8192 - n * 80], Lifetime::Expires));
        let round = || {
            push();
            assert!(sender.wait_for_pending(Duration::from_secs(60)));
        };
        // While the thread is held, so that its first batch and the queue are as long as they get.
        push();
        drop(held);
        for _ in 0..50 {
            round();
        }
        let before = allocations();
        for _ in 0..50 {
            round();
        }
        assert_eq!(allocations() - before, 0, "{address}");
        assert_eq!(sender.stats().lost_in_all().datagrams, 0);
    }
}
