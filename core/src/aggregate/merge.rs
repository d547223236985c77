//! Two aggregators become one: shards of a server, or hosts of a fleet.

use core::mem::swap;

use super::aggregator::Aggregator;
use super::entry::{self, Entry};
use super::sample;
use super::storage::{Storage, View};
use super::table::Key;
use crate::Full;
use crate::wire::Tags;

impl<S: Storage> Aggregator<S> {
    /// Takes in all that `other` holds: afterwards this aggregator holds what one would that had recorded for both. Cost: linear in the
    /// contexts and samples of `other`.
    ///
    /// Both need equal settings. Of a gauge the value received later holds, of two received in the same millisecond the one of `other`.
    ///
    /// # Errors
    ///
    /// There is no room for some of it, which is counted; the rest is taken in.
    ///
    /// # Example
    ///
    /// ```
    /// use basenji_core::Time;
    /// use basenji_core::aggregate::{Aggregator, Point, Settings, Source, StaticStorage};
    /// use basenji_core::wire::Metric;
    ///
    /// let new = || Aggregator::new(StaticStorage::<4, 64, 32>::new(), Settings::new());
    /// let (mut one, mut other, now) = (new(), new(), Time::from_secs(20));
    /// one.record(&Metric::parse(b"visits:1|c").unwrap(), &Source::default(), now)?;
    /// other.record(&Metric::parse(b"visits:2|c").unwrap(), &Source::default(), now)?;
    /// one.merge(&other)?;
    /// assert!(matches!(one.flush_all(now).next().unwrap().point, Point::Count(3.0)));
    /// # Ok::<(), basenji_core::Full>(())
    /// ```
    pub fn merge<T: Storage>(&mut self, other: &Aggregator<T>) -> Result<(), Full> {
        self.merge_those(other, |_| true)
    }

    /// [`Aggregator::merge`] without the contexts that `other` only knows, of which it holds no samples. Those it has taken in but never had
    /// room for a sample of are merged, since their storage has let them in.
    ///
    /// # Errors
    ///
    /// As [`Aggregator::merge`].
    pub fn merge_samples<T: Storage>(&mut self, other: &Aggregator<T>) -> Result<(), Full> {
        self.merge_those(other, |entry| entry.has_samples() || entry.last_seen == 0)
    }

    /// Both go on with the memory, contexts and samples of the other, and with their own settings and counters; this one forgets the contexts that it has
    /// then no sample of. Followed by [`Aggregator::merge`] of `other` it is [`Aggregator::merge_samples`] without a copy of what `other` held, for
    /// an aggregator that holds no samples itself, and little else. Both need equal settings as for a merge. Cost: linear in the contexts.
    pub fn exchange(&mut self, other: &mut Self) {
        self.settle();
        other.settle();
        swap(self, other);
        swap(&mut self.settings, &mut other.settings);
        swap(&mut self.stats, &mut other.stats);
        swap(&mut self.flushed_to, &mut other.flushed_to);
        // Neither has been at this number before.
        let moves = self.table.moves.max(other.table.moves).wrapping_add(1);
        (self.table.moves, other.table.moves) = (moves, moves);
        let mut parts = self.storage.parts();
        self.table.retain(&mut parts, |entry| entry.has_samples() || entry.last_seen == 0);
    }

    fn merge_those<T: Storage>(&mut self, other: &Aggregator<T>, wanted: impl Fn(&Entry) -> bool) -> Result<(), Full> {
        self.settle();
        let mut result = Ok(());
        // What a flush of the other has handed out counts as removed.
        let (from, points) = other.closed.as_ref().map_or((0, true), |closed| (closed.cutoff(), false));
        for &bucket in other.open.iter().filter(|&&bucket| bucket >= from) {
            result = self.open_bucket(bucket).and(result);
        }
        let theirs = other.storage.view();
        for entry in theirs.entries.iter().take(other.table.len as usize).filter(|entry| wanted(entry)) {
            result = self.merge_entry(entry, &theirs, from, points).and(result);
        }
        result
    }

    fn merge_entry(&mut self, entry: &Entry, theirs: &View<'_>, from: u64, points: bool) -> Result<(), Full> {
        let stored = entry.key(theirs.text);
        let own = self.tag_source(stored.tags(), Tags::NONE);
        let key = Key {
            kind: entry.kind,
            name: stored.name,
            host: stored.host,
            tags: own,
            origin: stored.origin(),
            member: stored.member,
        };
        let index = self.locate(&key)?;
        if let Some(ours) = self.storage.parts().entries.get_mut(index as usize) {
            ours.last_seen = ours.last_seen.max(entry.last_seen);
        }
        let mut result = Ok(());
        for slot in entry.buckets(theirs.cells).filter(|slot| slot.at >= from) {
            let open = self.open.contains(&slot.at);
            let merged = if open {
                self.with_slot(index, slot.at, entry.last_seen, |kind, ours, room| {
                    sample::merge(kind, ours, &slot, theirs.cells, room)
                })
            } else {
                Err(Full::Buckets)
            };
            result = self.counted(merged).and(result);
        }
        let mut count = 0usize;
        for point in entry.points(theirs.cells).take_while(|_| points) {
            let merged = self
                .with_point(index, point.at, |kind, ours, room| sample::merge(kind, ours, &point, theirs.cells, room));
            count = count.saturating_add(usize::from(merged.is_ok()));
            result = self.counted(merged).and(result);
        }
        // They were put in front one by one, so their order is reversed.
        let parts = self.storage.parts();
        if let Some(ours) = parts.entries.get_mut(index as usize) {
            entry::reverse(&mut ours.points, count, parts.cells);
        }
        result
    }
}
