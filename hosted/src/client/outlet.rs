//! Where finished datagrams go: straight into a transport, or to the thread of a sender.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{PoisonError, RwLock, RwLockWriteGuard};
use std::time::{Duration, Instant};

use basenji_core::client::{Counters, Traffic};

use super::config::Config;
use super::queue::Lifetime;
use super::sender::{Lost, Sender, Tally, Trouble, TroubleHook};
use super::transport::{SendError, Transport};

/// The way out of a client.
pub(super) enum Outlet {
    /// The calling threads send, and what the system does not take at once is dropped.
    Direct(Direct),
    /// A thread sends, waits and tries again.
    Queued(Sender),
    /// Nothing is sent at all, by wish.
    Off,
}

/// A transport, and what has become of its datagrams.
///
/// Threads send at the same time as long as the connection stands; one at a time makes it and looks after it.
pub(super) struct Direct {
    /// Until the end of the client.
    transport: RwLock<Option<Box<dyn Transport>>>,
    sent: Flow,
    dropped: Flow,
    trouble: Option<TroubleHook>,
}

/// [`Traffic`] of many threads.
#[derive(Default)]
struct Flow {
    packets: AtomicU64,
    bytes: AtomicU64,
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
        Outlet::Direct(Direct { transport: RwLock::new(transport), sent, dropped, trouble })
    }

    /// Hands on one datagram, without waiting for the network.
    pub(super) fn send(&self, datagram: &[u8]) {
        match self {
            Outlet::Direct(direct) => direct.send(datagram),
            Outlet::Queued(sender) => drop(sender.push(datagram, Lifetime::Expires)),
            Outlet::Off => {}
        }
    }

    /// Hands on what `each` hands to its argument, as [`Outlet::send`] does, and wakes the thread that sends only once.
    pub(super) fn send_all(&self, each: impl FnOnce(&mut dyn FnMut(&[u8]))) {
        match self {
            Outlet::Queued(sender) => sender.push_all(each),
            Outlet::Direct(_) | Outlet::Off => each(&mut |datagram| self.send(datagram)),
        }
    }

    /// Waits until all that was handed on is with the system, or lost and counted; whether it is.
    pub(super) fn wait(&self, timeout: Duration) -> bool {
        match self {
            Outlet::Direct(direct) => direct.alone().as_mut().is_none_or(|transport| {
                transport.maintain(Instant::now());
                !transport.has_unfinished()
            }),
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
                *direct.alone() = None;
                done
            }
            Outlet::Off => true,
        }
    }

    /// Puts down what has become of the datagrams until now.
    pub(super) fn count(&self, counters: &mut Counters) {
        match self {
            Outlet::Direct(direct) => {
                (counters.sent, counters.dropped_writer) = (direct.sent.get(), direct.dropped.get());
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
    fn send(&self, datagram: &[u8]) {
        match self.try_send(datagram) {
            Ok(()) => self.sent.count(datagram),
            Err(error) => self.lose(datagram, error),
        }
    }

    /// The error is `None` for a client that has ended.
    fn try_send(&self, datagram: &[u8]) -> Result<(), Option<SendError>> {
        {
            let transport = self.transport.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(result) = transport.as_ref().ok_or(None)?.send_shared(datagram) {
                return result.map_err(Some);
            }
        }
        self.alone().as_mut().ok_or(None)?.send(datagram, Instant::now()).map_err(Some)
    }

    #[cold]
    fn lose(&self, datagram: &[u8], error: Option<SendError>) {
        self.dropped.count(datagram);
        let (Some(hook), Some(error)) = (&self.trouble, error) else { return };
        let (reason, source) = match error {
            SendError::WouldBlock => (Lost::Blocked, None),
            SendError::TooLong => (Lost::TooLong, None),
            SendError::Disconnected { source, .. } | SendError::Failed(source) => (Lost::Failed, Some(source)),
        };
        let tally = Tally { datagrams: 1, bytes: datagram.len() as u64 };
        hook.tell(&Trouble::Lost { reason, tally, source });
    }

    fn alone(&self) -> RwLockWriteGuard<'_, Option<Box<dyn Transport>>> {
        self.transport.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Flow {
    fn count(&self, datagram: &[u8]) {
        self.packets.fetch_add(1, Relaxed);
        self.bytes.fetch_add(datagram.len() as u64, Relaxed);
    }

    fn get(&self) -> Traffic {
        Traffic { packets: self.packets.load(Relaxed), bytes: self.bytes.load(Relaxed) }
    }
}

fn traffic(tally: Tally) -> Traffic {
    Traffic { packets: tally.datagrams, bytes: tally.bytes }
}
