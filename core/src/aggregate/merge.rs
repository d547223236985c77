//! Two aggregators become one: shards of a server, or hosts of a fleet.

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
    pub fn merge<T: Storage>(&mut self, other: &Aggregator<T>) -> Result<(), Full> {
        self.settle();
        let mut result = Ok(());
        // What a flush of the other has handed out already is not there any more.
        let (from, points) = other.closed.as_ref().map_or((0, true), |closed| (closed.cutoff(), false));
        for &bucket in other.open.iter().filter(|&&bucket| bucket >= from) {
            result = self.open_bucket(bucket).and(result);
        }
        let theirs = other.storage.view();
        for entry in theirs.entries.iter().take(other.table.len as usize) {
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
        let mut count = 0;
        for point in entry.points(theirs.cells).take_while(|_| points) {
            let merged = self
                .with_point(index, point.at, |kind, ours, room| sample::merge(kind, ours, &point, theirs.cells, room));
            count += usize::from(merged.is_ok());
            result = self.counted(merged).and(result);
        }
        // Put in front one by one, they stand the wrong way round.
        let parts = self.storage.parts();
        if let Some(ours) = parts.entries.get_mut(index as usize) {
            entry::reverse(&mut ours.points, count, parts.cells);
        }
        result
    }
}
