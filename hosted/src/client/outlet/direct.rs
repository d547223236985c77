//! A transport that the calling threads send with, and the counters of its datagrams.
//!
//! - Threads send at the same time as long as the connection stands ([`Transport::send_shared`]); one at a time makes it and looks after it.
//! - No thread waits for the transport. A thread that finds it in use leaves its datagram in a queue, and the thread that uses it sends the queue as well.
//! - The transport and the hook are called with no lock held: the transport is lent, by a lock that is only ever tried. What they call of this
//!   client is taken; but a call that comes out of the transport itself is lost and counted, or it would never end.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::*, fence};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, TryLockError};
use std::time::{Duration, Instant};

use basenji_core::client::Traffic;

use crate::client::sender::{Batch, Lost, Queue, SenderConfig, Tally, Trouble, TroubleHook};
use crate::client::thread::{Busy, Inside, QUEUE};
use crate::client::transport::{SendError, Transport};
use crate::deadline::Deadline;

/// Most batches that one call sends for other threads; the next call sends the rest.
const BATCHES: usize = 64;

/// How often a waiting thread checks whether the transport is free.
const SLICE: Duration = Duration::from_millis(2);

/// [`Direct::attention`] of a client that has ended.
const ENDED: usize = 1 << (usize::BITS - 1);

pub(crate) struct Direct {
    /// This lock is tried, never waited for.
    lent: RwLock<Lent>,
    /// Whether its code is the program's, which may call the client.
    is_foreign: bool,
    queue: Mutex<Queue>,
    /// How many datagrams are in the queue or were taken out of it and not sent yet, and [`ENDED`]: 0 if there is nothing to do.
    attention: AtomicUsize,
    sent: Flow,
    dropped: Flow,
    /// Lost before any attempt to send it: after the end, or out of the transport itself.
    stopped: Flow,
    trouble: Option<TroubleHook>,
}

/// What one thread uses at a time, or several if they only send.
struct Lent {
    /// `None` once the client has ended.
    transport: Option<Box<dyn Transport>>,
    /// Memory for what is taken out of the queue.
    batch: Batch,
}

/// [`Traffic`] of many threads.
#[derive(Default)]
struct Flow {
    packets: AtomicU64,
    bytes: AtomicU64,
}

impl Direct {
    pub(crate) fn new(transport: Option<Box<dyn Transport>>, is_foreign: bool, config: &SenderConfig) -> Direct {
        let attention = AtomicUsize::new(if transport.is_some() { 0 } else { ENDED });
        Direct {
            lent: RwLock::new(Lent { transport, batch: Batch::default() }),
            is_foreign,
            queue: Mutex::new(Queue::new(config.queue_bytes, config.overflow)),
            attention,
            sent: Flow::default(),
            dropped: Flow::default(),
            stopped: Flow::default(),
            trouble: config.trouble.clone(),
        }
    }

    /// Sends a datagram, or leaves it to the thread that uses the transport.
    pub(crate) fn send(&self, datagram: &[u8]) {
        if self.is_inside() {
            return self.stopped.count(datagram.len());
        }
        if self.attention.load(Acquire) == 0
            && !Busy::is_busy()
            && let Some(result) = self.try_send(datagram)
        {
            match result {
                Ok(()) => self.sent.count(datagram.len()),
                Err(error) => self.lose(datagram, error),
            }
            fence(SeqCst);
            if self.attention.load(Relaxed) == 0 {
                return;
            }
        } else {
            self.push(datagram);
        }
        self.drain();
    }

    /// Puts a datagram into the queue; calls nobody else's code.
    pub(crate) fn push(&self, datagram: &[u8]) {
        let Some(_busy) = Busy::enter(QUEUE) else { return self.stopped.count(datagram.len()) };
        let mut queue = self.queue();
        // Asked under the lock under which the end empties the queue.
        if self.attention.load(Relaxed) & ENDED != 0 {
            return self.stopped.count(datagram.len());
        }
        let before = queue.tally().datagrams as usize;
        queue.push(datagram, None);
        // What there was no room for is gone from the queue, or has not got in.
        let after = queue.tally().datagrams as usize;
        self.attention.fetch_add(after.wrapping_sub(before), SeqCst);
    }

