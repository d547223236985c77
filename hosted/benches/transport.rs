//! Ways out of a client: nanoseconds a datagram, and what a sender costs the thread that pushes.
//!
//! A batch has 64 datagrams. "packed" have lengths as whole lines fill them, from 1400 to 1432 bytes; "equal" are of one
//! length, so that UDP segmentation can send them as one. The UDP receiver reads nothing, as in a burst; that of the Unix
//! socket reads all the time, on another thread.

use std::net::UdpSocket;
use std::os::unix::net::UnixDatagram;
use std::time::{Duration, Instant};

use basenji::client::{
    Lifetime, Null, SendError, Sender, SenderConfig, Transport, TransportOptions, Udp, UnixDatagramTransport,
};

const BATCH: usize = 64;
const ROUNDS: usize = 2000;

fn main() {
    let receiver = UdpSocket::bind("127.0.0.1:0").expect("the loopback has a port");
    let port = receiver.local_addr().expect("a bound socket has an address").port();
    let udp = |segmentation| Udp::new("127.0.0.1", port, &TransportOptions { segmentation, ..Default::default() });
    let directory = tempfile::tempdir().expect("a directory can be made");
    let path = directory.path().join("s");
    let unix_receiver = UnixDatagram::bind(&path).expect("a socket can be made");
    std::thread::spawn(move || while unix_receiver.recv(&mut [0; 9000]).is_ok() {});
    let mut unix = UnixDatagramTransport::new(&path, &TransportOptions::default());

    let bytes = vec![b'x'; 8192];
    for (name, lengths) in [("packed", 1400..1433), ("equal", 1432..1433), ("equal", 64..65)] {
        let datagrams: Vec<&[u8]> = lengths.clone().cycle().take(BATCH).map(|len| &bytes[..len]).collect();
        println!("{name}, {} bytes: nanoseconds a datagram", lengths.end - 1);
        row("UDP, a call each", &datagrams, &mut udp(false), true);
        row("UDP, sendmmsg", &datagrams, &mut udp(false), false);
        row("UDP, segmentation where it can be", &datagrams, &mut udp(true), false);
        row("Unix, a call each", &datagrams, &mut unix, true);
        row("Unix, sendmmsg", &datagrams, &mut unix, false);
    }
    println!("a push into a sender of nowhere: nanoseconds");
    for len in [64, 1432, 8192] {
        let config = SenderConfig { queue_bytes: 64 << 20, ..SenderConfig::default() };
        let sender = Sender::start(|| Box::new(Null), config).expect("a thread can be started");
        let median = median(|| {
            let start = Instant::now();
            for _ in 0..1000 {
                sender.push(&bytes[..len], Lifetime::Expires);
            }
            let spent = start.elapsed();
            sender.wait_for_pending(Duration::from_secs(60));
            spent / 1000
        });
        println!("  {:<36}{median:>8.0}", format!("{len} bytes"));
    }
}

/// Sends batches and prints the median time of a datagram.
fn row(name: &str, datagrams: &[&[u8]], transport: &mut impl Transport, each: bool) {
    let median = median(|| {
        let start = Instant::now();
        let mut rest = datagrams;
        while !rest.is_empty() {
            let piece = if each { &rest[..1] } else { rest };
            let sent = transport.send_batch(piece, start);
            rest = &rest[sent.count..];
            match sent.error {
                None => {}
                Some(SendError::WouldBlock) => transport.wait(Duration::from_secs(1)),
                Some(error) => panic!("{error}"),
            }
        }
        start.elapsed() / datagrams.len() as u32
    });
    println!("  {name:<36}{median:>8.0}");
}

/// The median of many rounds, in nanoseconds.
fn median(mut round: impl FnMut() -> Duration) -> f64 {
    let mut times: Vec<Duration> = (0..ROUNDS).map(|_| round()).collect();
    times.sort_unstable();
    times[ROUNDS / 2].as_nanos() as f64
}
