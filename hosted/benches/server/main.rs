//! The whole server, one worker, beside a bare receive loop that discards: same kind of socket, same sender, same run.
//!
//! Processor time is that of all threads of the receiver, as the scheduler counts it, and so does not depend on who else runs. The sender sends as
//! fast as it can: on Unix sockets it waits for the receiver, on UDP what the receiver is too slow for is lost, and the server has to count it.
//! Linux only.

#[path = "../../../tests/bench/input.rs"]
mod input;
mod receiver;
mod sender;

use std::thread::sleep;
use std::time::{Duration, Instant};

use receiver::{Bare, Receiver, Whole};
use sender::{Sender, Transport};

/// How long each case is sent to, and how often it is repeated; the one in the middle is told.
const TIME: Duration = Duration::from_secs(2);
const REPEATS: usize = 3;

fn main() {
    println!(
        "{:<28}{:<8}{:>12}{:>12}{:>14}{:>16}{:>9}{:>9}{:>9}",
        "socket",
        "receiver",
        "datagrams/s",
        "messages/s",
        "ns a datagram",
        "s a 1M messages",
        "x bare",
        "lost",
        "counted"
    );
    for (transport, size) in
        [(Transport::Unix, 1432), (Transport::Unix, 8192), (Transport::Udp, 1432), (Transport::Udp, 8192)]
    {
        let bare = middle(|| measure(Bare::start(transport), transport, size));
        bare.print(transport, size, "bare", bare.cost);
        let whole = middle(|| measure(Whole::start(transport), transport, size));
        whole.print(transport, size, "server", bare.cost);
    }
}

/// One case.
struct Measured {
    datagrams_a_second: f64,
    /// Seconds of processor time a datagram.
    cost: f64,
    messages_a_datagram: f64,
    lost: u64,
    counted: Option<u64>,
}

impl Measured {
    fn print(&self, transport: Transport, size: usize, receiver: &str, bare: f64) {
        println!(
            "{:<28}{receiver:<8}{:>12.0}{:>12.0}{:>14.0}{:>16.3}{:>9.2}{:>9}{:>9}",
            format!("{transport}, {size} bytes"),
            self.datagrams_a_second,
            self.datagrams_a_second * self.messages_a_datagram,
            self.cost * 1e9,
            self.cost / self.messages_a_datagram * 1e6,
            self.cost / bare,
            self.lost,
            self.counted.map_or_else(|| "-".into(), |counted| counted.to_string()),
        );
    }
}

fn middle(mut measure: impl FnMut() -> Measured) -> Measured {
    let mut all: Vec<Measured> = (0..REPEATS).map(|_| measure()).collect();
    all.sort_by(|a, b| a.cost.total_cmp(&b.cost));
    all.swap_remove(REPEATS / 2)
}

fn measure<R: Receiver>(receiver: R, transport: Transport, size: usize) -> Measured {
    let mut sender = Sender::new(receiver.address(), transport, size);
    // Every context becomes known.
    sender.round();
    settle(&receiver);

    let (sent, received, busy, lost) = (sender.sent, receiver.received(), receiver.busy(), receiver.lost());
    let start = Instant::now();
    while start.elapsed() < TIME {
        sender.block();
    }
    let end = settle(&receiver);
    let busy = receiver.busy() - busy;
    let received = receiver.received() - received;
    // The kernel tells of a loss with the next datagram.
    sender.one();
    settle(&receiver);
    Measured {
        datagrams_a_second: received as f64 / end.duration_since(start).as_secs_f64(),
        cost: busy.as_secs_f64() / received as f64,
        messages_a_datagram: sender.messages_a_datagram(),
        lost: sender.sent - sent - 1 - received,
        counted: receiver.lost().zip(lost).map(|(after, before)| after - before),
    }
}

/// Waits until nothing more is received; says when the last of it was seen.
fn settle(receiver: &impl Receiver) -> Instant {
    let (mut count, mut since) = (receiver.received(), Instant::now());
    while since.elapsed() < Duration::from_millis(200) {
        sleep(Duration::from_millis(2));
        if receiver.received() != count {
            (count, since) = (receiver.received(), Instant::now());
        }
    }
    since
}