    /// Bytes to be pushed until half of the queue is full; the rest is for calls.
    pub(crate) fn room(&self) -> usize {
        let queue = self.queue();
        let room = (queue.limit() / 2).max(1);
        // A datagram longer than that is let in where nothing else waits.
        room.saturating_sub(queue.tally().bytes as usize)
    }

    /// Sends what the queue holds. If another thread uses the transport, that thread sends it. To be called with no lock held.
    pub(crate) fn drain(&self) {
        for _ in 0..BATCHES {
            fence(SeqCst);
            let attention = self.attention.load(Relaxed);
            if attention == 0 || self.is_inside() || Busy::is_busy() {
                return;
            }
            // The thread that holds the transport checks the queue before it lets go.
            let Some(mut lent) = self.alone() else { return };
            if attention & ENDED != 0 {
                let ended = lent.transport.take();
                drop(lent);
                return drop(ended);
            }
            let Lent { transport, batch } = &mut *lent;
            {
                let _busy = Busy::enter(QUEUE);
                self.queue().take(batch, Instant::now(), None);
            }
            let troubles = transport.as_mut().map(|transport| self.deliver(batch, transport)).unwrap_or_default();
            let count = batch.entries.len();
            drop(lent);
            self.attention.fetch_sub(count, SeqCst);
            self.tell(troubles);
        }
    }

    /// Waits until the queue is empty and no datagram is partly sent; true if that is so in time.
    pub(crate) fn wait(&self, deadline: Deadline) -> bool {
        loop {
            self.drain();
            if self.is_inside() {
                return false;
            }
            match self.alone() {
                Some(mut lent) => {
                    let is_unfinished = self.finish(lent.transport.as_mut(), deadline);
                    drop(lent);
                    if !is_unfinished && self.attention.load(Acquire) & !ENDED == 0 {
                        return true;
                    }
                }
                None => std::thread::sleep(deadline.left().min(SLICE)),
            }
            if deadline.is_over() {
                return false;
            }
        }
    }

    /// Sends nothing any more, and counts what is in the queue as lost.
    pub(crate) fn end(&self) {
        let left = {
            let mut queue = self.queue();
            self.attention.fetch_or(ENDED, SeqCst);
            queue.clear()
        };
        self.attention.fetch_sub(left.datagrams as usize, SeqCst);
        self.stopped.count_all(left);
        // Drops the transport, or leaves that to the thread that uses it.
        self.drain();
    }

    /// What was sent, what was lost before an attempt to send it, and what the transport did not take.
    pub(crate) fn counts(&self) -> (Traffic, Traffic, Traffic) {
        let overflowed = self.queue().counters.overflowed;
        let mut queue = self.stopped.get();
        queue.packets += overflowed.datagrams;
        queue.bytes += overflowed.bytes;
        (self.sent.get(), queue, self.dropped.get())
    }

    /// The outcome for a datagram that could be tried at once; the error is `None` for a client that has ended.
    fn try_send(&self, datagram: &[u8]) -> Option<Result<(), Option<SendError>>> {
        if let Some(lent) = self.shared() {
            let _inside = self.enter();
            let Some(transport) = &lent.transport else { return Some(Err(None)) };
            if let Some(result) = self.caught(|| transport.send_shared(datagram)) {
                return Some(result.map_err(Some));
            }
        }
        let mut lent = self.alone()?;
        let _inside = self.enter();
        let Some(transport) = &mut lent.transport else { return Some(Err(None)) };
        Some(self.caught(|| Some(transport.send(datagram, Instant::now()))).unwrap_or(Ok(())).map_err(Some))
    }

