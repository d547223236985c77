//! Storage that starts with room for next to nothing and grows, so that every way of being full comes up; storage that does not grow; and memory
//! as a caller of C gives it.

use std::ffi::c_void;

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

/// Storage of fixed sizes, as a caller of C gives it.
pub(super) struct Fixed {
    entries: Vec<Entry>,
    exact: Vec<u32>,
    sets: Vec<u32>,
    text: Vec<u8>,
    cells: Vec<u64>,
    tags: [TagSpan; 32],
}

impl Fixed {
    pub(super) fn new(contexts: usize, bytes: usize, cells: usize) -> Fixed {
        Fixed {
            entries: vec![Entry::default(); contexts],
            exact: vec![0; contexts],
            sets: vec![0; contexts],
            text: vec![0; bytes],
            cells: vec![0; cells],
            tags: [TagSpan::EMPTY; 32],
        }
    }
}

impl Storage for Fixed {
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
}

/// Words behind each memory that must stay as they are.
const GUARD: [u64; 2] = [0x0123_4567_89AB_CDEF; 2];

/// Memory of a caller, aligned, with a guard behind it.
pub(super) struct Memory(Vec<u64>);

impl Memory {
    pub(super) fn new(bytes: usize) -> Memory {
        let mut words = vec![u64::MAX; bytes.div_ceil(8)];
        words.extend(GUARD);
        Memory(words)
    }

    pub(super) fn start(&mut self) -> *mut c_void {
        self.0.as_mut_ptr().cast()
    }

    pub(super) fn is_whole(&self) -> bool {
        self.0.ends_with(&GUARD)
    }
}
