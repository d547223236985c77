//! Where finished datagrams go: straight into a transport, or to the thread of a sender.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use basenji_core::client::{Counters, Traffic};

use super::config::Config;
use super::queue::Lifetime;
use super::sender::{Lost, Sender, Tally, Trouble, TroubleHook};
use super::transport::{SendError, Transport};

/// The way out of a client.
pub(super) enum Outlet {
    /// The calling thread sends, and what the system does not take is dropped.
    Direct(Mutex<Direct>),
    /// A thread sends, waits and tries again.
    Queued(Sender),
    /// Nothing is sent at all, by wish.
    Off,
}

/// A transport, and what has become of its datagrams.
pub(super) struct Direct {
    /// Until the end of the client.
    transport: Option<Box<dyn Transport>>,
    sent: Traffic,
    dropped: Traffic,
    trouble: Option<TroubleHook>,
}

impl Outlet {
    pub(super) fn open(config: &Config) -> io::Result<Outlet> {
        if config.disabled {
            return Ok(Outlet::Off);
        }
        let (connect, trouble) = (config.connect.clone(), config.sender.trouble.clone());
        if config.background {
            return Sender::start(move || connect(), config.sender.clone()).map(Outlet::Queued);
        }
        Ok(Outlet::direct(Some(connect()), trouble))
    }

    /// That of a client that has ended: all is dropped and counted.
    pub(super) fn ended() -> Outlet {
        Outlet::direct(None, None)
    }

    fn direct(transport: Option<Box<dyn Transport>>, trouble: Option<TroubleHook>) -> Outlet {
        let (sent, dropped) = Default::default();
        Outlet::Direct(Mutex::new(Direct { transport, sent, dropped, trouble }))
    }

    /// Hands on one datagram, without waiting for the network.
    pub(super) fn send(&self, datagram: &[u8]) {
        match self {
            Outlet::Direct(direct) => lock(direct).send(datagram),
            Outlet::Queued(sender) => drop(sender.push(datagram, Lifetime::Expires)),
            Outlet::Off => {}
        }
    }

    /// Waits until all that was handed on is with the system, or lost and counted; whether it is.
    pub(super) fn wait(&self, timeout: Duration) -> bool {
        match self {
            Outlet::Direct(direct) => {
                let mut direct = lock(direct);
                direct.transport.as_mut().is_none_or(|transport| {
                    transport.maintain(Instant::now());
                    !transport.has_unfinished()
                })
            }
            Outlet::Queued(sender) => sender.wait_for_pending(timeout),
            Outlet::Off => true,
        }
    }

    /// Sends what waits, for a bounded time, and nothing afterwards.
    pub(super) fn stop(&self, timeout: Duration) -> bool {
        match self {
            Outlet::Queued(sender) => sender.stop(timeout),
            Outlet::Direct(direct) => {
                let done = self.wait(timeout);
                lock(direct).transport = None;
                done
            }
            Outlet::Off => true,
        }
    }

    /// Puts down what has become of the datagrams until now.
    pub(super) fn count(&self, counters: &mut Counters) {
        match self {
            Outlet::Direct(direct) => {
                let direct = lock(direct);
                (counters.sent, counters.dropped_writer) = (direct.sent, direct.dropped);
            }
            Outlet::Queued(sender) => {
                let stats = sender.stats();
                let (mut in_queue, mut in_writer) = (Tally::default(), Tally::default());
                for reason in Lost::ALL {
                    if reason.is_in_queue() { &mut in_queue } else { &mut in_writer }.add_all(stats.lost(reason));
                }
                counters.sent = traffic(stats.sent);
                (counters.dropped_queue, counters.dropped_writer) = (traffic(in_queue), traffic(in_writer));
            }
            Outlet::Off => {}
        }
    }
}

impl Direct {
    fn send(&mut self, datagram: &[u8]) {
        let Some(transport) = &mut self.transport else { return self.dropped.count(datagram) };
        let Err(error) = transport.send(datagram, Instant::now()) else { return self.sent.count(datagram) };
        self.dropped.count(datagram);
        let Some(hook) = &self.trouble else { return };
        let (reason, source) = match error {
            SendError::WouldBlock => (Lost::Blocked, None),
            SendError::TooLong => (Lost::TooLong, None),
            SendError::Disconnected { source, .. } | SendError::Failed(source) => (Lost::Failed, Some(source)),
        };
        let tally = Tally { datagrams: 1, bytes: datagram.len() as u64 };
        hook.tell(&Trouble::Lost { reason, tally, source });
    }
}

fn lock(direct: &Mutex<Direct>) -> MutexGuard<'_, Direct> {
    direct.lock().unwrap_or_else(PoisonError::into_inner)
}

fn traffic(tally: Tally) -> Traffic {
    Traffic { packets: tally.datagrams, bytes: tally.bytes }
}
