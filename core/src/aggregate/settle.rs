//! Flushes, and what goes with them: samples that were handed out, and contexts that have expired.

use super::aggregator::Aggregator;
use super::flush::{self, Closed, Flush};
use super::pool::{Cells, NONE};
use super::slots::{drop_closed, is_expired};
use super::storage::Storage;
use super::table;
use crate::Time;

/// The mark of an entry that the next [`Table::retain`] drops, in place of a link that it makes anew: no entry has this number.
const FORGOTTEN: u32 = NONE - 1;

impl<S: Storage> Aggregator<S> {
    /// The points of all buckets that are over at `now`, one item a series and bucket, and all timestamped points. They are gone with the next
    /// call that changes the aggregator, whether they were looked at or not; contexts that were not seen for long are forgotten then too.
    /// Cost: linear in contexts, `n log n` in the samples of a histogram.
    pub fn flush(&mut self, now: Time) -> Flush<'_> {
        let cutoff = now.as_secs() / self.bucket_secs();
        self.flush_up_to(cutoff, now)
    }

    /// [`Aggregator::flush`] with the open buckets, for a shutdown.
    pub fn flush_all(&mut self, now: Time) -> Flush<'_> {
        let cutoff = now.as_secs() / self.bucket_secs();
        let end = self.open.last().map_or(cutoff, |&last| last.saturating_add(1).max(cutoff));
        self.flush_up_to(end, now)
    }

    /// What the last flush hands out, from the entry with this number on; `None` once the aggregator has changed.
    pub(crate) fn flushed_from(&self, entry: usize) -> Option<Flush<'_>> {
        let closed = self.closed.clone()?;
        Some(Flush::new(self.storage.view(), self.table.len, &self.settings, closed).from(entry))
    }

    fn flush_up_to(&mut self, cutoff: u64, now: Time) -> Flush<'_> {
        self.settle();
        let idle = self.open.is_empty() && self.flushed_to.is_some_and(|last| last < cutoff);
        let closed = Closed::new(cutoff, now, &self.open, idle);
        flush::prepare(self.storage.parts(), &self.table, cutoff, self.settings.keep);
        self.closed = Some(closed.clone());
        Flush::new(self.storage.view(), self.table.len, &self.settings, closed)
    }

    /// Drops all samples and keeps the contexts, but for those that were not seen for long at `now`.
    pub fn clear(&mut self, now: Time) {
        self.settle();
        let end = self.open.last().map_or(0, |&last| last.saturating_add(1));
        self.closed = Some(Closed::new(end, now, &self.open, false));
        self.settle();
        self.flushed_to = None;
    }

    /// Drops all samples and keeps every context, whether or not it has expired.
    pub fn drop_samples(&mut self) {
        self.settle();
        let parts = self.storage.parts();
        let mut cells = Cells { pool: &mut self.pool, words: parts.cells };
        for entry in parts.entries.iter_mut().take(self.table.len as usize) {
            drop_closed(entry, u64::MAX, &mut cells);
        }
        self.open.clear();
        self.current = (0, 0, 0);
    }

    /// For a clock that was set back to `now`: contexts that were seen later than that count as seen at `now`. Otherwise they would stay known for
    /// longer, by the time that the clock was set back. Linear in the contexts.
    pub fn rewind(&mut self, now: Time) {
        let now = u32::try_from(now.as_secs()).unwrap_or(u32::MAX);
        for entry in self.storage.parts().entries.iter_mut().take(self.table.len as usize) {
            entry.last_seen = entry.last_seen.min(now);
        }
    }

    /// Asks the storage about each context that has expired at `now`, and marks those that may be forgotten; returns whether any may.
    fn mark_forgotten(&mut self, now: Time) -> bool {
        let mut any = false;
        for index in 0..self.table.len as usize {
            let view = self.storage.view();
            let Some(entry) = view.entries.get(index).filter(|entry| is_expired(entry, &self.settings, now)) else {
                continue;
            };
            let identity = table::identity(self.settings.seed, entry, &entry.key(view.text));
            if self.storage.forget(&identity)
                && let Some(entry) = self.storage.parts().entries.get_mut(index)
            {
                entry.exact_next = FORGOTTEN;
                any = true;
            }
        }
        any
    }

    /// Removes what the last flush has handed out, which otherwise happens at the next change, and forgets what has expired.
    pub fn settle(&mut self) {
        let Some(closed) = self.closed.take() else { return };
        let cutoff = closed.cutoff();
        let mut parts = self.storage.parts();
        let mut cells = Cells { pool: &mut self.pool, words: parts.cells };
        let mut expired = false;
        for entry in parts.entries.iter_mut().take(self.table.len as usize) {
            drop_closed(entry, cutoff, &mut cells);
            expired |= is_expired(entry, &self.settings, closed.now());
        }
        if S::GATED {
            if expired && self.mark_forgotten(closed.now()) {
                self.table.retain(&mut self.storage.parts(), |entry| entry.exact_next != FORGOTTEN);
            }
        } else if expired {
            self.table.retain(&mut parts, |entry| !is_expired(entry, &self.settings, closed.now()));
        }
        self.open.retain(|&bucket| bucket >= cutoff);
        self.current = (0, 0, 0);
        self.flushed_to = Some(self.flushed_to.map_or(cutoff, |last| last.max(cutoff)));
    }
}
