//! A transport whose faults a test decides.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::backoff::splitmix;
use super::{SendError, Transport, TransportCounters, TransportKind};

/// What happens to one datagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mishap {
    /// Nothing: it is sent.
    None,
    /// It is taken and lost on the way.
    Drop,
    /// It is taken and arrives with at most this many of its bytes.
    Truncate(usize),
    /// It is taken and arrives after the next one.
    Delay,
    /// It is refused because the socket is full.
    Block,
    /// It is refused because there is no connection.
    Disconnect,
}

/// How often each mishap happens, of 1000 datagrams; they add up to 1000 at most.
#[derive(Debug, Clone, Copy, Default)]
pub struct Odds {
    /// [`Mishap::Drop`].
    pub drop: u16,
    /// [`Mishap::Truncate`], to a length drawn anew each time.
    pub truncate: u16,
    /// [`Mishap::Delay`].
    pub delay: u16,
    /// [`Mishap::Block`].
    pub block: u16,
    /// [`Mishap::Disconnect`].
    pub disconnect: u16,
}

/// What has happened, for the test to compare with what arrived.
#[derive(Debug, Clone, Default)]
pub struct FaultLog {
    events: Arc<Mutex<Vec<Event>>>,
}

/// A mishap and the datagram it has happened to.
type Event = (Mishap, Vec<u8>);

impl FaultLog {
    /// Every datagram to which a mishap has happened, in order.
    pub fn events(&self) -> Vec<(Mishap, Vec<u8>)> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Event>> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sends over `inner`, with mishaps by a script or by chance.
pub struct Fault<T> {
    inner: T,
    source: Source,
    delayed: VecDeque<Vec<u8>>,
    log: FaultLog,
}

enum Source {
    Script(VecDeque<Mishap>),
    Chance { odds: Odds, random: u64 },
}

impl<T: Transport> Fault<T> {
    /// One mishap a datagram, in order; none when the script is over.
    pub fn scripted(inner: T, script: impl IntoIterator<Item = Mishap>) -> Fault<T> {
        Fault::new(inner, Source::Script(script.into_iter().collect()))
    }

    /// Mishaps by chance; the same seed brings the same.
    pub fn seeded(inner: T, seed: u64, odds: Odds) -> Fault<T> {
        Fault::new(inner, Source::Chance { odds, random: seed })
    }

    fn new(inner: T, source: Source) -> Fault<T> {
        Fault { inner, source, delayed: VecDeque::new(), log: FaultLog::default() }
    }

    /// What happens from now on, readable while and after the transport is used.
    pub fn log(&self) -> FaultLog {
        self.log.clone()
    }

    fn next(&mut self, len: usize) -> Mishap {
        let (odds, random) = match &mut self.source {
            Source::Script(script) => return script.pop_front().unwrap_or(Mishap::None),
            Source::Chance { odds, random } => (*odds, random),
        };
        let mut draw = |below: u64| splitmix(random) % below.max(1);
        let mut ball = draw(1000);
        let truncated = draw(len as u64) as usize;
        for (odds, mishap) in [
            (odds.drop, Mishap::Drop),
            (odds.truncate, Mishap::Truncate(truncated)),
            (odds.delay, Mishap::Delay),
            (odds.block, Mishap::Block),
            (odds.disconnect, Mishap::Disconnect),
        ] {
            match ball.checked_sub(odds.into()) {
                None => return mishap,
                Some(left) => ball = left,
            }
        }
        Mishap::None
    }

    /// Sends, and then what was to arrive later. A delayed datagram that cannot be sent then is lost.
    fn pass(&mut self, datagram: &[u8], now: Instant) -> Result<(), SendError> {
        self.inner.send(datagram, now)?;
        while let Some(delayed) = self.delayed.pop_front() {
            if self.inner.send(&delayed, now).is_err() {
                self.log.lock().push((Mishap::Drop, delayed));
            }
        }
        Ok(())
    }
}

impl<T: Transport> Transport for Fault<T> {
    fn kind(&self) -> TransportKind {
        self.inner.kind()
    }

    fn send(&mut self, datagram: &[u8], now: Instant) -> Result<(), SendError> {
        let mishap = self.next(datagram.len());
        if mishap != Mishap::None {
            self.log.lock().push((mishap, datagram.to_vec()));
        }
        match mishap {
            Mishap::None => self.pass(datagram, now),
            Mishap::Drop => Ok(()),
            Mishap::Truncate(len) => self.pass(datagram.get(..len).unwrap_or(datagram), now),
            Mishap::Delay => {
                self.delayed.push_back(datagram.to_vec());
                Ok(())
            }
            Mishap::Block => Err(SendError::WouldBlock),
            Mishap::Disconnect => {
                let source = Arc::new(io::ErrorKind::ConnectionRefused.into());
                Err(SendError::Disconnected { retry_at: now, source })
            }
        }
    }

    fn maintain(&mut self, now: Instant) -> Option<Instant> {
        self.inner.maintain(now)
    }

    fn wait(&mut self, timeout: Duration) {
        self.inner.wait(timeout);
    }

    fn has_unfinished(&self) -> bool {
        self.inner.has_unfinished()
    }

    fn counters(&self) -> TransportCounters {
        self.inner.counters()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::Memory;

    #[test]
    fn a_script_decides_what_happens_to_each_datagram() {
        let memory = Memory::new();
        let script =
            [Mishap::Drop, Mishap::Truncate(2), Mishap::Delay, Mishap::None, Mishap::Block, Mishap::Disconnect];
        let mut fault = Fault::scripted(memory.clone(), script);
        let now = Instant::now();
        let results = ["1aa", "2aa", "3aa", "4aa", "5aa", "6aa", "7aa"].map(|text| fault.send(text.as_bytes(), now));
        assert_eq!(memory.lines(), ["2a", "4aa", "3aa", "7aa"]);
        assert!(matches!(results[4], Err(SendError::WouldBlock)));
        assert!(matches!(results[5], Err(SendError::Disconnected { .. })));
        let events: Vec<_> = fault.log().events().into_iter().map(|(mishap, _)| mishap).collect();
        assert_eq!(events, script.into_iter().filter(|mishap| *mishap != Mishap::None).collect::<Vec<_>>());
    }

    #[test]
    fn the_same_seed_brings_the_same_mishaps_about_as_often_as_the_odds_say() {
        let run = |seed| {
            let odds = Odds { drop: 100, truncate: 100, delay: 100, block: 100, disconnect: 100 };
            let mut fault = Fault::seeded(Memory::new(), seed, odds);
            for _ in 0..10_000 {
                let _ = fault.send(b"abc", Instant::now());
            }
            fault.log().events()
        };
        assert_eq!(run(1), run(1));
        assert_ne!(run(1), run(2));
        let blocked = run(1).iter().filter(|(mishap, _)| *mishap == Mishap::Block).count();
        assert!((850..1150).contains(&blocked), "{blocked}");
    }
}
