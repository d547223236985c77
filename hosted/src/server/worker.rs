//! One thread that reads sockets and aggregates what comes.
//!
//! It waits for its sockets and for orders. Each time it wakes, it reads the clock once, takes one batch from each
//! socket that has something, and publishes its counters. Between socket and shard there is no lock, no allocation in
//! steady state, and nobody to wait for: an order brings the spare shard that replaces the full one.
//!
//! UDP sockets and Unix datagram sockets belong to one worker each. A stream listener is watched by all workers, and a
//! connection stays with the worker that has accepted it.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::change::Change;
use super::clock;
use super::connections::Connections;
use super::intake::Intake;
use super::shard::Shard;
use super::socket::{DatagramSocket, Door, Limits, StreamListener};
use super::source::DatagramSource;
use super::stats::Published;
use super::sys::{Poller, Wake, settle};
use crate::channel::{Missing, Receiver, Sender};

/// How long a flush on demand, and a stop that cannot turn senders away, go on reading what arrives.
const DRAIN: Duration = Duration::from_secs(1);

/// How long a packet is on its way within the system, where that cannot be waited for.
const UNDER_WAY: Duration = Duration::from_millis(20);

/// What a worker is told. It answers orders with the shard that it has used until then.
pub(crate) enum Order {
    /// Go on with this shard.
    Swap(Box<Shard>),
    /// Read what has arrived, and go on with this shard.
    ReadAndSwap(Box<Shard>),
    /// Go on with other tags and rules; the sender is dropped then.
    Change(Change, Sender<()>),
    /// Read what has arrived, and end.
    Stop,
}

/// The sockets of one worker.
pub(crate) struct Sockets {
    pub(crate) datagram: Vec<DatagramSocket>,
    pub(crate) stream: Vec<StreamListener>,
    pub(crate) limits: Limits,
}

/// A worker's channels to and from the flusher.
pub(crate) struct Line {
    pub(crate) wake: Wake,
    pub(crate) orders: Receiver<Order>,
    pub(crate) answers: Sender<Box<Shard>>,
    pub(crate) published: Arc<Published>,
}

struct Worker {
    sources: Vec<DatagramSource>,
    connections: Connections,
    poller: Poller,
    intake: Intake,
    line: Line,
}

/// Works until the order to stop, or until the flusher is gone.
pub(crate) fn run(sockets: Sockets, intake: Intake, line: Line) {
    let mut poller = Poller::new(&line.wake);
    let limit = intake.limit();
    let sources: Vec<_> = sockets.datagram.into_iter().map(|socket| DatagramSource::new(socket, limit)).collect();
    sources.iter().for_each(|source| poller.push(&source.socket.socket));
    let connections = Connections::new(sockets.stream, sockets.limits, &mut poller, sources.len());
    let mut worker = Worker { sources, connections, poller, intake, line };
    let worked = catch_unwind(AssertUnwindSafe(|| while worker.turn() {}));
    let closed = catch_unwind(AssertUnwindSafe(|| {
        worker.intake.close(clock::now());
        worker.line.published.publish(&worker.intake.stats);
    }));
    // Also after a panic: what was taken in until then is flushed with the rest.
    let _ = worker.line.answers.send(worker.intake.shard);
    if let Err(panic) = worked.and(closed) {
        resume_unwind(panic);
    }
}

impl Worker {
    /// Waits once and takes what is there; false after the order to stop.
    fn turn(&mut self) -> bool {
        // An error of the wait itself (no memory) does not go away by waiting: the sockets are tried all the same.
        let waited = self.poller.wait().is_ok();
        let now = clock::now();
        self.intake.turn(now);
        for (place, source) in self.sources.iter_mut().enumerate() {
            if self.poller.is_ready(place) || !waited {
                source.read(&mut self.intake, now);
            }
        }
        self.connections.read(&mut self.poller, &mut self.intake, now);
        if self.poller.is_woken() || !waited {
            return self.obey();
        }
        self.publish();
        true
    }

    /// Carries out the orders that wait; false after the one to stop.
    fn obey(&mut self) -> bool {
        self.line.wake.clear();
        loop {
            match self.line.orders.recv_timeout(Duration::ZERO) {
                Ok(Order::Swap(spare)) => self.swap(spare),
                Ok(Order::ReadAndSwap(spare)) => {
                    self.drain();
                    self.swap(spare);
                }
                Ok(Order::Change(change, _done)) => self.intake.change(&change),
                Ok(Order::Stop) | Err(Missing::Over) => {
                    self.finish();
                    return false;
                }
                Err(Missing::Late) => {
                    self.publish();
                    return true;
                }
            }
        }
    }

    /// Goes on with `spare` and answers with the shard used until now.
    fn swap(&mut self, spare: Box<Shard>) {
        self.settle();
        let full = self.intake.swap(spare, clock::now());
        self.publish();
        self.connections.resume(&mut self.poller);
        let _ = self.line.answers.send(full);
    }

    /// Turns senders away, reads what has come until then to its end, and counts what cannot be read.
    fn finish(&mut self) {
        let are_shut = self.sources.iter().fold(true, |are_shut, source| are_shut & source.socket.shut().is_ok());
        let are_shut = are_shut & self.connections.shut();
        // Packets that had been assigned to this socket before it was shut.
        if !settle() {
            std::thread::sleep(UNDER_WAY);
        }
        if are_shut {
            while self.read_all() {}
        } else {
            self.drain();
            let end = Instant::now() + DRAIN;
            for source in &mut self.sources {
                while source.skip(&mut self.intake) && Instant::now() < end {}
            }
        }
        self.connections.close(&mut self.poller, &mut self.intake);
        self.settle();
    }

    /// Reads what has arrived, for a limited time.
    fn drain(&mut self) {
        let end = Instant::now() + DRAIN;
        while self.read_all() && Instant::now() < end {}
    }

    /// Reads a batch of every socket, ready or not; returns whether there may be more.
    fn read_all(&mut self) -> bool {
        let now = clock::now();
        self.intake.turn(now);
        let mut more = false;
        for source in &mut self.sources {
            more |= source.read(&mut self.intake, now);
        }
        more | self.connections.drain(&mut self.poller, &mut self.intake, now)
    }

    /// Counts what is not counted datagram by datagram.
    fn settle(&mut self) {
        for source in &mut self.sources {
            source.count_drops(&mut self.intake);
        }
        self.publish();
    }

    fn publish(&mut self) {
        self.intake.count_shard();
        self.line.published.publish(&self.intake.stats);
    }
}
