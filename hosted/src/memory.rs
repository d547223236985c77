//! The memory of an aggregator that grows to a budget.
//!
//! It promises: nothing is taken before it is needed; each part grows by a quarter of what it is, so at most that share
//! of it lies idle; what the allocator has set aside beyond that is never touched, and so takes no memory; nothing
//! shrinks by itself, and nothing is allocated once the load has been seen.

use basenji_core::Full;
use basenji_core::aggregate::{Entry, Parts, Storage, TagSpan, View};

use crate::settings::server as table;

/// A budget for series. It is taken as it is needed, and there are `workers + 2` aggregators of at most this size each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// Series.
    pub contexts: usize,
    /// Bytes of names and tags.
    pub bytes: usize,
    /// Cells of eight bytes for samples, set members and sketch bins.
    pub cells: usize,
}

impl Memory {
    /// No limit but that of the numbers of places.
    pub(crate) const BOUNDLESS: Memory =
        Memory { contexts: u32::MAX as usize - 2, bytes: u32::MAX as usize, cells: u32::MAX as usize - 1 };
}

/// That of a server.
impl Default for Memory {
    fn default() -> Self {
        Memory { contexts: table::CONTEXTS.size(), bytes: table::CONTEXT_BYTES.size(), cells: table::CELLS.size() }
    }
}

/// Vectors that grow to a budget: the storage of the aggregators of clients and servers, and of any other.
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

/// The least by which a part grows, and the most that is left of it idle.
const LEAST: [usize; 3] = [1024, 65536, 16384];

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

    /// Frees memory where a part is more than twice as long as `need` (contexts, bytes, cells); the index has to be
    /// made anew then. Returns whether anything was given back.
    pub(crate) fn shrink(&mut self, need: [usize; 3]) -> bool {
        let [contexts, bytes, cells] = need.map(|need| need + need / 4);
        let tables = cut(&mut self.entries, contexts, LEAST[0]);
        if tables {
            let len = self.entries.len();
            self.exact = vec![0; len];
            self.sets = vec![0; len];
        }
        let text = cut(&mut self.text, bytes, LEAST[1]);
        cut(&mut self.cells, cells, LEAST[2]) || text || tables
    }

    /// The cells that it has, taken or not.
    pub(crate) fn cells(&self) -> usize {
        self.cells.len()
    }

    /// Makes the cells longer, to `most` at most; false if they are that long already.
    pub(crate) fn extend_cells(&mut self, most: usize) -> bool {
        extend(&mut self.cells, 0, LEAST[2], most)
    }

    /// Whether the budget has more cells than there are.
    pub(crate) fn has_cells_left(&self) -> bool {
        self.cells.len() < self.budget.cells
    }

    /// Makes the cells longer by `step`, within the budget; false if that is spent.
    pub(crate) fn step_cells(&mut self, step: usize) -> bool {
        let (len, most) = (self.cells.len(), self.budget.cells);
        self.cells.reserve_exact(most.saturating_sub(len));
        self.cells.resize((len + step).min(most).max(len), 0);
        self.cells.len() > len
    }

    /// Takes the cells beyond `len` away; none of them may be in use.
    pub(crate) fn cut_cells(&mut self, len: usize) {
        self.cells.truncate(len);
    }

    /// Each goes on with the budget of the other.
    pub(crate) fn exchange_budgets(&mut self, other: &mut Growing) {
        std::mem::swap(&mut self.budget, &mut other.budget);
    }

    /// Whether its cells are within the budget of another.
    pub(crate) fn fits(&self, other: &Growing) -> bool {
        self.cells.len() <= other.budget.cells
    }

    /// The bytes that it takes.
    pub(crate) fn size(&self) -> usize {
        let index = size_of_val(&self.exact[..]) + size_of_val(&self.sets[..]);
        size_of_val(&self.entries[..]) + index + self.text.len() + size_of_val(&self.cells[..])
    }

    /// Whether [`Growing::shrink`] would give anything back.
    pub(crate) fn is_oversized(&self, need: [usize; 3]) -> bool {
        let lens = [self.entries.len(), self.text.len(), self.cells.len()];
        (0..3).any(|part| is_long(lens[part], need[part] + need[part] / 4, LEAST[part]))
    }
}

fn is_long(len: usize, need: usize, least: usize) -> bool {
    len > (2 * need).max(2 * least)
}

/// Cuts `part` to `need` if it is much longer.
fn cut<T: Clone>(part: &mut Vec<T>, need: usize, least: usize) -> bool {
    let is_long = is_long(part.len(), need, least);
    if is_long {
        part.truncate(need.max(least));
        part.shrink_to_fit();
    }
    is_long
}

/// Makes `part` longer by a quarter, by `least` at least, to `most` at most; false if it is that long already.
fn extend<T: Clone>(part: &mut Vec<T>, filler: T, least: usize, most: usize) -> bool {
    let len = part.len();
    let longer = (len + (len / 4).max(least)).min(most);
    part.reserve_exact(longer.saturating_sub(len));
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
                let grown = extend(&mut self.entries, Entry::EMPTY, LEAST[0], self.budget.contexts);
                self.exact.resize(self.entries.len(), 0);
                self.sets.resize(self.entries.len(), 0);
                grown
            }
            Full::Bytes => extend(&mut self.text, 0, LEAST[1], self.budget.bytes),
            Full::Cells => extend(&mut self.cells, 0, LEAST[2], self.budget.cells),
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
