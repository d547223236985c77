//! The whole server, one worker, beside a bare receive loop that discards: same kind of socket, same sender, same run, one after the other in pairs.
//!
//! Processor time is that of all threads of the receiver, as the scheduler counts it, and so does not depend on who else runs. A sender that sends as
//! fast as it can never lets the receiver sleep: on Unix sockets it waits for the receiver, on UDP what the receiver is too slow for is lost, and the
//! server has to count it. A sender that keeps to a pace lets the receiver wake up for each datagram, with caches that others have used meanwhile.
//! Linux only.

#[path = "../../../tests/bench/input.rs"]
mod input;
mod receiver;
mod sender;
#[path = "../../../tests/bench/zipf.rs"]
mod zipf;

use std::thread::sleep;
use std::time::{Duration, Instant};

use receiver::{Bare, Receiver, Whole};
use sender::{Sender, Transport};

/// How long each case is sent to, and how often the pair of receivers is repeated; the one in the middle is told.
const TIME: Duration = Duration::from_secs(2);
const REPEATS: usize = 3;

/// A way of sending.
#[derive(Clone, Copy)]
struct Load {
    transport: Transport,
    /// Bytes of a datagram.
    size: usize,
    /// Messages a second; as many as go if `None`.
    pace: Option<u32>,
    lines: Lines,
}

/// What is sent.
#[derive(Clone, Copy)]
enum Lines {
    /// The corpus.
    Corpus,
    /// As many lines of it, which repeat by Zipf's law.
    Repeated,
}

/// The loads, in the order of the table.
const LOADS: [(Transport, usize, Option<u32>, Lines); 12] = [
    (Transport::Unix, 1432, None, Lines::Corpus),
    (Transport::Unix, 1432, None, Lines::Repeated),
    (Transport::Unix, 1432, Some(50_000), Lines::Corpus),
    (Transport::Unix, 1432, Some(300_000), Lines::Corpus),
    (Transport::Unix, 8192, None, Lines::Corpus),
    (Transport::Unix, 8192, None, Lines::Repeated),
    (Transport::Udp, 1432, None, Lines::Corpus),
    (Transport::Udp, 1432, None, Lines::Repeated),
    (Transport::Udp, 1432, Some(50_000), Lines::Corpus),
    (Transport::Udp, 1432, Some(300_000), Lines::Corpus),
    (Transport::Udp, 8192, None, Lines::Corpus),
    (Transport::Udp, 8192, None, Lines::Repeated),
];

fn main() {
    println!(
        "{:<42}{:<8}{:>12}{:>12}{:>14}{:>16}{:>9}{:>9}{:>9}",
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
    for (transport, size, pace, lines) in LOADS {
        let load = Load { transport, size, pace, lines };
        let (bare, whole): (Vec<_>, Vec<_>) = (0..REPEATS)
            .map(|_| (measure(Bare::start(transport), load), measure(Whole::start(transport), load)))
            .unzip();
        let (bare, whole) = (middle(bare), middle(whole));
        bare.print(load, "bare", bare.cost);
        whole.print(load, "server", bare.cost);
    }
}

impl std::fmt::Display for Load {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}, {} bytes", self.transport, self.size)?;
        match (self.pace, self.lines) {
            (Some(pace), _) => write!(f, ", {pace}/s"),
            (None, Lines::Repeated) => write!(f, ", repeated"),
            (None, Lines::Corpus) => Ok(()),
        }
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
    fn print(&self, load: Load, receiver: &str, bare: f64) {
        println!(
            "{:<42}{receiver:<8}{:>12.0}{:>12.0}{:>14.0}{:>16.3}{:>9.2}{:>9}{:>9}",
            load.to_string(),
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

fn middle(mut all: Vec<Measured>) -> Measured {
    all.sort_by(|a, b| a.cost.total_cmp(&b.cost));
    all.swap_remove(REPEATS / 2)
}

fn measure<R: Receiver>(receiver: R, load: Load) -> Measured {
    let text = match load.lines {
        Lines::Corpus => input::CORPUS.to_vec(),
        Lines::Repeated => zipf::zipf(input::lines()),
    };
    let mut sender = Sender::new(receiver.address(), load.transport, load.size, &text);
    // Every context becomes known.
    sender.round();
    settle(&receiver);

    let (sent, received, busy, lost) = (sender.sent, receiver.received(), receiver.busy(), receiver.lost());
    let start = Instant::now();
    match load.pace {
        None => {
            while start.elapsed() < TIME {
                sender.block();
            }
        }
        Some(messages) => sender.keep_pace(f64::from(messages), TIME),
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
