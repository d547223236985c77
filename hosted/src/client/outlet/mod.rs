//! Where finished datagrams go: straight into a transport, or to the thread of a sender.
//!
//! [`Outlet::push`] and [`Outlet::push_all`] only copy, so they may be called with locks of a client held; [`Outlet::drain`] calls transport and
//! hook, and must not.

mod direct;

use std::io;

use basenji_core::client::{Counters, Traffic};

use super::config::Config;
use super::sender::{Lifetime, Lost, Sender, SenderConfig, Tally};
use crate::deadline::Deadline;
use direct::Direct;

/// The way out of a client.
pub(crate) enum Outlet {
    /// The calling threads send, and what the system does not take at once is dropped.
    Direct(Direct),
    /// A thread sends, waits and tries again.
    Queued(Sender),
    /// Nothing is sent at all, because the client is disabled.
    Off,
}

impl Outlet {
    pub(crate) fn open(config: &Config) -> io::Result<Outlet> {
        if config.disabled {
            return Ok(Outlet::Off);
        }
        let connect = config.connect.clone();
        if config.background {
            return Sender::start(move || connect(), config.sender.clone()).map(Outlet::Queued);
        }
        Ok(Outlet::Direct(Direct::new(Some(connect()), config.is_foreign, &config.sender)))
    }

    /// The outlet of a client that has ended: it drops and counts everything.
    pub(crate) fn ended() -> Outlet {
        Outlet::Direct(Direct::new(None, false, &SenderConfig::default()))
    }

    /// Hands on one datagram, without waiting for the network. Calls the transport: with no lock held.
    pub(crate) fn send(&self, datagram: &[u8]) {
        match self {
            Outlet::Direct(direct) => direct.send(datagram),
            Outlet::Queued(sender) => drop(sender.push(datagram, Lifetime::Expires)),
            Outlet::Off => {}
        }
    }

    /// Takes in copies of what `each` hands to its argument, and wakes the thread that sends once. Without such a thread they are sent by the
    /// next [`Outlet::drain`].
    pub(crate) fn push_all(&self, each: impl FnOnce(&mut dyn FnMut(&[u8]))) {
        match self {
            Outlet::Queued(sender) => sender.push_all(each),
            Outlet::Direct(direct) => each(&mut |datagram| direct.push(datagram)),
            Outlet::Off => each(&mut |_| ()),
        }
    }

    /// How many bytes [`Outlet::push_all`] may add before it drops datagrams that no thread has tried to send.
    pub(crate) fn room(&self) -> usize {
        match self {
            Outlet::Direct(direct) => direct.room(),
            // Its thread is sending already, and the queue decides what is dropped.
            Outlet::Queued(_) | Outlet::Off => usize::MAX,
        }
    }

    /// Sends what was pushed, if there is no thread that does. Calls transport and hook: with no lock held.
    pub(crate) fn drain(&self) {
        if let Outlet::Direct(direct) = self {
            direct.drain();
        }
    }

    /// Waits until the system has taken everything that was pushed, or the rest is lost and counted; true if it is so in time. With no lock held.
    pub(crate) fn wait(&self, deadline: Deadline) -> bool {
        match self {
            Outlet::Direct(direct) => direct.wait(deadline),
            Outlet::Queued(sender) => sender.wait_until(deadline),
            Outlet::Off => true,
        }
    }

    /// Sends what waits until the deadline, then stops and counts what is left; true if nothing was left. With no lock held.
    pub(crate) fn stop(&self, deadline: Deadline) -> bool {
        match self {
            Outlet::Queued(sender) => sender.stop(deadline.left()),
            Outlet::Direct(direct) => {
                let done = direct.wait(deadline);
                direct.end();
                done
            }
            Outlet::Off => true,
        }
    }

    /// Writes the outcome of the datagrams so far into the counters.
    pub(crate) fn count(&self, counters: &mut Counters) {
        match self {
            Outlet::Direct(direct) => {
                (counters.sent, counters.dropped_queue, counters.dropped_writer) = direct.counts();
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

fn traffic(tally: Tally) -> Traffic {
    Traffic { packets: tally.datagrams, bytes: tally.bytes }
}
