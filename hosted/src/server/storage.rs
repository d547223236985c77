//! The memory of an aggregator that grows to a budget.
//!
//! It promises: nothing is taken before it is needed; each part grows by a quarter of what it is, so at most that share
//! of it lies idle; what the allocator has set aside beyond that is never touched, and so takes no memory; nothing
//! shrinks, and nothing is allocated once the load has been seen.

use basenji_core::Full;
use basenji_core::aggregate::{Entry, Parts, Storage, TagSpan, View};

use super::config::Memory;

/// Vectors that grow to a budget: the storage of a server's aggregators, and of any other.
#[derive(Debug, Clone)]
pub struct Growing {
    entries: Vec<Entry>,
    exact: Vec<u32>,
    sets: Vec<u32>,
    text: Vec<u8>,
    cells: Vec<u64>,
    tags: Vec<TagSpan>,
    budget: Memory,
}

/// The most tags that one message may have: more than fit a datagram.
const MOST_TAGS: usize = 65536;

impl Growing {
    /// Nothing yet, and at most `budget`.
    pub fn new(budget: Memory) -> Growing {
        Growing {
            entries: Vec::new(),
            exact: Vec::new(),
            sets: Vec::new(),
            text: Vec::new(),
            cells: Vec::new(),
            tags: vec![TagSpan::EMPTY; 64],
            budget,
        }
    }
}

/// Makes `part` longer by a quarter, by `least` at least, to `most` at most; false if it is that long already.
fn extend<T: Clone>(part: &mut Vec<T>, filler: T, least: usize, most: usize) -> bool {
    let len = part.len();
    let longer = (len + (len / 4).max(least)).min(most);
    part.resize(longer, filler);
    longer > len
}

impl Storage for Growing {
    fn parts(&mut self) -> Parts<'_> {
        Parts {
            entries: &mut self.entries,
            exact: &mut self.exact,
            sets: &mut self.sets,
            text: &mut self.text,
            cells: &mut self.cells,
            tags: &mut self.tags,
        }
    }

    fn view(&self) -> View<'_> {
        View { entries: &self.entries, text: &self.text, cells: &self.cells }
    }

    fn grow(&mut self, full: Full) -> bool {
        match full {
            Full::Contexts => {
                let grown = extend(&mut self.entries, Entry::EMPTY, 1024, self.budget.contexts);
                self.exact.resize(self.entries.len(), 0);
                self.sets.resize(self.entries.len(), 0);
                grown
            }
            Full::Bytes => extend(&mut self.text, 0, 65536, self.budget.bytes),
            Full::Cells => extend(&mut self.cells, 0, 16384, self.budget.cells),
            Full::Tags => extend(&mut self.tags, TagSpan::EMPTY, 64, MOST_TAGS),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use basenji_core::Time;
    use basenji_core::aggregate::{Aggregator, Settings, Source};
    use basenji_core::wire::Metric;

    #[test]
    fn each_part_grows_to_its_budget_and_no_further() {
        let mut storage = Growing::new(Memory { contexts: 3000, bytes: 70_000, cells: 0 });
        let mut lens = Vec::new();
        while storage.grow(Full::Contexts) {
            lens.push(storage.parts().exact.len());
        }
        assert_eq!(lens, [1024, 2048, 3000]);
        assert!(storage.grow(Full::Bytes) && storage.grow(Full::Bytes) && !storage.grow(Full::Bytes));
        assert_eq!(storage.view().text.len(), 70_000);
        assert!(!storage.grow(Full::Cells) && !storage.grow(Full::Buckets));
    }

    #[test]
    fn an_aggregator_takes_as_many_contexts_as_the_budget_has() {
        let memory = Memory { contexts: 5000, bytes: 1 << 20, cells: 1 << 20 };
        let mut aggregator = Aggregator::new(Growing::new(memory), Settings::default());
        let now = Time::from_secs(100);
        let mut record = |name: usize| {
            let line = format!(
                "name{name}:1|d|#{}",
                (0..name % 200).map(|tag| format!("tag{tag}")).collect::<Vec<_>>().join(",")
            );
            aggregator.record(&Metric::parse(line.as_bytes()).unwrap(), &Source::default(), now)
        };
        for name in 0..500 {
            assert_eq!(record(name), Ok(()), "{name}");
        }
        assert_eq!(aggregator.stats().contexts, 500);
        assert_eq!(aggregator.flush_all(now).count(), 500);
    }
}
