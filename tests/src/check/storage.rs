//! Storage that starts with room for next to nothing and grows, so that every way of being full comes up.

use basenji_core::Full;
use basenji_core::aggregate::{Entry, Parts, Storage, TagSpan, View};

/// Growing storage with a budget.
#[derive(Debug, Clone)]
pub struct Growing {
    entries: Vec<Entry>,
    exact: Vec<u32>,
    sets: Vec<u32>,
    text: Vec<u8>,
    cells: Vec<u64>,
    tags: Vec<TagSpan>,
    /// The most elements that a part may have.
    budget: usize,
}

impl Growing {
    /// Storage that doubles each part when it is full, up to `budget` elements.
    pub fn new(budget: usize) -> Self {
        Growing {
            entries: vec![Entry::default(); 1],
            exact: vec![u32::MAX; 1],
            sets: vec![u32::MAX; 1],
            text: vec![0; 4],
            cells: vec![0; 4],
            tags: vec![TagSpan::default(); 1],
            budget,
        }
    }
}

/// Doubles a part; false if that is beyond the budget.
fn double<T: Clone>(part: &mut Vec<T>, empty: T, budget: usize) -> bool {
    let len = part.len() * 2;
    if len > budget {
        return false;
    }
    part.resize(len, empty);
    true
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
                double(&mut self.entries, Entry::default(), self.budget)
                    && double(&mut self.exact, u32::MAX, self.budget)
                    && double(&mut self.sets, u32::MAX, self.budget)
            }
            Full::Bytes => double(&mut self.text, 0, self.budget),
            Full::Cells => double(&mut self.cells, 0, self.budget),
            Full::Tags => double(&mut self.tags, TagSpan::default(), self.budget),
            _ => false,
        }
    }
}
