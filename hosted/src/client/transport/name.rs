//! A host's name, looked up on a thread of its own: when it is needed first, at intervals, and after errors.
//!
//! The lookup never runs on the thread that asks for the addresses; while it runs the former addresses hold.

use std::fmt;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::backoff::{Backoff, Retry};
use crate::channel::{Missing, Receiver, channel};
use crate::sys::Thread;

/// The shortest time between two lookups after errors.
const SHORTEST: Duration = Duration::from_secs(1);

/// Looks a host and a port up.
#[derive(Clone)]
pub struct Lookup(Arc<Function>);

type Function = dyn Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + Sync;

impl Lookup {
    /// `function` is called on a thread of its own, with a name or an address and a port.
    pub fn new(function: impl Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + Sync + 'static) -> Lookup {
        Lookup(Arc::new(function))
    }
}

/// The system's.
impl Default for Lookup {
    fn default() -> Lookup {
        Lookup::new(|host, port| Ok((host, port).to_socket_addrs()?.collect()))
    }
}

impl fmt::Debug for Lookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lookup")
    }
}

/// A name and what is known of it.
pub(super) struct Name {
    host: String,
    port: u16,
    lookup: Lookup,
    every: Duration,
    addresses: Vec<SocketAddr>,
    /// Why the last lookup has found nothing.
    reason: Option<Arc<io::Error>>,
    running: Option<Receiver<io::Result<Vec<SocketAddr>>>>,
    backoff: Backoff,
    started: Option<Instant>,
    due: Option<Instant>,
}

impl Name {
    /// A name of which nothing is known.
    pub(super) fn new(host: String, port: u16, lookup: Lookup, every: Duration, seed: u64) -> Name {
        let backoff = Backoff::new(Retry { first: SHORTEST, most: every.max(SHORTEST) }, seed);
        Name {
            host,
            port,
            lookup,
            every,
            addresses: Vec::new(),
            reason: None,
            running: None,
            backoff,
            started: None,
            due: None,
        }
    }

    /// Takes the result of a lookup that is done, and starts one that is due; returns whether the addresses are others now.
    pub(super) fn refresh(&mut self, now: Instant) -> bool {
        let changed = match self.receive(Duration::ZERO) {
            None | Some(Err(Missing::Late)) => false,
            Some(Ok(answer)) => self.take(answer, now),
            Some(Err(Missing::Over)) => self.take(Err(io::Error::other("the lookup has failed")), now),
        };
        if self.running.is_none() && self.due.is_none_or(|due| now >= due) {
            self.start(now);
        }
        changed
    }

    /// The addresses, those to try first in front.
    pub(super) fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Why there are no addresses.
    pub(super) fn reason(&self) -> io::Error {
        match &self.reason {
            Some(reason) => io::Error::new(reason.kind(), format!("{}: {reason}", self.host)),
            None => io::Error::new(io::ErrorKind::NotConnected, format!("{} is still being looked up", self.host)),
        }
    }

    /// Something is wrong with the address in use: the next lookup comes sooner.
    pub(super) fn hurry(&mut self) {
        let soon = self.started.map(|started| started + SHORTEST);
        self.due = self.due.min(soon).or(soon);
    }

    /// Whether [`Name::refresh`] has nothing to do.
    pub(super) fn rests(&self, now: Instant) -> bool {
        self.running.is_none() && self.due.is_some_and(|due| now < due)
    }

    /// When [`Name::refresh`] has something to do.
    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Waits for a lookup that is running, at most `timeout`; returns whether one was.
    pub(super) fn wait(&mut self, timeout: Duration, now: Instant) -> bool {
        match self.receive(timeout) {
            None => return false,
            Some(Err(Missing::Late)) => {}
            Some(Ok(answer)) => {
                self.take(answer, now);
            }
            Some(Err(Missing::Over)) => {
                self.take(Err(io::Error::other("the lookup has failed")), now);
            }
        }
        true
    }

    /// What a lookup that is running has found, if it has within `timeout`.
    fn receive(&self, timeout: Duration) -> Option<Result<io::Result<Vec<SocketAddr>>, Missing>> {
        self.running.as_ref().map(|running| running.recv_timeout(timeout))
    }

    fn start(&mut self, now: Instant) {
        self.started = Some(now);
        self.due = now.checked_add(self.every);
        let (sender, receiver) = channel(1);
        let (host, port, lookup) = (self.host.clone(), self.port, self.lookup.clone());
        let run = move || {
            let _ = sender.send((lookup.0)(&host, port));
        };
        match Thread::start("basenji-lookup", run) {
            Ok(_) => self.running = Some(receiver),
            Err(error) => {
                self.take(Err(error), now);
            }
        }
    }

    /// Takes an answer; one without addresses changes nothing but when to ask again.
    fn take(&mut self, answer: io::Result<Vec<SocketAddr>>, now: Instant) -> bool {
        self.running = None;
        let answer = match answer {
            Ok(addresses) if addresses.is_empty() => Err(io::Error::other("the name has no address")),
            answer => answer,
        };
        match answer {
            Ok(addresses) => {
                self.reason = None;
                self.backoff.succeed();
                let changed = addresses != self.addresses;
                self.addresses = addresses;
                changed
            }
            Err(error) => {
                self.reason = Some(Arc::new(error));
                self.due = Some(self.backoff.fail(now));
                false
            }
        }
    }
}