    /// Sends a batch; returns what to tell the hook.
    fn deliver(&self, batch: &Batch, transport: &mut Box<dyn Transport>) -> Vec<Trouble> {
        let _inside = self.enter();
        let (mut bytes, mut troubles) = (&batch.bytes[..], Vec::new());
        for entry in &batch.entries {
            let (datagram, rest) = bytes.split_at_checked(entry.len).unwrap_or_default();
            bytes = rest;
            match self.caught(|| Some(transport.send(datagram, Instant::now()))) {
                Some(Err(error)) => {
                    self.dropped.count(datagram.len());
                    troubles.extend(self.trouble.as_ref().map(|_| trouble(datagram, error)));
                }
                Some(Ok(())) | None => self.sent.count(datagram.len()),
            }
        }
        troubles
    }

    /// Tries for a moment to finish a datagram that was partly written; true if a part of it is still unsent.
    fn finish(&self, transport: Option<&mut Box<dyn Transport>>, deadline: Deadline) -> bool {
        let _inside = self.enter();
        let Some(transport) = transport else { return false };
        let finish = || {
            transport.maintain(Instant::now());
            let is_unfinished = transport.has_unfinished();
            if is_unfinished && !deadline.is_over() {
                transport.wait(deadline.left().min(SLICE));
            }
            is_unfinished
        };
        catch_unwind(AssertUnwindSafe(finish)).unwrap_or(false)
    }

    #[cold]
    fn lose(&self, datagram: &[u8], error: Option<SendError>) {
        let Some(error) = error else { return self.stopped.count(datagram.len()) };
        self.dropped.count(datagram.len());
        self.tell([trouble(datagram, error)]);
    }

    fn tell(&self, troubles: impl IntoIterator<Item = Trouble>) {
        if let Some(hook) = &self.trouble {
            troubles.into_iter().for_each(|trouble| hook.tell(&trouble));
        }
    }

    /// Calls the transport. A panic of the program's own transport is an error of the datagram.
    #[inline]
    fn caught(&self, send: impl FnOnce() -> Option<Result<(), SendError>>) -> Option<Result<(), SendError>> {
        if !self.is_foreign {
            return send();
        }
        catch_unwind(AssertUnwindSafe(send)).unwrap_or_else(|_| {
            let panicked = std::io::Error::other("the transport has panicked");
            Some(Err(SendError::Failed(Arc::new(panicked))))
        })
    }

    /// Whether this thread was called by the transport.
    fn is_inside(&self) -> bool {
        self.is_foreign && Inside::of(self)
    }

    fn enter(&self) -> Option<Inside> {
        if self.is_foreign { Inside::enter(self) } else { None }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The transport, shared with other threads that send, if no thread holds it alone.
    fn shared(&self) -> Option<RwLockReadGuard<'_, Lent>> {
        free(self.lent.try_read())
    }

    /// The transport for this thread alone, if no thread holds it.
    fn alone(&self) -> Option<RwLockWriteGuard<'_, Lent>> {
        free(self.lent.try_write())
    }
}

fn free<T>(tried: Result<T, TryLockError<T>>) -> Option<T> {
    match tried {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}

fn trouble(datagram: &[u8], error: SendError) -> Trouble {
    let (reason, source) = match error {
        SendError::WouldBlock => (Lost::Blocked, None),
        SendError::TooLong => (Lost::TooLong, None),
        SendError::Disconnected { source, .. } | SendError::Failed(source) => (Lost::Failed, Some(source)),
    };
    Trouble::Lost { reason, tally: Tally { datagrams: 1, bytes: datagram.len() as u64 }, source }
}

impl Flow {
    #[inline]
    fn count(&self, bytes: usize) {
        self.packets.fetch_add(1, Relaxed);
        self.bytes.fetch_add(bytes as u64, Relaxed);
    }

    fn count_all(&self, tally: Tally) {
        self.packets.fetch_add(tally.datagrams, Relaxed);
        self.bytes.fetch_add(tally.bytes, Relaxed);
    }

    fn get(&self) -> Traffic {
        Traffic { packets: self.packets.load(Relaxed), bytes: self.bytes.load(Relaxed) }
    }
}
