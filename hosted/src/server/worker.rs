//! One thread that reads sockets and aggregates what comes.
//!
//! It waits for its sockets and for orders. Each time it wakes, it reads the clock once, takes one batch from each
//! socket that has something, and publishes its counters. Between socket and shard there is no lock, no allocation in
//! steady state, and nobody to wait for: an order brings the spare shard that replaces the full one.
//!
//! UDP sockets and Unix datagram sockets belong to one worker each. A stream listener is watched by all workers, and a
//! connection stays with the worker that has accepted it.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, TryRecvError};
use std::time::{Duration, Instant};

use super::clock;
#[cfg(unix)]
use super::connections::{Connections, Limits};
use super::intake::Intake;
use super::running::Change;
use super::shard::Shard;
use super::socket::DatagramSocket;
use super::source::DatagramSource;
use super::stats::Published;
use super::sys::{Poller, Wake};

/// How long a stop and a flush on demand go on reading what has arrived, at most.
const DRAIN: Duration = Duration::from_secs(1);

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
    #[cfg(unix)]
    pub(crate) stream: Vec<std::os::unix::net::UnixListener>,
    #[cfg(unix)]
    pub(crate) limits: Limits,
}

/// How a worker hears and is heard.
pub(crate) struct Line {
    pub(crate) wake: Wake,
    pub(crate) orders: Receiver<Order>,
    pub(crate) answers: Sender<Box<Shard>>,
    pub(crate) published: Arc<Published>,
}

struct Worker {
    sources: Vec<DatagramSource>,
    #[cfg(unix)]
    connections: Connections,
    poller: Poller,
    intake: Intake,
    line: Line,
}

/// Works until the order to stop, or until there is nobody left to give orders.
pub(crate) fn run(sockets: Sockets, intake: Intake, line: Line) {
    let mut poller = Poller::new(&line.wake);
    let limit = intake.limit();
    let sources: Vec<_> = sockets.datagram.into_iter().map(|socket| DatagramSource::new(socket, limit)).collect();
    sources.iter().for_each(|source| poller.push(&source.socket.socket));
    #[cfg(unix)]
    let connections = Connections::new(sockets.stream, sockets.limits, &mut poller, sources.len());
    let mut worker = Worker {
        sources,
        #[cfg(unix)]
        connections,
        poller,
        intake,
        line,
    };
    while worker.turn() {}
    let _ = worker.line.answers.send(worker.intake.shard);
}

impl Worker {
    /// Waits once and takes what is there; false after the order to stop.
    fn turn(&mut self) -> bool {
        // An error of the wait itself (no memory) does not go away by waiting: the sockets are tried all the same.
        let waited = self.poller.wait().is_ok();
        let now = clock::now();
        for (place, source) in self.sources.iter_mut().enumerate() {
            if self.poller.is_ready(place) || !waited {
                source.read(&mut self.intake, now);
            }
        }
        #[cfg(unix)]
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
            match self.line.orders.try_recv() {
                Ok(Order::Swap(spare)) => self.swap(spare),
                Ok(Order::ReadAndSwap(spare)) => {
                    self.drain();
                    self.swap(spare);
                }
                Ok(Order::Change(change, _done)) => self.intake.change(&change),
                Ok(Order::Stop) | Err(TryRecvError::Disconnected) => {
                    self.drain();
                    #[cfg(unix)]
                    self.connections.close(&mut self.poller, &mut self.intake);
                    self.settle();
                    return false;
                }
                Err(TryRecvError::Empty) => {
                    self.publish();
                    return true;
                }
            }
        }
    }

    /// Goes on with `spare` and answers with the shard used until now.
    fn swap(&mut self, spare: Box<Shard>) {
        self.settle();
        let full = std::mem::replace(&mut self.intake.shard, spare);
        #[cfg(unix)]
        self.connections.resume(&mut self.poller);
        let _ = self.line.answers.send(full);
    }

    /// Reads what has arrived, for a limited time.
    fn drain(&mut self) {
        let end = Instant::now() + DRAIN;
        loop {
            let now = clock::now();
            let mut more = false;
            for source in &mut self.sources {
                more |= source.read(&mut self.intake, now);
            }
            #[cfg(unix)]
            {
                more |= self.connections.drain(&mut self.poller, &mut self.intake, now);
            }
            if !more || Instant::now() >= end {
                break;
            }
        }
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
