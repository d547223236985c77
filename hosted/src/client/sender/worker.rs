//! The thread: takes batches out of the queue and gets them sent.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::config::SenderConfig;
use super::queue::{Batch, Entry};
use super::shared::{Shared, Task};
use super::stats::{Lost, SenderStats, Tally, Trouble, TroubleHook};
use crate::client::transport::{SendError, Transport};

/// How long the thread may wait at a full socket before it checks whether the sender is to end.
const SLICE: Duration = Duration::from_millis(50);

/// The interval between attempts to finish a frame that was partly written.
const UNFINISHED: Duration = Duration::from_millis(5);

/// Everything that the thread has, but for its transport.
pub(crate) struct Worker {
    shared: Arc<Shared>,
    expiry: Option<Duration>,
    patience: Duration,
    trouble: Option<TroubleHook>,
    /// The losses that the hook was told of.
    told: SenderStats,
    /// What the system said of the last datagram that it refused.
    source: Option<Arc<io::Error>>,
    disconnected: bool,
}

/// Counts what is left as lost, also if a transport panics.
struct End(Arc<Shared>);

impl Drop for End {
    fn drop(&mut self) {
        self.0.end();
    }
}

impl Worker {
    pub(crate) fn new(shared: Arc<Shared>, config: &SenderConfig) -> Worker {
        Worker {
            shared,
            expiry: config.expiry,
            patience: config.patience,
            trouble: config.trouble.clone(),
            told: SenderStats::default(),
            source: None,
            disconnected: false,
        }
    }

    /// Sends until the sender is to end.
    pub(crate) fn run(mut self, open: impl FnOnce() -> Box<dyn Transport>) {
        let _end = End(Arc::clone(&self.shared));
        let mut transport = open();
        let mut batch = Batch::default();
        loop {
            let now = Instant::now();
            let upkeep = transport.maintain(now);
            let unfinished = transport.has_unfinished();
            self.shared.sent(Tally::default(), transport.counters(), unfinished);
            self.tell();
            let upkeep = if unfinished { Some(now + UNFINISHED) } else { upkeep };
            match self.shared.next(&mut batch, upkeep) {
                Task::Send => self.deliver(&batch, &mut transport),
                Task::Maintain => {}
                Task::End => break,
            }
        }
        let mut counters = transport.counters();
        counters.cut += u64::from(transport.has_unfinished());
        self.shared.sent(Tally::default(), counters, false);
        self.shared.end();
        self.tell();
    }

    /// Sends a batch; returns when all of it is sent or lost, or the sender is to end at once.
    fn deliver(&mut self, batch: &Batch, transport: &mut dyn Transport) {
        let mut slots = [&[][..]; Batch::DATAGRAMS];
        let mut bytes = &batch.bytes[..];
        for (slot, entry) in slots.iter_mut().zip(&batch.entries) {
            let (datagram, rest) = bytes.split_at_checked(entry.len).unwrap_or_default();
            (*slot, bytes) = (datagram, rest);
        }
        let mut datagrams = slots.get(..batch.entries.len()).unwrap_or_default();
        let mut entries = &batch.entries[..];
        let mut full = Full::default();
        while let Some(entry) = entries.first() {
            let now = Instant::now();
            if self.shared.is_over(now) {
                return;
            }
            let sent = transport.send_batch(datagrams, now);
            self.shared.sent(tally(entries, sent.count), transport.counters(), transport.has_unfinished());
            if sent.count > 0 {
                full = Full::default();
                self.disconnected = false;
            }
            let mut passed = sent.count;
            match sent.error {
                None => {}
                // What was sent ends before another datagram, which the next round looks at.
                Some(_) if passed > 0 => {}
                Some(error) => passed = usize::from(!self.wait(entry, error, &mut full, transport, now)),
            }
            datagrams = datagrams.get(passed..).unwrap_or_default();
            entries = entries.get(passed..).unwrap_or_default();
            self.tell();
        }
    }

    /// Waits until a datagram may be tried again; returns false if it is lost.
    fn wait(
        &mut self,
        entry: &Entry,
        error: SendError,
        full: &mut Full,
        transport: &mut dyn Transport,
        now: Instant,
    ) -> bool {
        let reason = match error {
            _ if entry.is_expired(now, self.expiry) => Lost::Expired,
            SendError::TooLong => Lost::TooLong,
            SendError::Failed(source) => {
                self.source = Some(source);
                Lost::Failed
            }
            SendError::WouldBlock if full.since(now) >= self.patience => {
                *full = Full::default();
                Lost::Blocked
            }
            SendError::WouldBlock => {
                self.shared.blocked();
                transport.wait(SLICE.min(self.patience));
                // A system whose socket says that it has room and then takes nothing must not keep the thread busy.
                self.shared.pause(Instant::now() + full.pause());
                return true;
            }
            SendError::Disconnected { retry_at, source } => {
                if !std::mem::replace(&mut self.disconnected, true) {
                    self.tell_of(&Trouble::Disconnected(source));
                }
                let expires = entry.since.zip(self.expiry).and_then(|(since, expiry)| since.checked_add(expiry));
                let least = now + Duration::from_millis(1);
                self.shared.pause(expires.map_or(retry_at, |expires| expires.min(retry_at)).max(least));
                return true;
            }
        };
        self.shared.lost(reason, tally(std::slice::from_ref(entry), 1));
        false
    }

    /// Tells the hook what was lost since the last time.
    fn tell(&mut self) {
        if self.trouble.is_none() {
            return;
        }
        let stats = self.shared.stats();
        for reason in Lost::ALL {
            let mut tally = stats.lost(reason);
            tally.subtract(self.told.lost(reason));
            if tally.datagrams > 0 {
                let source = if reason == Lost::Failed { self.source.take() } else { None };
                self.tell_of(&Trouble::Lost { reason, tally, source });
            }
        }
        self.told = stats;
    }

    fn tell_of(&self, trouble: &Trouble) {
        if let Some(hook) = &self.trouble {
            hook.tell(trouble);
        }
    }
}

/// How long a socket has been full.
#[derive(Debug, Default)]
struct Full {
    since: Option<Instant>,
    times: u32,
}

impl Full {
    fn since(&mut self, now: Instant) -> Duration {
        now.saturating_duration_since(*self.since.get_or_insert(now))
    }

    /// Nothing the first time, then from a quarter of a millisecond on twice as long each time, up to 8.
    fn pause(&mut self) -> Duration {
        self.times = (self.times + 1).min(7);
        if self.times == 1 { Duration::ZERO } else { Duration::from_micros(64 << self.times) }
    }
}

/// The first `count` of these.
fn tally(entries: &[Entry], count: usize) -> Tally {
    let mut tally = Tally::default();
    entries.iter().take(count).for_each(|entry| tally.add(entry.len));
    tally
}
