//! What a sender has sent and lost, and who is told.

use std::fmt;
use std::io;
use std::sync::Arc;

use crate::client::thread::Inside;
use crate::client::transport::TransportCounters;
use crate::said::Said;

/// A number of datagrams and their bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Datagrams.
    pub datagrams: u64,
    /// Their bytes, without a stream's lengths.
    pub bytes: u64,
}

impl Tally {
    /// Adds one datagram.
    pub(crate) fn add(&mut self, bytes: usize) {
        self.datagrams += 1;
        self.bytes += bytes as u64;
    }

    /// Adds another tally.
    pub(crate) fn add_all(&mut self, other: Tally) {
        self.datagrams += other.datagrams;
        self.bytes += other.bytes;
    }

    /// Takes another tally, which is contained in this one, away.
    pub(crate) fn subtract(&mut self, other: Tally) {
        self.datagrams = self.datagrams.saturating_sub(other.datagrams);
        self.bytes = self.bytes.saturating_sub(other.bytes);
    }
}

/// Why a datagram was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Lost {
    /// The queue was full.
    Overflow,
    /// It has waited too long, in the queue or for a connection.
    Expired,
    /// The socket was full for too long.
    Blocked,
    /// It is longer than the transport carries.
    TooLong,
    /// The system has refused it.
    Failed,
    /// The sender was stopped before it could be sent.
    Stopped,
}

impl Lost {
    /// Every reason.
    pub const ALL: [Lost; 6] =
        [Lost::Overflow, Lost::Expired, Lost::Blocked, Lost::TooLong, Lost::Failed, Lost::Stopped];

    /// One word.
    pub const fn name(self) -> &'static str {
        match self {
            Lost::Overflow => "overflow",
            Lost::Expired => "expired",
            Lost::Blocked => "blocked",
            Lost::TooLong => "too_long",
            Lost::Failed => "failed",
            Lost::Stopped => "stopped",
        }
    }

    /// Whether it may have been lost before any attempt to send it: what the official clients count as
    /// `packets_dropped_queue`, all others being `packets_dropped_writer`.
    pub const fn is_in_queue(self) -> bool {
        matches!(self, Lost::Overflow | Lost::Expired | Lost::Stopped)
    }
}

/// What a sender has done: `pushed = sent + lost + pending`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SenderStats {
    /// What it was given.
    pub pushed: Tally,
    /// What it has handed to the system.
    pub sent: Tally,
    /// What waits, in the queue and at the socket.
    pub pending: Tally,
    /// How often a socket was full.
    pub blocked: u64,
    /// The counters of its transport.
    pub transport: TransportCounters,
    pub(crate) lost: [Tally; Lost::ALL.len()],
}

impl SenderStats {
    /// What was lost for one reason.
    pub fn lost(&self, reason: Lost) -> Tally {
        self.lost.get(reason as usize).copied().unwrap_or_default()
    }

    /// What was lost for any reason.
    pub fn lost_in_all(&self) -> Tally {
        let mut sum = Tally::default();
        self.lost.iter().for_each(|tally| sum.add_all(*tally));
        sum
    }

    pub(crate) fn lose(&mut self, reason: Lost, tally: Tally) {
        if let Some(lost) = self.lost.get_mut(reason as usize) {
            lost.add_all(tally);
        }
    }

    /// Takes back what was counted as lost.
    pub(crate) fn regain(&mut self, reason: Lost, tally: Tally) {
        if let Some(lost) = self.lost.get_mut(reason as usize) {
            lost.subtract(tally);
        }
    }
}

/// What the hook is told at once.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Trouble {
    /// Datagrams were lost: how many since the last time, for one reason.
    Lost {
        /// Why.
        reason: Lost,
        /// How many.
        tally: Tally,
        /// What the system said of the last one, if it said anything.
        source: Option<Arc<io::Error>>,
    },
    /// There is no connection; told once, until there was one again.
    Disconnected(Arc<io::Error>),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trouble::Lost { reason, tally, source } => {
                let Tally { datagrams, bytes } = tally;
                write!(f, "{datagrams} datagrams with {bytes} bytes were lost: {}", reason.name())?;
                source.as_ref().map_or(Ok(()), |source| write!(f, ", {}", Said(source)))
            }
            Trouble::Disconnected(source) => write!(f, "there is no connection: {}", Said(source)),
        }
    }
}

/// The hook that is told of trouble. The thread that sends calls it, or the call itself where there is no such thread. No lock is held meanwhile, so the
/// hook may call anything, also of the client that calls it. What its own calls lose is counted and not told again. Its panics are caught.
#[derive(Clone)]
pub struct TroubleHook(Arc<dyn Fn(&Trouble) + Send + Sync>);

impl TroubleHook {
    /// Calls `hook`.
    pub fn new(hook: impl Fn(&Trouble) + Send + Sync + 'static) -> TroubleHook {
        TroubleHook(Arc::new(hook))
    }

    pub(crate) fn tell(&self, trouble: &Trouble) {
        let Some(_inside) = Inside::enter(&*self.0) else { return };
        let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| (self.0)(trouble)));
    }
}

impl fmt::Debug for TroubleHook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TroubleHook")
    }
}
