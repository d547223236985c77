//! Which messages wait in which bucket, so that each can be told to be shown when its bucket is.
//!
//! A worker counts a message once, when it comes, and what is refused, skipped or left out of them, which is rare. The
//! rest was taken in: it is worked out when the worker's clock enters another bucket, and when its shard is handed over.

use super::stats::{By, MessageKind, Stats};

/// Messages by kind.
pub(crate) type Messages = By<MessageKind>;

/// Messages of one bucket.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Page {
    /// The number of the bucket.
    pub(crate) bucket: u64,
    /// Messages whose values stand in the bucket.
    pub(crate) samples: Messages,
    /// Messages that the next flush shows, whatever it is of: those with a timestamp, events and service checks.
    pub(crate) at_once: Messages,
}

/// The messages that wait in a shard.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ledger {
    pages: Vec<Page>,
}

impl Ledger {
    /// The pages: one for each time that the worker's clock was in a bucket.
    pub(crate) fn pages(&self) -> &[Page] {
        &self.pages
    }

    /// Forgets all pages.
    pub(crate) fn clear(&mut self) {
        self.pages.clear();
    }

    /// Enters what a worker has taken in while its clock was in `bucket`.
    pub(crate) fn enter(&mut self, page: Page) {
        if page.samples.total() + page.at_once.total() == 0 {
            return;
        }
        match self.pages.iter_mut().find(|known| known.bucket == page.bucket) {
            Some(known) => {
                known.samples.merge(&page.samples);
                known.at_once.merge(&page.at_once);
            }
            None => self.pages.push(page),
        }
    }
}

/// What is counted between two looks at a worker's counters.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Mark {
    bucket: u64,
    /// Messages taken in by then.
    taken: Messages,
    /// Of those with a timestamp since then.
    pub(crate) points: Messages,
}

/// The messages that were taken in of all that came.
pub(crate) fn taken(stats: &Stats) -> Messages {
    let mut taken = stats.messages;
    for out in [&stats.refused_messages, &stats.skipped_messages, &stats.filtered_messages] {
        taken.subtract(out);
    }
    taken
}

impl Mark {
    /// Whether the clock is still in the bucket with this number.
    pub(crate) fn is_in(&self, bucket: u64) -> bool {
        self.bucket == bucket
    }

    /// The page since the last mark, and a mark now, at which the clock enters `bucket`.
    pub(crate) fn turn(&mut self, stats: &Stats, bucket: u64) -> Page {
        let now = taken(stats);
        let mut samples = now;
        samples.subtract(&self.taken);
        let mut at_once = self.points;
        samples.subtract(&at_once);
        for kind in [MessageKind::Event, MessageKind::ServiceCheck] {
            at_once.add(kind, samples.get(kind));
            samples.set(kind, 0);
        }
        let page = Page { bucket: self.bucket, samples, at_once };
        *self = Mark { bucket, taken: now, points: Messages::default() };
        page
    }
}

/// The messages that wait in the buckets of the table that lives on.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    pages: Vec<(u64, Messages)>,
    /// Those that the flush in progress shows.
    pub(crate) shown: Messages,
}

impl Waiting {
    /// Takes in the pages of a shard.
    pub(crate) fn absorb(&mut self, ledger: &Ledger) {
        for page in ledger.pages() {
            self.shown.merge(&page.at_once);
            match self.pages.iter_mut().find(|(bucket, _)| *bucket == page.bucket) {
                Some((_, messages)) => messages.merge(&page.samples),
                None => self.pages.push((page.bucket, page.samples)),
            }
        }
    }

    /// The buckets before `end` are shown.
    pub(crate) fn show(&mut self, end: u64) {
        let shown = &mut self.shown;
        self.pages.retain(|(bucket, messages)| {
            let stays = *bucket >= end;
            if !stays {
                shown.merge(messages);
            }
            stays
        });
    }

    /// All that waits.
    pub(crate) fn total(&self) -> Messages {
        let mut total = self.shown;
        self.pages.iter().for_each(|(_, messages)| total.merge(messages));
        total
    }
}
